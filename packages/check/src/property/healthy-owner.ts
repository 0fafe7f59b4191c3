import { type Network, spanInWords, tryParseIp } from '@viplab/core';
import { bitOf, isSingle, type SeenVip } from './lookout.js';
import { firstOf, Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import type { QuietWatch } from './quiet-watch.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'healthy-owner';

type Keepalived = Network['keepaliveds'] extends ReadonlyMap<string, infer Daemon> ? Daemon : never;

/** A node with an instance of a VIP. */
interface Candidate {
  readonly node: string;
  /** The node in a mask of owners. */
  readonly bit: number;
  readonly daemon: Keepalived;
  readonly instance: Keepalived['instances'][number];
}

/** A VIP, its candidates, and how long it may stay with one whose checks fail. */
interface JudgedVip {
  readonly patience: Patience;
  readonly candidates: readonly Candidate[];
}

class HealthyOwner extends SharedMonitor {
  private readonly quiet: QuietWatch;
  private readonly vips: readonly JudgedVip[];

  constructor(watch: Watch) {
    super(watch);
    this.quiet = this.parts.quiet;
    this.vips = this.parts.lookout.vips.map((vip) => {
      const candidates = candidatesOf(watch, vip);
      const patience = new Patience(watch, NAME, vip, '', () => this.complain(vip, candidates));
      return { patience, candidates };
    });
  }

  get violation(): Violation | null {
    return firstOf(this.vips.map(({ patience }) => patience));
  }

  protected override judge(): void {
    for (const { patience, candidates } of this.vips) {
      const { vip } = patience;
      const isWrong =
        isSingle(vip.owners) &&
        this.quiet.isQuiet(vip) &&
        unhealthyOwner(vip, candidates) !== undefined &&
        candidates.some((candidate) => this.couldOwn(candidate));
      // The time that a handover which is under way needs to end.
      if (isWrong) patience.bear(vip.budgets.dual);
      else patience.relax();
    }
  }

  /** Whether a node stands by, and all that it tracks is well. */
  private couldOwn({ node, daemon, instance: { machine } }: Candidate): boolean {
    return (
      this.watch.network.host(node).isRunning &&
      daemon.isRunning &&
      !daemon.domain.isFrozen &&
      machine.state.state === 'BACKUP' &&
      !daemon.trackers.failsFor(machine)
    );
  }

  private complain(vip: SeenVip, candidates: readonly Candidate[]): string {
    const owner = unhealthyOwner(vip, candidates);
    const better = candidates.find((candidate) => this.couldOwn(candidate));
    const told = (candidate: Candidate | undefined): string =>
      `${candidate?.node} (${candidate?.instance.machine.state.effectivePriority})`;
    return `${vip.address} stays at ${told(owner)}, whose checks fail, and not at ${told(better)}, where they succeed, ${spanInWords(vip.budgets.settling)} after the last cause`;
  }
}

function candidatesOf({ network }: Watch, { address, budgets, lookout }: SeenVip): Candidate[] {
  const target = tryParseIp(address);
  return budgets.holders.flatMap((node) => {
    const daemon = network.keepaliveds.get(node);
    const instance = daemon?.instances.find(({ addresses }) =>
      addresses.some((virtual) => virtual.address === target),
    );
    const bit = bitOf(lookout.numberOf(node));
    return daemon === undefined || instance === undefined ? [] : [{ node, bit, daemon, instance }];
  });
}

function unhealthyOwner(vip: SeenVip, candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.find(
    ({ bit, daemon, instance }) =>
      bit === vip.owners && daemon.isRunning && daemon.trackers.failsFor(instance.machine),
  );
}

/**
 * When the settling time has passed since the last cause, no VIP is at a node of which a tracked script, process or
 * interface fails, while another node stands by on which none does. What a check has found counts, not what is true
 * beyond its sight; a `track_file` holds a number and is no check.
 */
export const healthyOwner = (): Property => ({
  name: NAME,
  means:
    'when the settling time has passed since the last cause, no address stays where checks fail while they succeed elsewhere',
  quantifier: 'always',
  watch: (watch) => new HealthyOwner(watch),
});
