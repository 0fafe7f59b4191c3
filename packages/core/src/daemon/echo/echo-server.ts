import { type Nanoseconds, type Table, TaggedQueue, table, timer } from '../../engine/index.js';
import type { Host, UdpSocket } from '../../host/index.js';
import type { SocketId } from '../../host/tcp/socket-api.js';
import { joinBytes, latin1Bytes } from '../../protocol/latin1.js';
import { SICK_SIGN } from '../../protocol/line-answer.js';
import { Service, type ServiceOptions } from '../../service/service.js';
import type { IpAddress } from '../../wire/index.js';

/** What an echo server is made from. */
export interface EchoServerOptions extends Omit<ServiceOptions, 'address' | 'warmUp'> {
  /** The port it listens on, TCP and UDP; null for a program that only runs. */
  readonly port: number | null;
  /** The address it binds to; all if left out. It is not asked whether that is the host's own. */
  readonly address?: IpAddress;
}

/** A line of more bytes than this ends its connection (the limit of Python's asyncio streams). */
export const LONGEST_LINE = 0x1_0000;

const NEWLINE = 0x0a;

interface LateAnswer {
  readonly to: IpAddress;
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly source: IpAddress | null;
}

const LateColumns = { due: timer };
const LateRows = table('late-answer', LateColumns);
/** Answers that a slow server may owe at a time; datagrams beyond are lost, as in a full socket buffer. */
const MOST_LATE = 277;

/**
 * A program that tells who served: over TCP it answers each line with the name of its host, a space and the line;
 * over UDP each datagram with the same bytes followed by the name (Latin-1). It answers from the address that was
 * asked. Sick, it puts `!` before its name.
 */
export class EchoServer extends Service {
  private readonly socket: UdpSocket | null;
  private readonly lateAnswers: TaggedQueue<LateAnswer>;
  private readonly late: Table<typeof LateColumns>;

  constructor(host: Host, options: EchoServerOptions) {
    super(host, options);
    const path = `${host.name}/${options.name}`;
    this.lateAnswers = new TaggedQueue(host.engine, `${path}/late-answers`, MOST_LATE);
    this.late = host.engine.table(`${path}/late`, LateRows, this.domain, {
      due: (row) => {
        const number = this.late.keyA[row] as number;
        this.late.delete(row);
        const answer = this.lateAnswers.shift(number);
        if (answer !== undefined) this.answer(answer);
      },
    });
    const { port, address } = options;
    this.socket =
      port === null
        ? null
        : host.udpSocket(this, address === undefined ? { port } : { port, address }, (datagram, packet) => {
            if (this.health === 'hung') return;
            const answer: LateAnswer = {
              to: packet.source,
              port: datagram.sourcePort,
              bytes: joinBytes(datagram.payload, this.signature),
              // Asked by broadcast, it answers from an address of its own.
              source: host.owns(packet.destination) ? packet.destination : null,
            };
            if (this.slowness > 0) this.answerLater(answer, this.slowness);
            else this.answer(answer);
          });
  }

  private get signature(): Uint8Array {
    return latin1Bytes(this.health === 'sick' ? `${SICK_SIGN}${this.host.name}` : this.host.name);
  }

  private answer({ to, port, bytes, source }: LateAnswer): void {
    this.socket?.send(to, port, bytes, source === null ? null : { source });
  }

  private answerLater(answer: LateAnswer, after: Nanoseconds): void {
    let number = 0;
    while (this.late.find(number) >= 0) number++;
    if (number >= MOST_LATE) return;
    const row = this.late.insert(number);
    this.lateAnswers.push(number, answer);
    this.late.timers.due.arm(row, after);
  }

  protected override serve(socket: SocketId, _row: number, input: Uint8Array, isEnd: boolean): number {
    const answers: Uint8Array[] = [];
    const before = joinBytes(this.signature, SPACE);
    let used = 0;
    for (let end = input.indexOf(NEWLINE); end >= 0; end = input.indexOf(NEWLINE, used)) {
      if (end - used >= LONGEST_LINE) break;
      answers.push(before, input.subarray(used, end + 1));
      used = end + 1;
    }
    // The last line may lack its end, as Python's readline gives it.
    if (isEnd && used < input.length && input.length - used < LONGEST_LINE) {
      answers.push(before, input.subarray(used));
      used = input.length;
    }
    if (answers.length > 0) this.outbox.send(socket, joinBytes(...answers));
    if (input.length - used >= LONGEST_LINE) this.hangUp(socket);
    return used;
  }

  protected override onStart(): void {
    super.onStart();
    if (this.isRunning) this.socket?.open();
  }

  protected override onReset(): void {
    super.onReset();
    this.late.clear();
    this.lateAnswers.clear();
  }
}

const SPACE = latin1Bytes(' ');
