import {
  bool,
  ClockDomain,
  enumOf,
  type Nanoseconds,
  type RecordOf,
  record,
  TaggedQueue,
  timer,
} from '../engine/index.js';
import type { Host } from './host.js';

const ProcessRecord = record('process', {
  phase: enumOf('ended', 'launching', 'running'),
  /** A SIGTERM came while the process was stopped by SIGSTOP: it is handled at the thaw. */
  isTermPending: bool,
  launch: timer,
});

/** How a process is started. */
export interface ProcessOptions {
  /** How long it takes from the start until it runs; ns. No time if left out. */
  readonly launch?: { readonly min: Nanoseconds; readonly max: Nanoseconds };
  /** Whether it starts when its host boots; true if left out. The first boot is the lab's business. */
  readonly autostart?: boolean;
}

/**
 * What one socket of a frozen process holds: Linux gives a socket 212 992 bytes (net.core.rmem_default), which is
 * 277 small packets of 768 bytes of memory each.
 */
export const SOCKET_BUFFER_PACKETS = 277;

/** Something of a process that the kernel delivers to: a socket, a netlink listener. */
export interface Mailbox {
  /** Hands over what waited while the process was frozen. */
  replay(item: object): void;
  /** The process is gone. */
  close(): void;
  /** The process goes on after a freeze: for what keeps its news itself. */
  resume?(): void;
}

/**
 * A program on a host. Its sockets are closed when it ends, however it ends; what it did to the kernel (addresses,
 * routes, firewall rules) stays unless it undoes it in {@link Process.onStop}.
 */
export abstract class Process {
  readonly domain: ClockDomain;
  readonly isAutostarted: boolean;
  private readonly life: RecordOf<typeof ProcessRecord.fields>;
  private readonly heldBack: TaggedQueue<object>;
  private readonly mailboxes: Mailbox[] = [];
  private readonly launchSpan: { readonly min: Nanoseconds; readonly max: Nanoseconds };

  /** Registers the process with its host. @throws RangeError if the name is taken there */
  constructor(
    readonly host: Host,
    readonly name: string,
    options: ProcessOptions = {},
  ) {
    const path = `${host.name}/${name}`;
    this.domain = new ClockDomain(host.engine, `${path}/clock`, host.domain);
    this.launchSpan = options.launch ?? { min: 0, max: 0 };
    this.isAutostarted = options.autostart ?? true;
    this.life = host.engine.record(`${path}/process`, ProcessRecord, this.domain, {
      launch: () => this.launched(),
    });
    this.heldBack = new TaggedQueue(host.engine, `${path}/held`, SOCKET_BUFFER_PACKETS);
    host.register(this);
  }

  /** Whether it has been launched and has not ended. True also while it is frozen. */
  get isRunning(): boolean {
    return this.life.phase === 'running';
  }

  /** Whether it was started and is not running yet. */
  get isLaunching(): boolean {
    return this.life.phase === 'launching';
  }

  /** Stopped by SIGSTOP, or with its whole machine. */
  get isFrozen(): boolean {
    return this.domain.isFrozen;
  }

  /** Starts it; it runs after its launch time. Nothing happens if it runs already or the host has no power. */
  start(): void {
    if (!this.host.isOn || this.life.phase !== 'ended') return;
    this.life.phase = 'launching';
    this.life.launch.arm(this.launchSpan.min, this.launchSpan.max);
  }

  private launched(): void {
    this.life.phase = 'running';
    const { trace, name } = this.host;
    if (trace.isOn) trace.emit('daemon.started', name, { daemon: this.name });
    this.host.processChanged();
    this.onStart();
  }

  /** Asks it to end (SIGTERM). A frozen one obeys when it is thawed. */
  stop(): void {
    if (this.life.phase === 'ended') return;
    if (this.isFrozen) {
      this.life.isTermPending = true;
      return;
    }
    if (this.isRunning) this.onStop();
    this.end('stopped');
  }

  /** Ends it at once (SIGKILL): the kernel closes its sockets, and nothing else is tidied up. */
  kill(): void {
    if (this.life.phase !== 'ended') this.end('killed');
  }

  /** Ends it like {@link Process.kill}, as the program's own fault. */
  crash(): void {
    if (this.life.phase !== 'ended') this.end('crashed');
  }

  private end(how: 'stopped' | 'killed' | 'crashed'): void {
    const wasRunning = this.isRunning;
    this.life.reset();
    this.heldBack.clear();
    for (const mailbox of this.mailboxes) mailbox.close();
    this.onReset();
    // SIGKILL ends a stopped process too; the next one of that name is not stopped.
    this.domain.thaw();
    const { trace, name } = this.host;
    if (wasRunning && trace.isOn) trace.emit('daemon.stopped', name, { daemon: this.name, how });
    if (wasRunning) this.host.processChanged();
  }

  /** A user signal comes (SIGUSR1, SIGUSR2). Returns whether the program handles it: others end. */
  signal(_signal: 'USR1' | 'USR2'): boolean {
    return false;
  }

  /** Stops it in its tracks (SIGSTOP): what comes for it waits, and its timers do not fire. */
  freeze(): void {
    if (this.life.phase !== 'ended') this.domain.freeze();
  }

  /** Lets it go on (SIGCONT): first it gets what waited, then its timers that fell due. */
  thaw(): void {
    this.domain.thaw();
    this.resume();
  }

  /** Called when this process or its host is thawed. */
  resume(): void {
    if (this.isFrozen) return;
    const waiting = this.heldBack.entries();
    this.heldBack.clear();
    for (const { tag, item } of waiting) if (this.isRunning) this.mailboxes[tag]?.replay(item);
    for (const mailbox of this.mailboxes) if (this.isRunning) mailbox.resume?.();
    if (this.life.isTermPending) {
      this.life.isTermPending = false;
      this.stop();
    }
  }

  /** Gives a socket its number. Called by the kernel while the lab is built. */
  addMailbox(mailbox: Mailbox): number {
    this.mailboxes.push(mailbox);
    return this.mailboxes.length - 1;
  }

  /** Keeps something for later while the process is frozen; beyond the socket's buffer it is lost. */
  hold(tag: number, item: object): void {
    if (this.heldBack.count(tag) < SOCKET_BUFFER_PACKETS) this.heldBack.push(tag, item);
  }

  /** The program begins: open sockets, arm timers. */
  protected abstract onStart(): void;
  /** It is asked to end: undo what should not stay. Its sockets are still open. */
  protected abstract onStop(): void;
  /** It has ended, however: reset all records, cancel all timers. */
  protected abstract onReset(): void;
}
