import { type DurationInput, type Nanoseconds, parseDuration, spanInWords } from '@viplab/core';
import { bool, type RecordOf, record, timer, value } from '@viplab/core/engine';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';
import { complaintOf, type Predicate } from './user-predicate.js';

const Awaited = record('eventually', {
  /** Runs as long as it is waited for. */
  waiting: timer,
  /** It has come true since the last cause. */
  hasCome: bool,
  said: value<string>(),
});

class Eventually extends SharedMonitor {
  private readonly state: RecordOf<typeof Awaited.fields>;

  constructor(
    watch: Watch,
    private readonly name: string,
    private readonly predicate: Predicate,
    private readonly within: Nanoseconds,
  ) {
    super(watch);
    this.state = watch.engine.record(`eventually ${name}`, Awaited, watch.engine.world, {
      waiting: () => {
        this.state.said = `not within ${spanInWords(within)} of the start or the last cause: ${name}`;
      },
    });
  }

  get violation(): Violation | null {
    const { said } = this.state;
    return said === null ? null : { property: this.name, message: said };
  }

  protected override learn(): void {
    this.state.hasCome = false;
    this.state.waiting.cancel();
  }

  protected override judge(): void {
    const { state } = this;
    if (state.hasCome || state.said !== null) return;
    if (complaintOf(this.predicate, this.name, this.watch.view) === null) {
      state.hasCome = true;
      state.waiting.cancel();
    } else if (!state.waiting.isArmed) state.waiting.arm(this.within + 1);
  }
}

/**
 * Something that must come true within a span of the start, and again of each cause, unless the next cause comes first.
 *
 * @example
 * ```ts
 * eventually('n1 owns it again', (net) => net.vip('192.168.1.100').owner?.name === 'n1', { within: '5s' });
 * ```
 */
export const eventually = (
  name: string,
  predicate: Predicate,
  { within }: { readonly within: DurationInput },
): Property => {
  const span = parseDuration(within);
  return {
    name,
    means: `within ${spanInWords(span)} of the start and of each cause: ${name}`,
    quantifier: 'always',
    watch: (watch) => new Eventually(watch, name, predicate, span),
  };
};
