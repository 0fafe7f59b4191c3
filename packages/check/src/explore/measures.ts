import { hasNeighbourEntry, landingOf, type Nanoseconds, type OwnedVip, ownerMaskOf } from '@viplab/core';
import {
  atMost,
  bool,
  isStrict,
  type RecordOf,
  record,
  SECOND,
  spanOf,
  timer,
  type ZoneEngine,
} from '@viplab/core/engine';
import type { Host } from '@viplab/core/network';
import type { VipBudgets } from '../property/property.js';
import type { WorstCase } from '../verdict.js';

/** What lasts longer than this is not measured further: an endless black hole would never close. */
const MOST_MEASURED: Nanoseconds = 20 * SECOND;

const Lasting = record('measure', {
  /** Runs while it lasts; how long it has lasted follows from what is left of it. */
  lasts: timer,
  /** It has lasted longer than is measured. */
  isEndless: bool,
});

const History = record('measured vip', { wasOwned: bool });

/** The longest found so far: a bound as the engine has them. */
export interface Longest {
  readonly lasted: Nanoseconds;
  readonly isStrict: boolean;
}

/** How long one thing lasts. */
class Measure {
  private readonly state: RecordOf<typeof Lasting.fields>;
  readonly longest: { boot: Longest | null; settled: Longest | null } = { boot: null, settled: null };
  isUnbounded = false;

  constructor(
    private readonly engine: ZoneEngine,
    readonly what: WorstCase['what'],
    readonly vip: VipBudgets,
    readonly client: string | null,
  ) {
    const path = `measure ${what} of ${vip.address}${client === null ? '' : ` from ${client}`}`;
    this.state = engine.record(path, Lasting, engine.world, {
      lasts: () => {
        this.state.isEndless = true;
        this.isUnbounded = true;
      },
    });
  }

  follow(isSo: boolean): void {
    const { lasts, isEndless } = this.state;
    if (!isSo) {
      if (lasts.isArmed) lasts.cancel();
      else if (isEndless) this.state.isEndless = false;
    } else if (!lasts.isArmed && !isEndless) lasts.arm(MOST_MEASURED);
  }

  /** Time has just passed: how long may it have lasted by now? */
  read(phase: 'boot' | 'settled'): boolean {
    const row = this.engine.rowOfSlot[this.state.lasts.slot] as number;
    if (row === 0) return false;
    // now − since = (now − end) + the whole span.
    const bound = this.engine.bounds.at(0, row);
    const lasted = MOST_MEASURED + spanOf(bound);
    const strict = isStrict(bound);
    const known = this.longest[phase];
    if (known === null || lasted > known.lasted || (lasted === known.lasted && known.isStrict && !strict))
      this.longest[phase] = { lasted, isStrict: strict };
    return this.longest[phase] !== known;
  }

  /** Demands that by now it has lasted as long as the longest of a phase, but for `less` ns. False if it cannot. */
  demandLongest({ lasted, isStrict: strict }: Longest, less: Nanoseconds): boolean {
    const row = this.engine.rowOfSlot[this.state.lasts.slot] as number;
    const left = MOST_MEASURED - lasted + (strict ? 1 : 0) + less;
    return row !== 0 && this.engine.bounds.constrain(row, 0, atMost(left));
  }
}

/** Which measure, and in which phase. */
export interface MeasuredCase {
  readonly measure: number;
  readonly phase: 'boot' | 'settled';
}

/** How long VIPs are headless, dual, and out of their clients' reach, at the longest. */
export class Measures {
  private readonly all: readonly Measure[];
  private readonly measures: {
    readonly headless: Measure;
    readonly dual: Measure;
    readonly astray: readonly { readonly measure: Measure; readonly host: Host }[];
    readonly vip: OwnedVip;
    readonly holders: readonly Host[];
    readonly history: RecordOf<typeof History.fields>;
  }[];

  constructor(
    engine: ZoneEngine,
    vips: readonly {
      readonly budgets: VipBudgets;
      readonly vip: OwnedVip;
      readonly holders: readonly Host[];
      readonly clients: readonly Host[];
    }[],
  ) {
    this.measures = vips.map(({ budgets, vip, holders, clients }) => ({
      headless: new Measure(engine, 'headless', budgets, null),
      dual: new Measure(engine, 'dual', budgets, null),
      astray: clients.map((host) => ({ measure: new Measure(engine, 'astray', budgets, host.name), host })),
      vip,
      holders,
      history: engine.record(`measured ${budgets.address}`, History, engine.world),
    }));
    this.all = this.measures.flatMap(({ headless, dual, astray }) => [
      headless,
      dual,
      ...astray.map(({ measure }) => measure),
    ]);
  }

  /** After every event. */
  observe(): void {
    for (const { headless, dual, astray, vip, holders, history } of this.measures) {
      const owners = ownerMaskOf(holders, vip);
      if (owners !== 0 && !history.wasOwned) history.wasOwned = true;
      headless.follow(history.wasOwned && owners === 0);
      dual.follow((owners & (owners - 1)) !== 0);
      for (const { measure, host } of astray) {
        const at = landingOf(host, vip.address);
        const isKnown = hasNeighbourEntry(host, vip.address);
        measure.follow(isKnown && (at === null || !holders.includes(at) || !owns(owners, holders, at)));
      }
    }
  }

  /** After time has passed, before what fires is done. */
  read(phase: 'boot' | 'settled', longer: (found: MeasuredCase) => void): void {
    for (let index = 0; index < this.all.length; index++)
      if (this.all[index]?.read(phase) === true) longer({ measure: index, phase });
  }

  /** Demands that by now a case has lasted as long as it did where it was found, but for `less` ns. */
  demand({ measure }: MeasuredCase, longest: Longest, less: Nanoseconds): boolean {
    return this.all[measure]?.demandLongest(longest, less) === true;
  }

  /** The longest of each. */
  get worst(): { readonly of: MeasuredCase; readonly longest: Longest; readonly worst: WorstCase }[] {
    return this.all.flatMap(({ what, vip, client, longest: found, isUnbounded }, measure) =>
      (['boot', 'settled'] as const).flatMap((phase) => {
        const longest = found[phase];
        if (longest === null) return [];
        const worst: WorstCase = {
          what,
          address: vip.address,
          ...(client === null ? {} : { client }),
          ...longest,
          ...(isUnbounded ? { isUnbounded } : {}),
          allowed: what === 'headless' ? vip.headless : what === 'dual' ? vip.dual : null,
          phase,
        };
        return [{ of: { measure, phase }, longest, worst }];
      }),
    );
  }
}

const owns = (owners: number, holders: readonly Host[], host: Host): boolean =>
  (owners & (1 << holders.indexOf(host))) !== 0;
