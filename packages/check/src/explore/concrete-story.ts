import type { Nanoseconds } from '@viplab/core';
import { SECOND, type Slot } from '@viplab/core/engine';
import type { Fault } from '../campaign/fault.js';
import { allLaunches } from '../campaign/launches.js';
import type { Scenario } from '../campaign/scenario.js';
import type { ConcreteSearch, ConcreteStep, FoundRun } from './concrete-search.js';

/** How long a run goes on after its violation, to show what becomes of it. */
const AFTERMATH: Nanoseconds = 6 * SECOND;

/** 1,518 octets of a frame with preamble, start delimiter and gap, in bits (IEEE 802.3 §3.1.1, §4A.4.2). */
const LONGEST_FRAME = (1_518 + 20) * 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Walks the way to a violation once more, and writes down what happened at which instants. */
export class ConcreteStory {
  private now: Nanoseconds = 0;
  private latency = 0;
  private readonly starts: Record<string, Nanoseconds> = {};
  private readonly ready: Record<string, Nanoseconds> = {};
  private readonly actions: Mutable<Scenario['actions'][number]>[] = [];
  private readonly losses: Mutable<Scenario['losses'][number]>[] = [];

  constructor(private readonly search: ConcreteSearch) {}

  scenarioOf(found: FoundRun): Scenario {
    const { search } = this;
    search.drawn = (path, span) => this.noteLaunch(path, span);
    for (const { from, step } of search.stepsTo(found)) {
      search.load(from);
      search.branches.repeat(step.branches);
      this.take(step);
      this.now += search.lab.engine.now;
      search.lab.codec.forget();
    }
    search.drawn = null;
    const delays = search.representatives.latencies[this.latency]?.delays ?? [];
    const [delay] = delays;
    const isOne = search.representatives.latencies.length > 1 && delays.every((other) => other === delay);
    return {
      seed: 1,
      starts: this.starts,
      ready: this.ready,
      actions: this.actions,
      losses: this.losses,
      ...(isOne && delay !== undefined ? { latency: delay } : {}),
      until: Math.ceil(this.now / SECOND) * SECOND + AFTERMATH,
    };
  }

  private take(step: ConcreteStep): void {
    const { search, now } = this;
    const { lab } = search;
    switch (step.kind) {
      case 'start':
        this.latency = step.latency;
        search.starts[step.start]?.forEach((start, index) => {
          const host = lab.plan.hosts[index];
          if (host !== undefined) this.starts[host.name] = start;
        });
        search.take(step);
        return;
      case 'lost': {
        const { node, kind } = lab.lose(lab.next()[step.nth] as Slot);
        const sent = now + lab.engine.now - this.lastHop(node);
        this.losses.push({ at: Math.max(0, sent), node, kind });
        return;
      }
      case 'fault':
      case 'repair': {
        const { begin, end } = lab.faults[step.index] as Fault;
        this.actions.push({ at: now + step.after, deed: step.kind === 'fault' ? begin : end });
        search.take(step);
        return;
      }
      case 'event':
        search.take(step);
    }
  }

  /** How long a frame takes over the last cable to a host, at the most. */
  private lastHop(name: string): Nanoseconds {
    const { lab, representatives } = this.search;
    const index = lab.plan.links.findIndex(({ ends }) => ends.some(({ node }) => node === name));
    const delay = representatives.latencies[this.latency]?.delays[index] ?? 0;
    const bandwidth = lab.plan.links[index]?.bandwidth ?? null;
    return delay + (bandwidth === null ? 0 : Math.ceil((LONGEST_FRAME * SECOND) / bandwidth));
  }

  /** A scenario has one start-up time for each program: that of its first launch. */
  private noteLaunch(path: string, span: Nanoseconds): void {
    const key = allLaunches(this.search.lab.plan).find(({ timer }) => timer === path)?.key;
    if (key !== undefined) this.ready[key] ??= span;
  }
}
