import { type Network, spanInWords, vipOf } from '@viplab/core';
import type { Host } from '@viplab/core/network';
import { bitOf, isSingle, type SeenVip } from './lookout.js';
import { firstOf, Patience } from './patience.js';
import type { Property, Violation, Watch } from './property.js';
import type { QuietWatch } from './quiet-watch.js';
import { SharedMonitor } from './shared-monitor.js';

const NAME = 'healthy-owner';

/** A node with an instance of a VIP: of keepalived, or of CARP in its kernel. */
interface Candidate {
  readonly node: string;
  /** The node in a mask of owners. */
  readonly bit: number;
  /** How good it is to be, as it is told: its effective priority, its advskew with what demotes it. */
  readonly rank: string;
  /** Whether something that it tracks fails, or it is demoted. */
  readonly isUnhealthy: boolean;
  /** Whether it would take the address if the owner were gone. */
  readonly standsBy: boolean;
}

type Keepalived = Network['keepaliveds'] extends ReadonlyMap<string, infer Daemon> ? Daemon : never;

/** What keepalived's checks have found. */
class TrackedCandidate implements Candidate {
  constructor(
    readonly node: string,
    readonly bit: number,
    private readonly daemon: Keepalived,
    private readonly instance: Keepalived['instances'][number],
  ) {}

  get rank(): string {
    return `${this.instance.machine.state.effectivePriority}`;
  }

  get isUnhealthy(): boolean {
    const { daemon, instance } = this;
    return daemon.isRunning && daemon.trackers.failsFor(instance.machine);
  }

  get standsBy(): boolean {
    const { daemon, instance } = this;
    return daemon.isRunning && !daemon.domain.isFrozen && instance.machine.state.state === 'BACKUP';
  }
}

type CarpMachine = NonNullable<Host['carp']>['machines'][number];

/** What the kernel thinks of itself: what demotes CARP (a link that is down, errors of sending, the administrator). */
class DemotableCandidate implements Candidate {
  constructor(
    readonly node: string,
    readonly bit: number,
    private readonly machine: CarpMachine,
  ) {}

  private get demotion(): number {
    return this.machine.iface.demotion;
  }

  get rank(): string {
    const { advskew } = this.machine.node;
    return this.demotion > 0 ? `advskew ${advskew}, demoted by ${this.demotion}` : `advskew ${advskew}`;
  }

  get isUnhealthy(): boolean {
    return this.demotion > 0;
  }

  get standsBy(): boolean {
    return this.machine.state === 'BACKUP';
  }
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
  private couldOwn(candidate: Candidate): boolean {
    const { node, standsBy, isUnhealthy } = candidate;
    return this.watch.network.host(node).isRunning && standsBy && !isUnhealthy;
  }

  private complain(vip: SeenVip, candidates: readonly Candidate[]): string {
    const owner = unhealthyOwner(vip, candidates);
    const better = candidates.find((candidate) => this.couldOwn(candidate));
    const told = (candidate: Candidate | undefined): string => `${candidate?.node} (${candidate?.rank})`;
    const after = `${spanInWords(vip.budgets.settling)} after the last cause`;
    return owner instanceof DemotableCandidate
      ? `${vip.address} stays at ${told(owner)} and not at ${told(better)}, which is not demoted, ${after}`
      : `${vip.address} stays at ${told(owner)}, whose checks fail, and not at ${told(better)}, where they succeed, ${after}`;
  }
}

function candidatesOf({ network }: Watch, { address, budgets, lookout }: SeenVip): Candidate[] {
  const vip = vipOf(network.plan.vips, address);
  return budgets.holders.flatMap((node): Candidate[] => {
    const bit = bitOf(lookout.numberOf(node));
    const daemon = network.keepaliveds.get(node);
    const instance = daemon?.instances.find(({ addresses }) =>
      addresses.some((virtual) => virtual.address === vip.address),
    );
    if (daemon !== undefined && instance !== undefined)
      return [new TrackedCandidate(node, bit, daemon, instance)];
    const { carp } = network.host(node);
    const holder = vip.holders.find((each) => each.node === node);
    const machine = holder === undefined ? undefined : carp?.machine(holder.instance);
    return machine === undefined ? [] : [new DemotableCandidate(node, bit, machine)];
  });
}

const unhealthyOwner = (vip: SeenVip, candidates: readonly Candidate[]): Candidate | undefined =>
  candidates.find(({ bit, isUnhealthy }) => bit === vip.owners && isUnhealthy);

/**
 * When the settling time has passed since the last cause, no VIP is at a node of which a tracked script, process or
 * interface fails, while another node stands by on which none does; nor at a kernel whose CARP is demoted, while another
 * stands by that is not. What a check has found counts, not what is true beyond its sight; a `track_file` holds a number
 * and is no check.
 */
export const healthyOwner = (): Property => ({
  name: NAME,
  means:
    'when the settling time has passed since the last cause, no address stays where checks fail while they succeed elsewhere',
  quantifier: 'always',
  watch: (watch) => new HealthyOwner(watch),
});
