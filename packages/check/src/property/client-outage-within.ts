import { type DurationInput, type Nanoseconds, parseDuration, SECOND, spanInWords } from '@viplab/core';
import {
  bool,
  int,
  NO_ROW,
  type RecordOf,
  record,
  type Table,
  table,
  timer,
  value,
} from '@viplab/core/engine';
import { clientWas, failoverWhile, requestAtCause } from './client-coverage.js';
import type { ClientResult, SeenClient } from './client-watch.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

/** Of which clients. */
export interface ClientOutageOptions {
  /** Names of clients or of their nodes; default: all clients. */
  readonly of?: readonly string[];
}

/** How long an attempt lasts at most that has no limit: longer than SYN retries take (Linux tcp_syn_retries 6: 127 s). */
const LONGEST_ATTEMPT = 130 * SECOND;
/** How much later than its limit an attempt may be told. */
const LATE = 10 * SECOND;

const Outage = record('client-outage', {
  wasServed: bool,
  /** When the earliest request was sent that was answered. */
  servedFrom: int,
  /** Something was lost, and nothing that was sent later has been answered. */
  isOut: bool,
  /** When the first of that was sent. */
  from: int,
  /** Keys of the oldest and next answer that is kept. */
  oldest: int,
  next: int,
  server: value<string>(),
  tooLong: timer,
  said: value<string>(),
});

const AnswerColumns = { sentAt: int };
const Answers = table('answers', AnswerColumns);

/**
 * The time that one client is without service. An attempt may be found lost long after later ones were answered, so
 * answers are kept for as long as an attempt may last.
 */
class WatchedService {
  private readonly state: RecordOf<typeof Outage.fields>;
  private readonly answers: Table<typeof AnswerColumns>;
  /** For how long answers are kept. */
  private readonly kept: Nanoseconds;

  constructor(
    watch: Watch,
    private readonly client: SeenClient,
    name: string,
    private readonly most: Nanoseconds,
  ) {
    const { engine } = watch;
    this.state = engine.record(`${name} of ${client.name}`, Outage, engine.world, {
      tooLong: () => this.complain(),
    });
    this.answers = engine.table(`${name}: answers to ${client.name}`, Answers, engine.world, {});
    this.kept = client.timeout === null ? LONGEST_ATTEMPT : client.timeout + LATE;
    client.listen({ result: (event) => this.hear(event) });
  }

  get said(): string | null {
    return this.state.said;
  }

  private hear(event: ClientResult): void {
    this.state.server = event.server;
    if (event.result === 'ok') this.serve(event);
    else this.lose(event);
  }

  private serve({ sentAt, time }: ClientResult): void {
    const { state } = this;
    this.forgetBefore(time - this.kept);
    const row = this.answers.insert(state.next++);
    this.answers.columns.sentAt[row] = sentAt;
    if (!state.wasServed || sentAt < state.servedFrom) state.servedFrom = sentAt;
    state.wasServed = true;
    if (!state.isOut || sentAt <= state.from) return;
    state.isOut = false;
    state.tooLong.cancel();
  }

  private lose({ sentAt, time }: ClientResult): void {
    const { state, most } = this;
    // Before its first answer the service was not there yet.
    if (!state.wasServed || sentAt < state.servedFrom || state.said !== null) return;
    const next = this.firstAnswerAfter(sentAt);
    if (next !== null) {
      // Of what is older than all that is kept, nobody knows which answer was the first.
      if (next - sentAt > most && time - sentAt <= this.kept) this.complain();
      return;
    }
    if (state.isOut && state.from <= sentAt) return;
    state.isOut = true;
    state.from = sentAt;
    const left = most - (time - sentAt);
    if (left < 0) this.complain();
    // A nanosecond more is too much.
    else state.tooLong.arm(left + 1);
  }

  private complain(): void {
    const { state, client, most } = this;
    state.tooLong.cancel();
    state.said = `${client.name} is without service of ${state.server} for longer than ${spanInWords(most)}`;
  }

  /** When the first request after another was sent that was answered; null: none so far. */
  private firstAnswerAfter(sentAt: number): number | null {
    const { answers, state } = this;
    let first: number | null = null;
    for (let key = state.next - 1; key >= state.oldest; key--) {
      const row = answers.find(key);
      const other = row === NO_ROW ? sentAt : (answers.columns.sentAt[row] as number);
      if (other > sentAt && (first === null || other < first)) first = other;
    }
    return first;
  }

  private forgetBefore(instant: number): void {
    const { answers, state } = this;
    while (state.oldest < state.next) {
      const row = answers.find(state.oldest);
      if (row !== NO_ROW && (answers.columns.sentAt[row] as number) >= instant) return;
      if (row !== NO_ROW) answers.delete(row);
      state.oldest++;
    }
  }
}

class ClientOutageWithin extends SharedMonitor {
  private readonly watched: readonly WatchedService[];

  constructor(
    watch: Watch,
    private readonly name: string,
    most: Nanoseconds,
    { of }: ClientOutageOptions,
  ) {
    super(watch);
    this.watched = this.parts.clients
      .named(of)
      .map((client) => new WatchedService(watch, client, name, most));
  }

  get violation(): Violation | null {
    for (const { said } of this.watched) if (said !== null) return { property: this.name, message: said };
    return null;
  }
}

/**
 * No client is without service for longer than a span, as it sees it: from the sending of the first attempt that fails,
 * to that of the next that is answered. It counts as out until the answer has come. What fails before a client's first
 * answer is no outage: the service was not there yet.
 *
 * @throws RangeError when it is watched: for a client that the lab does not have
 * @example
 * ```ts
 * await prove(lab, { properties: [clientOutageWithin('4s')] });
 * ```
 */
export const clientOutageWithin = (within: DurationInput, options: ClientOutageOptions = {}): Property => {
  const span = parseDuration(within);
  const name = `client-outage-within-${typeof within === 'string' ? within : `${span}ns`}`;
  const { of } = options;
  return {
    name,
    means: `${of === undefined ? 'no client' : `neither of ${of.join(', ')}`} is without service for longer than ${spanInWords(span)}`,
    quantifier: 'always',
    observes: 'clients',
    needs: [clientWas('served', of)],
    needsOfFaults: [failoverWhile('served', of)],
    covers: [requestAtCause(of)],
    watch: (watch) => new ClientOutageWithin(watch, name, span, options),
  };
};
