import {
  bool,
  diagnostic,
  int,
  type Nanoseconds,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  type Table,
  table,
  timer,
  u8,
  u16,
  u32,
} from '../../engine/index.js';
import type { Host } from '../../host/index.js';
import type { SocketErrorName, SocketId } from '../../host/tcp/socket-api.js';
import type { Reading } from './conversation.js';
import { type AttemptResult, type ConnectionChange, failureOf } from './socket-failure.js';
import { DEFAULT_TIMEOUT, TcpClientBase, WIRE_NUMBERS } from './tcp-client-base.js';
import type { TcpClientOptions } from './tcp-client-options.js';

const ShortClientRecord = record('short-client', {
  /** The number that the next request carries. */
  next: u8,
  attempts: diagnostic(int),
  connections: diagnostic(int),
  tick: timer,
});

const AttemptColumns = {
  number: u8,
  /** The connection is established. */
  isOpen: bool,
  /** The request has been sent. */
  isAsked: bool,
  attempt: diagnostic(int),
  connection: diagnostic(int),
  sentAt: diagnostic(int),
  /** The second number of its deadline's key; the first is `number`. */
  nth: u16,
};
const AttemptRows = table('short-attempt', AttemptColumns);

const DeadlineColumns = {
  socket: u32,
  due: timer,
};
const DeadlineRows = table('short-deadline', DeadlineColumns);

/** What is said of an attempt at its end. */
interface Outcome {
  readonly result: AttemptResult;
  readonly by: string | null;
  readonly detail: string | null;
  readonly change: ConnectionChange;
}

/**
 * A client that makes a new connection for each request: connect, one request, one answer, close. Attempts do not wait
 * for one another.
 */
export class ShortClient extends TcpClientBase {
  private readonly state: RecordOf<typeof ShortClientRecord.fields>;
  /** By their sockets. */
  private readonly attempts: Table<typeof AttemptColumns>;
  /** By the number on the wire, and how many attempts with that number there are. */
  private readonly deadlines: Table<typeof DeadlineColumns>;
  private readonly timeout: Nanoseconds;

  /** @throws RangeError for spans that are not positive */
  constructor(host: Host, options: TcpClientOptions) {
    super(host, options, false);
    this.timeout = options.timeout ?? DEFAULT_TIMEOUT;
    const path = `${host.name}/${options.name}`;
    this.state = host.engine.record(path, ShortClientRecord, this.domain, { tick: () => this.begin() });
    this.attempts = host.engine.table(`${path}/attempts`, AttemptRows, this.domain);
    this.deadlines = host.engine.table(`${path}/deadlines`, DeadlineRows, this.domain, {
      due: (row) => this.timedOut(row),
    });
  }

  protected override onStart(): void {
    const from = this.options.from ?? 0;
    if (from === 0) this.begin();
    else this.state.tick.arm(from);
  }

  protected override onReset(): void {
    super.onReset();
    this.attempts.clear();
    this.deadlines.clear();
    this.state.reset();
  }

  private begin(): void {
    const { state, attempts } = this;
    const number = state.next;
    state.next = (number + 1) % WIRE_NUMBERS;
    state.attempts++;
    state.tick.arm(this.options.every);
    const sentAt = this.sendingTime;
    // Armed before the kernel arms the SYN's own timer: who gives up after 1 s does so before the SYN is sent again.
    const { deadlines } = this;
    let nth = 0;
    while (deadlines.find(number, nth) !== NO_ROW) nth++;
    const deadline = deadlines.insert(number, nth);
    deadlines.timers.due.arm(deadline, this.timeout);
    const socket = this.connect();
    if (typeof socket === 'string') {
      deadlines.delete(deadline);
      const { result, detail } = failureOf(socket);
      const attempt = state.attempts;
      this.tellResult({ attempt, result, by: null, sentAt, connection: null, stage: 'connect', detail });
      return;
    }
    const row = attempts.insert(socket);
    attempts.columns.number[row] = number;
    attempts.columns.attempt[row] = state.attempts;
    attempts.columns.sentAt[row] = sentAt;
    attempts.columns.nth[row] = nth;
    deadlines.columns.socket[deadline] = socket;
  }

  private timedOut(deadline: Row): void {
    const row = this.attempts.find(this.deadlines.columns.socket[deadline] as number);
    if (row !== NO_ROW) this.finish(row, TIMED_OUT);
  }

  protected override connected(socket: SocketId): void {
    const row = this.attempts.find(socket);
    if (row === NO_ROW) return;
    const { columns } = this.attempts;
    columns.isOpen[row] = 1;
    columns.connection[row] = ++this.state.connections;
    this.tellOpened(socket, this.state.connections);
    if (this.conversation.opening === null) this.ask(row);
    else this.send(socket, this.conversation.opening);
  }

  private ask(row: Row): void {
    const { columns, keyA } = this.attempts;
    columns.isAsked[row] = 1;
    this.send(keyA[row] as SocketId, this.conversation.request(columns.number[row] as number));
  }

  protected override readable(socket: SocketId): void {
    const row = this.attempts.find(socket);
    if (row === NO_ROW) return;
    const { bytes, isEnd } = this.take(socket);
    let input = bytes;
    let reading: Reading = { kind: 'more' };
    if (this.attempts.columns.isAsked[row] === 0) {
      reading = this.conversation.readOpening(input, isEnd);
      if (reading.kind === 'ready') {
        input = input.subarray(reading.used);
        this.ask(row);
      }
    }
    if (this.attempts.columns.isAsked[row] === 1) reading = this.conversation.readAnswer(input, isEnd);
    if (reading.kind === 'answer') {
      const { result, by, detail } = reading;
      this.finish(row, { result, by, detail, change: 'closed' });
    } else if (isEnd) this.finish(row, HUNG_UP);
    else this.keep(socket, input);
  }

  protected override failed(socket: SocketId, error: SocketErrorName): void {
    const row = this.attempts.find(socket);
    if (row !== NO_ROW) this.finish(row, { ...failureOf(error), by: null });
  }

  private finish(row: Row, { result, by, detail, change }: Outcome): void {
    const { columns, keyA } = this.attempts;
    const socket = keyA[row] as SocketId;
    const isOpen = columns.isOpen[row] === 1;
    const connection = isOpen ? (columns.connection[row] as number) : null;
    this.tellResult({
      attempt: columns.attempt[row] as number,
      result,
      by,
      sentAt: columns.sentAt[row] as number,
      connection,
      stage: isOpen ? 'reply' : 'connect',
      detail,
    });
    if (connection !== null) this.tellEnded(socket, connection, change);
    const deadline = this.deadlines.find(columns.number[row] as number, columns.nth[row] as number);
    if (deadline !== NO_ROW) this.deadlines.delete(deadline);
    this.attempts.delete(row);
    this.forget(socket);
    this.hangUp(socket, isOpen);
  }
}

const TIMED_OUT: Outcome = { result: 'timeout', by: null, detail: null, change: 'closed' };
const HUNG_UP: Outcome = { result: 'eof', by: null, detail: null, change: 'eof' };
