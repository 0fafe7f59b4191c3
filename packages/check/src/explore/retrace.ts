import type { EthernetFrame, Nanoseconds } from '@viplab/core';
import { atMost, Infeasible, isStrict, SECOND, spanOf, type ZoneEngine } from '@viplab/core/engine';
import { isCaught, LinkDirection } from '@viplab/core/network';
import type { Deed } from '../campaign/fault.js';
import { allLaunches, type Launch } from '../campaign/launches.js';
import type { Scenario } from '../campaign/scenario.js';
import type { Move, Step } from './class-store.js';
import type { Exploration } from './exploration.js';
import { ExploredLab } from './explored-lab.js';
import type { Longest, MeasuredCase } from './measures.js';
import type { Lasso } from './owner-cycles.js';
import { GRAINS } from './round-instants.js';

/** How long a run goes on after its violation, to show what becomes of it. */
const AFTERMATH: Nanoseconds = 6 * SECOND;

/** Something in a run whose instant is free within limits. */
type Happening =
  | { readonly kind: 'boot'; readonly node: string; readonly row: number }
  | { readonly kind: 'launch'; readonly key: string; readonly row: number; readonly since: number }
  /** `before`: the row of the step before it. */
  | { readonly kind: 'deed'; readonly deed: Deed; readonly row: number; readonly before: number }
  | { readonly kind: 'loss'; readonly node: string; readonly what: 'vrrp' | 'arp'; readonly row: number };

/**
 * Walks a path of steps once more, keeping every instant on it, and gives them values: the earliest and roundest that the
 * path allows.
 *
 * @returns null if the path, which may have led through a union of classes, cannot be walked as it is
 */
export function retrace(exploration: Exploration, steps: readonly Step[]): Scenario | null {
  const path = new Path(new ExploredLab(exploration));
  return orNull(() => {
    for (const step of steps) path.take(step);
    return path.lab.violation() === null ? null : path.scenario();
  });
}

/** The same up to a move at which something has lasted longest: a run in which it lasts exactly so long. */
export function retraceLongest(
  exploration: Exploration,
  steps: readonly Step[],
  last: Move,
  of: MeasuredCase,
  longest: Longest,
): Scenario | null {
  const path = new Path(new ExploredLab(exploration));
  return orNull(() => {
    for (const step of steps) path.take(step);
    path.pass(last);
    return path.lab.measures?.demand(of, longest, path.lab.nearness) === true ? path.scenario() : null;
  });
}

/** A lasso walked through its cycle twice: the run, when the cycle begins, and how long it takes. */
export interface RetracedLasso {
  readonly scenario: Scenario;
  readonly from: Nanoseconds;
  readonly period: Nanoseconds;
}

/** Walks a lasso: to its cycle, and twice through it. */
export function retraceLasso(exploration: Exploration, { stem, cycle }: Lasso): RetracedLasso | null {
  const path = new Path(new ExploredLab(exploration));
  try {
    for (const step of stem) path.take(step);
    const first = path.note();
    for (const step of cycle) path.take(step);
    const second = path.note();
    for (const step of cycle) path.take(step);
    const scenario = path.scenario();
    const from = path.instantOf(first);
    return { scenario, from, period: path.instantOf(second) - from };
  } catch (error) {
    if (error instanceof Infeasible) return null;
    throw error;
  }
}

function orNull(make: () => Scenario | null): Scenario | null {
  try {
    return make();
  } catch (error) {
    if (error instanceof Infeasible) return null;
    throw error;
  }
}

class Path {
  private readonly engine: ZoneEngine;
  private readonly start: number;
  private readonly happenings: Happening[] = [];
  /** The row of the last step. */
  private lastRow: number;
  /** Since when what a scenario has a start-up time for has been launching, by its key. */
  private readonly launching = new Map<string, number>();
  /** By the path of its timer. */
  private readonly launches: ReadonlyMap<string, Launch>;

  constructor(readonly lab: ExploredLab) {
    this.engine = lab.engine;
    this.start = this.engine.note();
    this.lastRow = this.start;
    this.launches = new Map(allLaunches(lab.plan).map((launch) => [launch.timer, launch]));
    lab.begin();
    for (const { name, start } of lab.plan.hosts) if (start === 0) this.beginLaunches(name, this.start);
  }

  /** A node boots, or one of its programs is started. */
  private beginLaunches(node: string, row: number, daemon?: string): void {
    for (const { node: of, program, key } of this.launches.values())
      if (of === node && (daemon === undefined || daemon === program)) this.launching.set(key, row);
  }

  take(step: Step): void {
    const move = this.pass(step);
    this.engine.takeBranches(step.branches);
    this.lab.make(move);
    this.lab.observe();
  }

  /** Lets time pass to a step and notes what happens in it; the move as the engine has it. */
  pass(step: Move): Move {
    const { lab, engine } = this;
    lab.loadedRows = engine.kinds.length;
    engine.dropOverwritten();
    if (step.kind === 'fault' || step.kind === 'repair') {
      lab.pass(step);
      this.noteDeed(step.kind, step.index, engine.note());
      return step;
    }
    const row = this.rowOf(step.row);
    if (!engine.mayBeFirst(row, lab.precedes)) throw new Infeasible();
    const move = { kind: step.kind, row };
    lab.pass(move);
    this.lastRow = row;
    if (step.kind === 'lost') this.noteLoss(row);
    else this.noteEvent(row);
    return move;
  }

  private noteDeed(kind: 'fault' | 'repair', index: number, row: number): void {
    const fault = this.lab.faults[index];
    if (fault === undefined) throw new Infeasible();
    const deed = kind === 'fault' ? fault.begin : fault.end;
    this.happenings.push({ kind: 'deed', deed, row, before: this.lastRow });
    this.lastRow = row;
    if (deed.node !== undefined && (deed.do === 'power-on' || deed.do === 'start'))
      this.beginLaunches(deed.node, row, deed.daemon);
  }

  /** The row of a class's row: the class lists events first, then windows, in canonical order. */
  private rowOf(canonical: number): number {
    const { codec } = this.lab;
    codec.forget();
    codec.capture();
    const events = codec.eventSlots.length;
    if (canonical <= events)
      return this.engine.rowOfSlot[codec.eventSlots[canonical - 1] as number] as number;
    const at = canonical - events - 1;
    const home = codec.windowHomes[at];
    const index = codec.windowIndices[at];
    if (home === undefined || index === undefined) throw new Infeasible();
    return home.words[index] as number;
  }

  private noteEvent(row: number): void {
    const { engine, lab } = this;
    const slot = engine.slots[row] as number;
    if (slot < 0) return;
    const target = engine.targetOfSlot(slot);
    if (target.path === 'late-boots') {
      const node = lab.plan.hosts[target.keyOf(slot)[0]]?.name ?? '';
      this.happenings.push({ kind: 'boot', node, row });
      this.beginLaunches(node, row);
      return;
    }
    const key = this.launches.get(target.path)?.key;
    const since = key === undefined ? undefined : this.launching.get(key);
    if (key !== undefined && since !== undefined) this.happenings.push({ kind: 'launch', key, row, since });
  }

  private noteLoss(row: number): void {
    const { engine } = this;
    const slot = engine.slots[row] as number;
    const target = engine.targetOfSlot(slot);
    if (!(target instanceof LinkDirection)) return;
    const { path } = target.to;
    const what = isCaught('vrrp', engine.payload[slot] as EthernetFrame) ? 'vrrp' : 'arp';
    this.happenings.push({ kind: 'loss', node: path.slice(0, path.indexOf(':')), what, row });
  }

  /** Keeps the present. */
  note(): number {
    return this.engine.note();
  }

  /** When a row was, at the earliest that is still possible. */
  instantOf(row: number): Nanoseconds {
    const bound = this.engine.bounds.at(this.start, row);
    return -spanOf(bound) + (isStrict(bound) ? 1 : 0);
  }

  // ---- instants

  /** Gives every instant a value, those that are free first come first served, and writes them down. */
  scenario(): Scenario {
    this.partDeeds();
    const starts: Record<string, Nanoseconds> = {};
    const ready: Record<string, Nanoseconds> = {};
    const actions: { at: Nanoseconds; deed: Deed }[] = [];
    const losses: { at: Nanoseconds; node: string; kind: 'vrrp' | 'arp' }[] = [];
    for (const happening of this.happenings) {
      const { row } = happening;
      switch (happening.kind) {
        case 'boot':
          starts[happening.node] = this.fix(row, this.start, true);
          break;
        case 'launch': {
          // It takes equally long each time, so all its launches are fixed before what hangs on them.
          const { key } = happening;
          ready[key] ??= this.fixAlike(
            this.happenings.flatMap((other) => (other.kind === 'launch' && other.key === key ? [other] : [])),
          );
          break;
        }
        case 'deed':
          actions.push({ at: this.fix(row, this.start, false), deed: happening.deed });
          break;
        case 'loss': {
          const at = this.fix(row, this.start, false) - this.lab.lastHop(happening.node);
          losses.push({ at: Math.max(0, at), node: happening.node, kind: happening.what });
          break;
        }
      }
    }
    const now = -spanOf(this.engine.bounds.at(this.start, 0));
    const until = Math.ceil(now / SECOND) * SECOND + AFTERMATH;
    return { seed: 1, starts, ready, actions, losses, until };
  }

  /**
   * What is done comes after what happened before it, if it can: within one instant a schedule comes first, while a path
   * may have it last; and what has just been sent must have left the sender's cable, which a path leaves out.
   */
  private partDeeds(): void {
    const { bounds } = this.engine;
    for (const happening of this.happenings) {
      if (happening.kind !== 'deed') continue;
      const { row, before } = happening;
      const room = spanOf(bounds.at(row, before));
      const apart = room >= this.lab.firstHop + 1 ? this.lab.firstHop + 1 : 1;
      if (room >= apart) bounds.constrain(before, row, atMost(-apart));
    }
  }

  private demand(row: number, from: number, span: Nanoseconds): void {
    const { bounds } = this.engine;
    if (!bounds.constrain(row, from, atMost(span)) || !bounds.constrain(from, row, atMost(-span)))
      throw new Infeasible();
  }

  /** The earliest, roundest span from one instant to another; inside its limits if it can be, so that nothing is a tie. */
  private fix(row: number, from: number, takesLowest: boolean): Nanoseconds {
    const { least, most } = this.limits(row, from);
    const inner = takesLowest || least === most ? least : least + 1;
    const span = roundest(inner, Math.max(inner, most - (least === most ? 0 : 1))) ?? least;
    this.demand(row, from, span);
    return span;
  }

  /** The same span for several. */
  private fixAlike(launches: readonly { readonly row: number; readonly since: number }[]): Nanoseconds {
    const limits = launches.map(({ row, since }) => this.limits(row, since));
    const least = Math.max(...limits.map((each) => each.least));
    const most = Math.min(...limits.map((each) => each.most));
    const inner = least >= most ? least : least + 1;
    const span = roundest(inner, Math.max(inner, most - 1)) ?? least;
    for (const { row, since } of launches) this.demand(row, since, span);
    return span;
  }

  private limits(row: number, from: number): { readonly least: Nanoseconds; readonly most: Nanoseconds } {
    const { bounds } = this.engine;
    const above = bounds.at(row, from);
    const below = bounds.at(from, row);
    return {
      least: -spanOf(below) + (isStrict(below) ? 1 : 0),
      // A strict bound of c whole nanoseconds allows c − 1.
      most: isStrict(above) ? spanOf(above) - 1 : spanOf(above),
    };
  }
}

/** The smallest multiple of the coarsest grain within limits. */
function roundest(least: Nanoseconds, most: Nanoseconds): Nanoseconds | undefined {
  for (const grain of GRAINS) {
    const candidate = Math.ceil(least / grain) * grain;
    if (candidate <= most) return candidate;
  }
  return undefined;
}
