import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { CarpReason, CarpStateName, TraceEvent } from '../trace/index.js';
import { at, HandMadeTrace, pairFacts } from './hand-made-trace.fixture.js';
import type { InstanceFacts, RunFacts, VipFacts } from './run-facts.js';

export const SHARED = '192.0.2.1';
const ADDRESSES: Readonly<Record<string, string>> = {
  fw1: '192.0.2.11',
  fw2: '192.0.2.12',
  fw3: '192.0.2.13',
};

/** advskew/256 s in whole microseconds. */
const skewTime = (advskew: number): Nanoseconds => Math.floor((advskew * 1_000_000) / 256) * 1000;

/** Writes traces of CARP by hand: firewalls that compete for {@link SHARED} with vhid 1, 1 ms apart. */
export class HandMadeCarp extends HandMadeTrace {
  private readonly states = new Map<string, CarpStateName>();

  constructor(
    readonly skews: Readonly<Record<string, number>>,
    readonly instance = 'carp0',
  ) {
    super();
  }

  enters(
    time: Nanoseconds,
    node: string,
    to: CarpStateName,
    reason: CarpReason,
    peer: string | null = null,
    demotion = 0,
  ): this {
    const from = this.states.get(node) ?? 'INIT';
    this.states.set(node, to);
    return this.add(time, 'carp.state', node, {
      instance: this.instance,
      vhid: 1,
      from,
      to,
      advbase: 1,
      advskew: this.skews[node] ?? 0,
      demotion,
      reason,
      peer: peer === null ? null : (ADDRESSES[peer] ?? peer),
    });
  }

  advert(
    time: Nanoseconds,
    node: string,
    fields: Partial<
      Pick<TraceEvent<'carp.advert-sent'>, 'advbase' | 'advskew' | 'demotion' | 'destination'>
    > = {},
  ): this {
    const advskew = fields.advskew ?? this.skews[node] ?? 0;
    const advbase = fields.advbase ?? 1;
    return this.add(time, 'carp.advert-sent', node, {
      instance: this.instance,
      vhid: 1,
      advbase,
      advskew,
      demotion: 0,
      interval: advbase * SECOND + skewTime(advskew),
      destination: '224.0.0.18',
      ...fields,
    });
  }

  /** Adverts at its own interval, from one instant up to another. */
  advertises(node: string, from: Nanoseconds, until: Nanoseconds): this {
    const interval = SECOND + skewTime(this.skews[node] ?? 0);
    for (let time = from; time < until; time += interval) this.advert(time, node);
    return this;
  }
}

export function carpInstance(node: string, advskew: number, name = 'carp0', advbase = 1): InstanceFacts {
  return {
    node,
    name,
    protocol: 'carp',
    vhid: 1,
    priority: advskew,
    advertIntervalNs: advbase * SECOND + skewTime(advskew),
    masterDownNs: 3 * advbase * SECOND + skewTime(advskew),
  };
}

export function carpVip(skews: Readonly<Record<string, number>>, name = 'carp0'): VipFacts {
  const instances = Object.entries(skews).map(([node, advskew]) => carpInstance(node, advskew, name));
  const patience = Math.max(...instances.map(({ masterDownNs }) => masterDownNs));
  return {
    address: SHARED,
    instances,
    settlingNs: patience + 2 * SECOND,
    dualBudgetNs: 2 * MILLISECOND,
    headlessBudgetNs: patience + MILLISECOND,
  };
}

export function carpFacts(
  skews: Readonly<Record<string, number>>,
  changes: Partial<RunFacts> = {},
): RunFacts {
  return pairFacts({
    name: 'carp-pair',
    nodes: Object.keys(skews).map((name) => ({ name, kind: 'host', address: ADDRESSES[name] ?? '' })),
    vips: [carpVip(skews)],
    clients: [],
    duration: 40 * SECOND,
    latencyNs: MILLISECOND,
    ...changes,
  });
}

/** fw1 advskew 0, fw2 advskew 100: fw1 loses power at 10.0005 s and returns at 20 s, with preempt. */
export function carpPowerOffStory(): { readonly facts: RunFacts; readonly events: TraceEvent[] } {
  const skews = { fw1: 0, fw2: 100 };
  const back = at('20.344750');
  const trace = new HandMadeCarp(skews)
    .enters(0, 'fw1', 'BACKUP', 'start')
    .enters(0, 'fw2', 'BACKUP', 'start')
    .enters(at('3'), 'fw1', 'MASTER', 'timeout')
    .advertises('fw1', at('3'), at('10.0005'))
    .owners(at('3'), SHARED, 'fw1')
    .cause(at('10.0005'), 'power-off', 'fw1')
    .add(at('10.0005'), 'node.power', 'fw1', { on: false })
    .owners(at('10.0005'), SHARED)
    .enters(at('13.391625'), 'fw2', 'MASTER', 'timeout')
    .advertises('fw2', at('13.391625'), back + 1)
    .owners(at('13.391625'), SHARED, 'fw2')
    .cause(at('20'), 'power-on', 'fw1')
    .add(at('20'), 'node.power', 'fw1', { on: true });
  trace
    .add(at('20'), 'carp.state', 'fw1', {
      instance: 'carp0',
      vhid: 1,
      from: 'INIT',
      to: 'BACKUP',
      advbase: 1,
      advskew: 0,
      demotion: 0,
      reason: 'start',
      peer: null,
    })
    .add(back + MILLISECOND, 'carp.state', 'fw1', {
      instance: 'carp0',
      vhid: 1,
      from: 'BACKUP',
      to: 'MASTER',
      advbase: 1,
      advskew: 0,
      demotion: 0,
      reason: 'preempts',
      peer: ADDRESSES['fw2'] ?? '',
    })
    .advertises('fw1', back + MILLISECOND, at('40'))
    .owners(back + MILLISECOND, SHARED, 'fw1', 'fw2')
    .enters(back + 2 * MILLISECOND, 'fw2', 'BACKUP', 'better-advert', 'fw1')
    .owners(back + 2 * MILLISECOND, SHARED, 'fw1');
  return {
    facts: carpFacts(skews, {
      schedule: [
        { time: at('10.0005'), action: 'power-off', target: 'fw1' },
        { time: at('20'), action: 'power-on', target: 'fw1' },
      ],
    }),
    events: trace.events,
  };
}

/** Two equals that start at the same instant: both MASTER for 1 ms in every 3.001 s, for ever. */
export function carpLockstepStory(): { readonly facts: RunFacts; readonly events: TraceEvent[] } {
  const skews = { fw1: 0, fw2: 0 };
  const trace = new HandMadeCarp(skews);
  for (const node of ['fw1', 'fw2']) trace.enters(0, node, 'BACKUP', 'start');
  for (let time = at('3'); time + MILLISECOND < at('40'); time += at('3.001')) {
    for (const node of ['fw1', 'fw2']) trace.enters(time, node, 'MASTER', 'timeout').advert(time, node);
    trace.owners(time, SHARED, 'fw1', 'fw2');
    trace.enters(time + MILLISECOND, 'fw1', 'BACKUP', 'equal-advert', 'fw2');
    trace.enters(time + MILLISECOND, 'fw2', 'BACKUP', 'equal-advert', 'fw1');
    trace.owners(time + MILLISECOND, SHARED);
  }
  return { facts: carpFacts(skews), events: trace.events };
}
