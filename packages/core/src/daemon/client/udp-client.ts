import {
  bool,
  diagnostic,
  int,
  MILLISECOND,
  type Nanoseconds,
  NO_ROW,
  type RecordOf,
  type Row,
  record,
  SECOND,
  type Table,
  table,
  timer,
  u16,
} from '../../engine/index.js';
import {
  type Host,
  Process,
  type ProcessOptions,
  type SocketError,
  type UdpSocket,
} from '../../host/index.js';
import { latin1Text } from '../../protocol/latin1.js';
import { SICK_SIGN } from '../../protocol/line-answer.js';
import { formatIpv4, type Ipv4Address, UNREACHABLE_CODES } from '../../wire/index.js';

/** What a client is made from. */
export interface UdpClientOptions extends ProcessOptions {
  /** The name of the process, and of the client in the trace. */
  readonly name: string;
  /** Whom it asks. */
  readonly target: Ipv4Address;
  readonly port: number;
  /** From one request to the next; ns. */
  readonly every: Nanoseconds;
  /** How long it waits for an answer; ns, 1 s if left out. */
  readonly timeout?: Nanoseconds;
  /** How long after its start it sends the first request; ns, at once if left out. */
  readonly from?: Nanoseconds;
  /** The address it sends from; what the route suggests if left out. */
  readonly source?: Ipv4Address;
  /** The port it sends from; 40 000 and the number of the process if left out. */
  readonly localPort?: number;
  /** Whether an answer confirms the neighbour with the next request, as TCP's acknowledgements do; true if left out. */
  readonly confirm?: boolean;
}

const ClientRecord = record('udp-client', {
  /** The number that the next request carries. */
  next: u16,
  /** An answer has come since the last request. */
  isAnswered: bool,
  attempts: diagnostic(int),
  tick: timer,
});

const AttemptColumns = {
  attempt: diagnostic(int),
  sentAt: diagnostic(int),
  timeout: timer,
};
const AttemptRows = table('client-attempt', AttemptColumns);

const FIRST_LOCAL_PORT = 40_000;
const DEFAULT_TIMEOUT = SECOND;
/** Longer than any kernel holds a request back (a resolution takes 3 s), so that a number is not used again too soon. */
const LATEST_ANSWER = 10 * SECOND;
const NUMBER_LENGTH = 2;

/**
 * A client that sends a numbered request again and again, each independent of the others, and says what became of it.
 *
 * The numbers on the wire go round, so that a lab's states can repeat; the trace counts on.
 */
export class UdpClient extends Process {
  private readonly state: RecordOf<typeof ClientRecord.fields>;
  private readonly outstanding: Table<typeof AttemptColumns>;
  private readonly socket: UdpSocket;
  private readonly requests: readonly Uint8Array[];
  private readonly server: string;
  private readonly timeout: Nanoseconds;

  /** @throws RangeError for spans that are not positive */
  constructor(
    host: Host,
    private readonly options: UdpClientOptions,
  ) {
    super(host, options.name, options);
    const timeout = options.timeout ?? DEFAULT_TIMEOUT;
    if (!(options.every >= 1) || !(timeout >= 1))
      throw new RangeError(`${options.name}: a client's spans are at least 1 ns`);
    this.timeout = timeout;
    this.server = `${formatIpv4(options.target)}:${options.port}`;
    const count = Math.min(
      0x1_0000,
      Math.ceil((timeout + LATEST_ANSWER) / Math.max(options.every, MILLISECOND)) + 1,
    );
    this.requests = Array.from({ length: count }, (_, number) => Uint8Array.of(number >> 8, number & 0xff));
    const path = `${host.name}/${options.name}`;
    this.state = host.engine.record(path, ClientRecord, this.domain, { tick: () => this.ask() });
    this.outstanding = host.engine.table(`${path}/attempts`, AttemptRows, this.domain, {
      timeout: (row) => this.finish(row, 'timeout', null),
    });
    this.socket = host.udpSocket(
      this,
      {
        port: options.localPort ?? FIRST_LOCAL_PORT + host.processes.length,
        onError: (error) => this.failed(error),
      },
      (datagram) => this.answered(datagram.payload),
    );
  }

  protected override onStart(): void {
    this.socket.open();
    const from = this.options.from ?? 0;
    if (from === 0) this.ask();
    else this.state.tick.arm(from);
  }

  protected override onStop(): void {}

  protected override onReset(): void {
    this.outstanding.clear();
    this.state.reset();
  }

  private ask(): void {
    const { state, options, outstanding } = this;
    const number = state.next;
    state.next = (number + 1) % this.requests.length;
    state.attempts++;
    state.tick.arm(options.every);
    const stale = outstanding.find(number);
    if (stale !== NO_ROW) this.finish(stale, 'timeout', null);
    const row = outstanding.insert(number);
    outstanding.columns.attempt[row] = state.attempts;
    // For the trace only: nothing is decided by it.
    outstanding.columns.sentAt[row] = this.host.engine.now;
    outstanding.timers.timeout.arm(row, this.timeout);
    const confirm = state.isAnswered && options.confirm !== false;
    state.isAnswered = false;
    const request = this.requests[number] ?? NO_REQUEST;
    const { source } = options;
    const how = source !== undefined ? { confirm, source } : confirm ? CONFIRMING : null;
    const result = this.socket.send(options.target, options.port, request, how);
    if (result === 'unreachable') this.finish(row, 'unreachable', null);
  }

  private answered(payload: Uint8Array): void {
    const row = this.rowOf(payload);
    if (row === NO_ROW) return;
    this.state.isAnswered = true;
    this.finish(row, payload[NUMBER_LENGTH] === SICK_SIGN.charCodeAt(0) ? 'error' : 'ok', payload);
  }

  private failed(error: SocketError): void {
    const row = this.rowOf(error.payload);
    if (row === NO_ROW) return;
    const isRefused = error.code === UNREACHABLE_CODES.port;
    this.finish(row, isRefused ? 'refused' : 'unreachable', null);
  }

  private rowOf(payload: Uint8Array): Row {
    if (payload.length < NUMBER_LENGTH) return NO_ROW;
    return this.outstanding.find(((payload[0] as number) << 8) | (payload[1] as number));
  }

  private finish(
    row: Row,
    result: 'ok' | 'error' | 'timeout' | 'unreachable' | 'refused',
    answer: Uint8Array | null,
  ): void {
    const { host, outstanding } = this;
    if (host.trace.isOn) {
      host.trace.emit('client.result', host.name, {
        client: this.name,
        server: this.server,
        attempt: outstanding.columns.attempt[row] as number,
        result,
        by: answer === null ? null : nameIn(answer),
        sentAt: outstanding.columns.sentAt[row] as number,
        connection: null,
        stage: 'reply',
        detail: null,
      });
    }
    outstanding.delete(row);
  }
}

/** The name behind the number, without the sign of a sick server. */
function nameIn(answer: Uint8Array): string {
  const name = latin1Text(answer.subarray(NUMBER_LENGTH));
  return name.startsWith(SICK_SIGN) ? name.slice(SICK_SIGN.length) : name;
}

const CONFIRMING = { confirm: true } as const;
const NO_REQUEST = Uint8Array.of(0, 0);
