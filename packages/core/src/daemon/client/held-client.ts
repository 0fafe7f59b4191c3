import {
  bool,
  diagnostic,
  enumOf,
  int,
  type Nanoseconds,
  type RecordOf,
  record,
  timer,
  u8,
  u32,
} from '../../engine/index.js';
import type { Host } from '../../host/index.js';
import type { SocketErrorName, SocketId } from '../../host/tcp/socket-api.js';
import type { Reading } from './conversation.js';
import { type AttemptResult, failureOf } from './socket-failure.js';
import { DEFAULT_TIMEOUT, TcpClientBase, WIRE_NUMBERS } from './tcp-client-base.js';
import type { TcpClientOptions } from './tcp-client-options.js';

const HeldClientRecord = record('held-client', {
  /** The connection; 0 for none. */
  socket: u32,
  /** Connecting; established and at rest; waiting for the answer to the opening; waiting for the answer to a request. */
  phase: enumOf('none', 'connecting', 'resting', 'opening', 'asked'),
  /** The server has answered the opening. */
  isWelcome: bool,
  /** The server has hung up, which has been told. */
  hasEnded: bool,
  /** The connection broke at rest: the next request finds out. */
  brokenBy: enumOf('nothing', 'reset', 'timeout', 'unreachable'),
  /** It has connected again at once since the last tick. */
  hasHurried: bool,
  /** The number that the next request carries. */
  next: u8,
  attempts: diagnostic(int),
  connections: diagnostic(int),
  sentAt: diagnostic(int),
  /** From a request, or the beginning of a connection, to the next. */
  tick: timer,
  /** For connecting, and for an answer if that has a limit. */
  limit: timer,
});

/**
 * A client that keeps one connection open and sends a request by it every so often, the next not before the answer to
 * the last. It waits for answers as long as the kernel does, unless it is given a limit. After an error it connects
 * again at once (once per `every`, lest it spin where it is let in and thrown out); if that fails, at its next tick.
 */
export class HeldClient extends TcpClientBase {
  private readonly state: RecordOf<typeof HeldClientRecord.fields>;
  private readonly connectLimit: Nanoseconds;
  private readonly answerLimit: Nanoseconds | null;

  /** @throws RangeError for spans that are not positive */
  constructor(host: Host, options: TcpClientOptions) {
    super(host, options, true);
    this.connectLimit = options.timeout ?? DEFAULT_TIMEOUT;
    this.answerLimit = options.timeout ?? null;
    this.state = host.engine.record(`${host.name}/${options.name}`, HeldClientRecord, this.domain, {
      tick: () => this.ticked(),
      limit: () => this.expired(),
    });
  }

  protected override onStart(): void {
    const from = this.options.from ?? 0;
    if (from === 0) this.begin();
    else this.state.tick.arm(from);
  }

  protected override onReset(): void {
    super.onReset();
    this.state.reset();
  }

  private ticked(): void {
    const { state } = this;
    state.hasHurried = false;
    if (state.brokenBy !== 'nothing') {
      // The program learns at its next request what became of the connection.
      const { brokenBy } = state;
      state.brokenBy = 'nothing';
      state.sentAt = this.sendingTime;
      this.tell('reply', brokenBy, null, brokenBy === 'timeout' ? 'ETIMEDOUT' : null);
      this.again();
    } else if (state.phase === 'none') this.begin();
    else if (state.phase === 'resting') this.ask();
  }

  private begin(): void {
    const { state } = this;
    state.phase = 'connecting';
    state.isWelcome = this.conversation.opening === null;
    state.hasEnded = false;
    state.tick.arm(this.options.every);
    state.limit.arm(this.connectLimit);
    state.sentAt = this.sendingTime;
    const socket = this.connect();
    if (typeof socket === 'string') this.notConnected(failureOf(socket));
    else state.socket = socket;
  }

  private notConnected({ result, detail }: { result: AttemptResult; detail: string | null }): void {
    const { socket } = this.state;
    this.drop();
    this.hangUp(socket, false);
    this.tell('connect', result, null, detail);
    if (!this.state.tick.isArmed) this.begin();
  }

  protected override connected(socket: SocketId): void {
    const { state } = this;
    if (socket !== state.socket) return;
    state.limit.cancel();
    state.connections++;
    this.tellOpened(socket, state.connections);
    this.ask();
  }

  private ask(): void {
    const { state, conversation } = this;
    state.sentAt = this.sendingTime;
    state.tick.arm(this.options.every);
    if (this.answerLimit !== null) state.limit.arm(this.answerLimit);
    if (state.isWelcome) this.request();
    else {
      state.phase = 'opening';
      this.send(state.socket, conversation.opening);
    }
    // The end of the stream may have come while it rested.
    this.readable(state.socket);
  }

  private request(): void {
    const { state } = this;
    const number = state.next;
    state.next = (number + 1) % WIRE_NUMBERS;
    state.phase = 'asked';
    this.send(state.socket, this.conversation.request(number));
  }

  protected override readable(socket: SocketId): void {
    const { state, conversation } = this;
    // A send may have found the connection broken.
    if (socket !== state.socket || socket === 0) return;
    const { bytes, isEnd } = this.take(socket);
    let input = bytes;
    let reading: Reading = { kind: 'more' };
    if (state.phase === 'opening') {
      reading = conversation.readOpening(input, isEnd);
      if (reading.kind === 'ready') {
        input = input.subarray(reading.used);
        state.isWelcome = true;
        this.request();
      }
    }
    if (isEnd && !state.hasEnded) {
      state.hasEnded = true;
      this.tellEnded(socket, state.connections, 'eof');
    }
    if (state.phase === 'asked') reading = conversation.readAnswer(input, isEnd);
    if (reading.kind !== 'answer') {
      this.keep(socket, input);
      if (isEnd && state.phase !== 'resting') this.over('eof', null, null);
      return;
    }
    const { result, by, detail, used, keepsOpen } = reading;
    this.keep(socket, input.subarray(used));
    if (keepsOpen) this.answered(result, by, detail);
    else if (result === 'ok') {
      // The server closes by agreement: no error, so there is no hurry.
      this.tell('reply', result, by, detail);
      this.closeOwn();
      if (!state.tick.isArmed) this.begin();
    } else this.over(result, by, detail);
  }

  private answered(result: AttemptResult, by: string | null, detail: string | null): void {
    const { state } = this;
    state.phase = 'resting';
    state.limit.cancel();
    this.tell('reply', result, by, detail);
    if (!state.tick.isArmed) this.ask();
  }

  /** The attempt has failed and the connection with it. */
  private over(result: AttemptResult, by: string | null, detail: string | null): void {
    this.tell('reply', result, by, detail);
    this.closeOwn();
    this.again();
  }

  private closeOwn(): void {
    const { socket, connections } = this.state;
    this.tellEnded(socket, connections, 'closed');
    this.drop();
    this.hangUp(socket, true);
  }

  protected override failed(socket: SocketId, error: SocketErrorName): void {
    const { state } = this;
    if (socket !== state.socket) return;
    const failure = failureOf(error);
    if (state.phase === 'connecting') {
      this.notConnected(failure);
      return;
    }
    const isAtRest = state.phase === 'resting';
    this.tellEnded(socket, state.connections, failure.change);
    this.drop();
    if (isAtRest) {
      state.brokenBy =
        failure.result === 'timeout' ? 'timeout' : failure.result === 'unreachable' ? 'unreachable' : 'reset';
    } else {
      this.tell('reply', failure.result, null, failure.detail);
      this.again();
    }
  }

  private expired(): void {
    if (this.state.phase === 'connecting') this.notConnected({ result: 'timeout', detail: null });
    else this.over('timeout', null, null);
  }

  /** Connects again: at once the first time, then at the next tick. */
  private again(): void {
    const { state } = this;
    if (state.hasHurried && state.tick.isArmed) return;
    state.hasHurried = true;
    this.begin();
  }

  private drop(): void {
    const { state } = this;
    if (state.socket !== 0) this.forget(state.socket);
    state.socket = 0;
    state.phase = 'none';
    state.limit.cancel();
  }

  private tell(
    stage: 'connect' | 'reply',
    result: AttemptResult,
    by: string | null,
    detail: string | null,
  ): void {
    const { state } = this;
    state.attempts++;
    this.tellResult({
      attempt: state.attempts,
      result,
      by,
      sentAt: state.sentAt,
      connection: stage === 'reply' ? state.connections : null,
      stage,
      detail,
    });
  }
}
