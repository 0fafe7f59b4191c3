import { suggest } from '../diagnostic/suggest.js';
import {
  type Choices,
  type DescribedWord,
  type DurationInput,
  digestOf,
  END_OF_TIME,
  EventClass,
  type EventTarget,
  type Nanoseconds,
  parseDuration,
  printState,
  restoreState,
  SeededChoices,
  type Slot,
  type Snapshot,
  saveState,
} from '../engine/index.js';
import type { Health } from '../service/service.js';
import { digestOfEvents, type FrameListener, type Trace, type TraceEvent } from '../trace/index.js';
import { perform } from './actions.js';
import type { ActionDesign, ActionName } from './design.js';
import { Network } from './network.js';
import { Observer } from './observer.js';
import type { LabPlan } from './plan.js';

/** How a simulation is started. */
export interface SimulationOptions {
  /** Which run of all possible ones; default 1. */
  readonly seed?: number;
  /** Another source of chance than the seed. */
  readonly choices?: Choices;
  /** Every frame becomes bytes and is read back at each hop, checksums verified. */
  readonly asBytes?: boolean;
  /** Multiplies every span; for the test that nobody reads a clock. */
  readonly timeScale?: number;
  /** Who sees every frame. */
  readonly frames?: FrameListener;
  /** False: no event is kept, for benches. */
  readonly record?: boolean;
  /** Given the network when it is built and nothing has happened yet, to add parts of one's own. */
  readonly attach?: (network: Network) => void;
}

/** A state of a simulation to which it, or a fork, can return. */
export interface SimulationSnapshot {
  readonly state: Snapshot;
  readonly events: readonly TraceEvent[];
}

/**
 * A lab that runs: paused at any event, looked at, forked, rewound.
 *
 * @example
 * ```ts
 * const sim = pair.start({ seed: 1 });
 * sim.runUntil('10s');
 * sim.node('n1').powerOff();
 * const other = sim.fork();
 * other.node('n2').unplug('eth0'); // two futures of one instant
 * ```
 */
export class Simulation {
  /** The parts: hosts, switches, cables, programs. */
  readonly network: Network;
  private readonly observer: Observer;

  constructor(
    readonly plan: LabPlan,
    private readonly options: SimulationOptions = {},
  ) {
    const choices = options.choices ?? new SeededChoices(options.seed ?? 1);
    this.network = new Network(plan, {
      choices,
      ...(options.asBytes === undefined ? {} : { asBytes: options.asBytes }),
      ...(options.timeScale === undefined ? {} : { timeScale: options.timeScale }),
    });
    const { engine, trace } = this.network;
    this.observer = new Observer(this.network);
    options.attach?.(this.network);
    if (options.record !== false) trace.record();
    trace.frames = options.frames ?? null;
    const schedule = new ScheduleTarget(this.network);
    for (const [index, { at }] of plan.schedule.entries()) {
      const slot = schedule.adopt(index);
      engine.insertAfter(slot, at, EventClass.ACTION);
    }
    this.network.start();
    this.observer.observe();
  }

  get trace(): Trace {
    return this.network.trace;
  }

  /** The present instant, ns from the start. */
  get now(): Nanoseconds {
    return this.network.engine.now;
  }

  /** Runs up to and including an instant. */
  runUntil(instant: DurationInput | Nanoseconds): this {
    this.network.engine.runUntil(nanoseconds(instant));
    return this;
  }

  /** Runs as long as `goOn` says so after each event; returns whether that ended it (or the instant `until`). */
  runWhile(goOn: (sim: Simulation) => boolean, until: DurationInput | Nanoseconds = END_OF_TIME): boolean {
    return this.network.engine.runWhile(() => goOn(this), nanoseconds(until));
  }

  /** Fires one event; false if there is none. */
  step(): boolean {
    return this.network.engine.step();
  }

  /** Does something to the network now. */
  perform(action: Omit<ActionDesign, 'at'>): this {
    perform(this.network, { at: '0s', ...action });
    this.observer.observe();
    return this;
  }

  /**
   * The verbs of one node.
   *
   * @throws RangeError naming the nearest node if there is none of that name.
   */
  node(name: string): NodeVerbs {
    const names = [...this.network.hosts.keys(), ...this.network.switches.keys()];
    if (!names.includes(name)) {
      const near = suggest(name, names);
      throw new RangeError(
        `no node '${name}'${near === undefined ? '' : `, did you mean ${near}?`} (${names.join(' ')})`,
      );
    }
    return new NodeVerbs(this, name);
  }

  /** The whole state, word by word, for people and for `differenceOf`. */
  state(): DescribedWord[] {
    return printState(this.network.engine);
  }

  /** A stable hash of the situation: equal exactly where the future is the same. */
  get stateDigest(): string {
    return digestOf(saveState(this.network.engine));
  }

  /** A stable hash of what has happened so far, or of what happened at some nodes. */
  traceDigest(nodes?: readonly string[]): string {
    return digestOfEvents(this.trace.events, nodes === undefined ? undefined : new Set(nodes));
  }

  /** Takes the whole state, to come back to. */
  save(): SimulationSnapshot {
    return { state: saveState(this.network.engine), events: [...this.trace.events] };
  }

  /** Goes back (or over) to a saved state of the same lab. */
  restore(snapshot: SimulationSnapshot): this {
    restoreState(this.network.engine, snapshot.state);
    this.trace.adopt(snapshot.events);
    return this;
  }

  /** Another simulation in the same state; the two go on independently. */
  fork(): Simulation {
    return new Simulation(this.plan, this.options).restore(this.save());
  }
}

const nanoseconds = (instant: DurationInput | Nanoseconds): Nanoseconds =>
  typeof instant === 'number' ? instant : parseDuration(instant);

/** The verbs of a schedule, on one node, as methods. */
export class NodeVerbs {
  constructor(
    private readonly simulation: Simulation,
    readonly name: string,
  ) {}

  private perform(verb: ActionName, details: Partial<ActionDesign> = {}): this {
    this.simulation.perform({ ...details, do: verb, node: this.name });
    return this;
  }

  private at(iface: string | undefined): Partial<ActionDesign> {
    return iface === undefined ? {} : { interface: iface };
  }

  powerOff(): this {
    return this.perform('power-off');
  }

  powerOn(): this {
    return this.perform('power-on');
  }

  /** SIGKILL of a daemon, by default keepalived: its addresses stay in the kernel. */
  kill9(daemon = 'keepalived'): this {
    return this.perform('kill-9', { daemon });
  }

  /** SIGTERM of a daemon: it says goodbye. */
  stop(daemon = 'keepalived'): this {
    return this.perform('stop', { daemon });
  }

  start(daemon = 'keepalived'): this {
    return this.perform('start', { daemon });
  }

  restart(daemon = 'keepalived'): this {
    return this.perform('restart', { daemon });
  }

  /** Pauses the machine, or one daemon on it (SIGSTOP). */
  freeze(daemon?: string): this {
    return this.perform('freeze', daemon === undefined ? {} : { daemon });
  }

  thaw(daemon?: string): this {
    return this.perform('thaw', daemon === undefined ? {} : { daemon });
  }

  unplug(iface?: string): this {
    return this.perform('unplug', this.at(iface));
  }

  plug(iface?: string): this {
    return this.perform('plug', this.at(iface));
  }

  /** The next frame of a kind that would reach it is lost, once and silently. */
  loseNext(only: 'vrrp' | 'arp'): this {
    return this.perform('lose-next', { only });
  }

  /** How a server program does from now on; `delay` is how late a slow one answers. */
  setHealth(daemon: string, health: Health, delay?: DurationInput): this {
    return this.perform('set-health', { daemon, health, ...(delay === undefined ? {} : { delay }) });
  }

  /** Both directions are cut and nobody's carrier shows it. */
  silentCut(iface?: string): this {
    return this.perform('silent-cut', this.at(iface));
  }
}

/** The lines of the schedule as events: which line, nothing more. */
class ScheduleTarget implements EventTarget {
  readonly id: number;
  readonly path = 'schedule';
  readonly isDerived = false;
  readonly keepsSlot = false;

  constructor(private readonly network: Network) {
    this.id = network.engine.register(this);
  }

  fire(slot: Slot): void {
    const line = this.network.plan.schedule[this.network.engine.row[slot] as number];
    this.network.engine.releaseSlot(slot);
    if (line !== undefined) perform(this.network, line.action);
  }

  keyOf(slot: Slot): readonly [number, number] {
    return [this.network.engine.row[slot] as number, 0];
  }

  adopt(line: number): Slot {
    const slot = this.network.engine.allocateSlot(this);
    this.network.engine.row[slot] = line;
    return slot;
  }
}
