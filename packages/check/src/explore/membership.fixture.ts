import type { Nanoseconds } from '@viplab/core';
import type { Slot } from '@viplab/core/engine';
import { ConcreteLab } from './concrete-lab.js';
import type { Exploration } from './exploration.js';
import type { SymbolicSearch } from './symbolic-search.js';

/** A small generator (Steele and Vigna 2014, SplitMix), good enough to pick instants. */
export function randomOf(seed: number): (options: number) => number {
  let state = seed | 0;
  return (options) => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return Math.floor((((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32) * options);
  };
}

/** How many concrete states were compared, and those that lie in no class. */
export interface Membership {
  states: number;
  /** Whole states that were different from all before. */
  distinct: number;
  readonly outside: string[];
}

/** A run with chances taken at random; `visit` is called in every state. */
export class RandomRun {
  readonly lab: ConcreteLab;
  private random: (options: number) => number = () => 0;
  private readonly pristine: { readonly discrete: number; readonly instants: Float64Array };

  constructor(
    private readonly exploration: Exploration,
    search: SymbolicSearch | null,
  ) {
    this.lab = new ConcreteLab(exploration, {
      decisions: {
        choose: (options) => this.random(options),
        within: (lo, hi) => this.within(lo, hi),
      },
      drawsDelays: exploration.campaign.latency !== undefined,
      ...(search === null ? {} : { vectors: search.lab.codec.vectors }),
    });
    const discrete = this.lab.codec.capture();
    this.pristine = { discrete, instants: Float64Array.from(this.lab.instants()) };
  }

  /** Ends, and what lies between. */
  private within(lo: Nanoseconds, hi: Nanoseconds): Nanoseconds {
    const which = this.random(4);
    return which === 0 ? lo : which === 1 ? hi : lo + this.random(hi - lo + 1);
  }

  run(seed: number, steps: number, visit: (what: string) => void): void {
    this.random = randomOf(seed);
    const { lab } = this;
    const { campaign } = this.exploration;
    // The run before may have ended where nobody looked.
    lab.codec.forget();
    lab.load(this.pristine.discrete, this.pristine.instants);
    lab.begin(this.boots(campaign.startWithin));
    visit('start');
    for (let step = 0; step < steps; step++) {
      const deed = this.fault() ?? this.event();
      // A search goes no further either.
      if (deed === null || lab.violation() !== null) return;
      visit(deed);
    }
  }

  /** Offsets at random; half of them on a grain of 100 us, where ties are. */
  private boots(within: Nanoseconds): Nanoseconds[] {
    const { random } = this;
    const isRound = random(2) === 0;
    return this.lab.plan.hosts.map(({ start }) => {
      if (start === 0) return 0;
      const at = this.within(0, within);
      return isRound ? Math.round(at / 100_000) * 100_000 : at;
    });
  }

  private event(): string | null {
    const { lab, random } = this;
    const next = lab.next();
    if (next.length === 0) return null;
    const slot = next[random(next.length)] as Slot;
    const { path } = lab.engine.targetOfSlot(slot);
    if (lab.slotMayBeLost(slot) && random(6) === 0) {
      lab.lose(slot);
      return `lost ${path}`;
    }
    lab.fire(slot);
    return path;
  }

  /** Now and then a fault or a repair, at either end of the gap or between. */
  private fault(): string | null {
    const { lab, random } = this;
    if (random(12) !== 0) return null;
    const begins = [...lab.mayBegin()];
    const options = [...begins.map(({ index }) => ({ index, begins: true }))].concat(
      [...lab.mayEnd()].map(({ index }) => ({ index, begins: false })),
    );
    const chosen = options[random(Math.max(1, options.length))];
    if (chosen === undefined) return null;
    const { now } = lab.engine;
    const gap = (lab.nextAt ?? now + 1_000_000_000) - now;
    const at = now + ([0, gap, Math.floor(gap / 2), random(gap + 1)][random(4)] as number);
    if (chosen.begins) lab.break(chosen.index, at);
    else lab.repair(chosen.index, at);
    return `${chosen.begins ? 'fault' : 'repair'} ${chosen.index}`;
  }
}

/** Whether a vector of instants satisfies packed bounds. */
export function isInside(instants: readonly number[], bounds: Float64Array): boolean {
  const size = instants.length + 1;
  if (bounds.length !== size * size) return false;
  for (let i = 0; i < size; i++) {
    const one = i === 0 ? 0 : (instants[i - 1] as number);
    for (let j = 0; j < size; j++) {
      const other = j === 0 ? 0 : (instants[j - 1] as number);
      // x_i − x_j ≤ c as a bound is 2(x_i − x_j) + 1 ≤ 2c + 1; "< c" is 2c, and 2(c − 1) + 1 is the most below it.
      if (2 * (one - other) + 1 > (bounds[i * size + j] as number)) return false;
    }
  }
  return true;
}

/** Runs a lab at random and looks each state up among the classes of a closed search. */
export function membershipOf(
  exploration: Exploration,
  search: SymbolicSearch,
  runs: number,
  steps: number,
  firstSeed = 1,
): Membership {
  const run = new RandomRun(exploration, search);
  const { lab } = run;
  const found: Membership = { states: 0, distinct: 0, outside: [] };
  const seen = new Set<string>();
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    let trail: string[] = [];
    run.run(seed, steps, (what) => {
      trail = [...trail.slice(-5), what];
      found.states++;
      const discrete = lab.codec.capture();
      const instants = lab.instants();
      const key = `${discrete} ${instants.join(' ')}`;
      if (seen.has(key)) return;
      seen.add(key);
      const classes = search.classes.classesOf(discrete);
      const isFound = classes.some((id) => isInside(instants, search.classes.bounds[id] as Float64Array));
      if (!isFound)
        found.outside.push(
          `seed ${seed}: ${classes.length === 0 ? 'unknown discrete state' : `outside ${classes.length} classes`} after ${trail.join(', ')}`,
        );
    });
  }
  found.distinct = seen.size;
  return found;
}
