import { type RecordOf, record, value } from '@viplab/core/engine';
import type { Property, Violation, Watch } from './property.js';
import type { QuietWatch } from './quiet-watch.js';
import { SharedMonitor } from './shared-monitor.js';
import { complaintOf, type Predicate } from './user-predicate.js';

const Judged = record('always', { said: value<string>() });

/** When a predicate is asked. */
export interface AlwaysOptions {
  /**
   * `ever`: after every event; `settled`: only when the settling time of every VIP has passed since the last cause, so
   * that what is in between may be otherwise. Default `ever`.
   */
  readonly when?: 'ever' | 'settled';
}

class Always extends SharedMonitor {
  private readonly state: RecordOf<typeof Judged.fields>;
  private readonly quiet: QuietWatch | null;

  constructor(
    watch: Watch,
    private readonly name: string,
    private readonly predicate: Predicate,
    isSettledOnly: boolean,
  ) {
    super(watch);
    this.state = watch.engine.record(`always ${name}`, Judged, watch.engine.world);
    this.quiet = isSettledOnly ? this.parts.quiet : null;
  }

  get violation(): Violation | null {
    const { said } = this.state;
    return said === null ? null : { property: this.name, message: said };
  }

  protected override judge(): void {
    const { state, quiet, watch } = this;
    if (
      state.said !== null ||
      (quiet !== null && !this.parts.lookout.vips.every((vip) => quiet.isQuiet(vip)))
    )
      return;
    const complaint = complaintOf(this.predicate, this.name, watch.view);
    if (complaint !== null) state.said = complaint;
  }
}

/**
 * A property of your own: something that must be so after every event, or whenever the network has settled.
 *
 * @param predicate returns true, or what is wrong
 * @example
 * ```ts
 * always('the highest priority alive owns the VIP', (net) =>
 *   net.vip('192.168.1.100').owner?.priority === net.best('VI_1') || `${net.vip('192.168.1.100').owner} owns it`,
 *   { when: 'settled' });
 * ```
 */
export const always = (name: string, predicate: Predicate, options: AlwaysOptions = {}): Property => ({
  name,
  means: options.when === 'settled' ? `whenever the network has settled: ${name}` : `at all times: ${name}`,
  quantifier: 'always',
  watch: (watch) => new Always(watch, name, predicate, options.when === 'settled'),
});
