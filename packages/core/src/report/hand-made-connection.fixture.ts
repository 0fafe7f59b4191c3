import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { EventFields, TraceEvent } from '../trace/index.js';
import { at, HandMadeTrace, powerOffStory, WRITE } from './hand-made-trace.fixture.js';
import type { RunFacts } from './run-facts.js';

const SERVER = `${WRITE}:5432`;
const CABLES = 200 * MICROSECOND;

/** A connection of a client, written by hand at both ends. */
export class HandMadeConnection {
  private attempt = 1;
  readonly local: string;
  private readonly ends: { readonly local: string; readonly remote: string };
  private readonly others: { readonly local: string; readonly remote: string };

  constructor(
    readonly trace: HandMadeTrace,
    readonly number: number,
    readonly server = SERVER,
    private readonly client = 'c1',
  ) {
    this.local = `192.168.1.50:${40_000 + number}`;
    this.ends = { local: this.local, remote: server };
    this.others = { local: server, remote: this.local };
  }

  /** SYN, SYN+ACK, ACK; without a node only the SYN. */
  opens(time: Nanoseconds, node: string | null): this {
    this.trace.add(time, 'tcp.opened', this.client, { ...this.ends, side: 'active' });
    if (node === null) return this;
    this.trace
      .add(time + CABLES / 2, 'tcp.opened', node, { ...this.others, side: 'passive' })
      .add(time + CABLES, 'tcp.established', this.client, { ...this.ends, side: 'active' })
      .add(time + (CABLES * 3) / 2, 'tcp.established', node, { ...this.others, side: 'passive' });
    return this.changes(time + CABLES, 'opened');
  }

  changes(time: Nanoseconds, change: EventFields['client.connection']['change']): this {
    this.trace.add(time, 'client.connection', this.client, {
      client: this.client,
      server: this.server,
      connection: this.number,
      local: this.local,
      change,
    });
    return this;
  }

  result(
    sentAt: Nanoseconds,
    endedAt: Nanoseconds,
    result: EventFields['client.result']['result'],
    more: Partial<EventFields['client.result']> = {},
  ): this {
    this.trace.add(endedAt, 'client.result', this.client, {
      client: this.client,
      server: this.server,
      attempt: this.attempt++,
      result,
      by: null,
      sentAt,
      connection: this.number,
      stage: 'reply',
      detail: null,
      ...more,
    });
    return this;
  }

  /** A request every 200 ms from one instant up to another, each answered. */
  asks(from: Nanoseconds, until: Nanoseconds, by: string): this {
    for (let time = from; time < until; time += SECOND / 5) this.result(time, time + CABLES, 'ok', { by });
    return this;
  }

  again(by: string, kind: EventFields['tcp.retransmitted']['kind'], ...times: readonly Nanoseconds[]): this {
    const ends = by === this.client ? this.ends : this.others;
    times.forEach((time, index) => {
      this.trace.add(time, 'tcp.retransmitted', by, {
        ...ends,
        sequence: 1000,
        length: 20,
        kind,
        count: index + 1,
      });
    });
    return this;
  }

  resetSent(time: Nanoseconds, by: string, reason: EventFields['tcp.reset-sent']['reason']): this {
    this.trace.add(time, 'tcp.reset-sent', by, { ...(by === this.client ? this.ends : this.others), reason });
    return this;
  }

  /** A RST arrives at an end, which is told so. */
  reset(time: Nanoseconds, node: string, state = 'ESTABLISHED'): this {
    const ends = node === this.client ? this.ends : this.others;
    this.trace.add(time, 'tcp.reset', node, { ...ends, state });
    this.trace.add(time, 'tcp.failed', node, {
      ...ends,
      state,
      error: state === 'SYN_SENT' ? 'ECONNREFUSED' : 'ECONNRESET',
    });
    return this;
  }

  fails(time: Nanoseconds, node: string, error: string, state = 'ESTABLISHED'): this {
    const ends = node === this.client ? this.ends : this.others;
    this.trace.add(time, 'tcp.failed', node, { ...ends, state, error });
    return this;
  }

  closes(time: Nanoseconds, node: string): this {
    this.trace.add(time, 'tcp.closed', node, node === this.client ? this.ends : this.others);
    return this;
  }
}

/** The pair whose n1 loses power at 10 s and returns at 25 s, as a client lives it that keeps a connection open. */
export function keptConnectionStory(): { readonly facts: RunFacts; readonly events: TraceEvent[] } {
  const { facts, events } = powerOffStory();
  const trace = new HandMadeTrace();
  const hung = at('10.145');
  const sawReset = at('13.474');
  new HandMadeConnection(trace, 1)
    .opens(at('3.545'), 'n1')
    .asks(at('3.545') + CABLES, at('10'), 'n1')
    .again('c1', 'tail-probe', at('10.346'))
    .again('c1', 'timeout', at('10.547'), at('10.953'), at('11.765'), at('13.4735'))
    .resetSent(sawReset - CABLES / 2, 'n2', 'no-connection')
    .reset(sawReset, 'c1')
    .changes(sawReset, 'reset')
    .result(hung, sawReset, 'reset');
  const back = at('28.541');
  new HandMadeConnection(trace, 2)
    .opens(sawReset, 'n2')
    .asks(sawReset + CABLES, at('28.5'), 'n2')
    .resetSent(back + CABLES / 2, 'n1', 'no-connection')
    .reset(back + CABLES, 'c1')
    .changes(back + CABLES, 'reset')
    .result(back, back + CABLES, 'reset');
  new HandMadeConnection(trace, 3).opens(back + CABLES, 'n1').asks(back + MILLISECOND, facts.duration, 'n1');
  const others = events.filter((event) => event.name !== 'client.result' || !event.server.startsWith(WRITE));
  return { facts, events: [...others, ...trace.events].toSorted((one, other) => one.time - other.time) };
}
