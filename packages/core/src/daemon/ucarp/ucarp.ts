import {
  bool,
  enumOf,
  MILLISECOND,
  type Nanoseconds,
  type RecordOf,
  record,
  SECOND,
  timer,
  u8,
  window,
} from '../../engine/index.js';
import {
  type Host,
  type Interface,
  type NetlinkEvent,
  PacketCapture,
  Process,
  type ProcessOptions,
} from '../../host/index.js';
import type { CarpReason } from '../../trace/events.js';
import { formatIp, IP_PROTOCOL_CARP, type IpPacket } from '../../wire/index.js';
import { AdvertCounter } from './advert-counter.js';
import { AdvertSender } from './advert-sender.js';
import * as line from './log-lines.js';
import { checkPacket } from './received-adverts.js';
import type { UcarpConfig } from './ucarp-config.js';
import { type ByteOrder, type HeardAdvert, judgeAdvert } from './ucarp-election.js';
import { masterDownInterval, pollInterval } from './ucarp-timers.js';
import { runScript } from './vip-scripts.js';

const UcarpRecord = record('ucarp', {
  state: enumOf('INIT', 'BACKUP', 'MASTER'),
  /** Where the loop of `docarp` is: in poll(2), asleep because the link is down, or asleep after SIGUSR2. */
  doing: enumOf('polling', 'waiting', 'holding'),
  /** The end of poll(2) for a backup, the next advert of a master, or the end of a sleep. */
  wake: timer,
  /** `sc_md_tmo`. */
  masterDown: window,
  signal: enumOf('none', 'USR1', 'USR2', 'TERM'),
  /** The packet socket was told that its interface was set down. */
  hasError: bool,
  /** The interface on which it is a member of its group; 0: none. */
  memberOn: u8,
});

/** ucarp.h SECONDS_TO_WAIT_AFTER_INTERFACE_IS_DOWN. */
const LINK_SLEEP: Nanoseconds = 10 * SECOND;
/** carp.c `docarp`, after SIGUSR2. */
const SIGNAL_SLEEP: Nanoseconds = 3 * SECOND;

/** What libpcap is told of how long packets may be kept back (ucarp.h CAPTURE_TIMEOUT). */
export const CAPTURE_TIMEOUT: Nanoseconds = SECOND;
/**
 * How much older than the first state the ring of its capture is: compiling and setting the filter takes that long.
 * Recorded: 8 to 19 ms on a machine of two cores.
 */
const CAPTURE_AGE: Nanoseconds = 12 * MILLISECOND;

/** How the daemon is run. */
export interface UcarpOptions extends ProcessOptions {
  /** Its process; `ucarp` if left out. */
  readonly name?: string;
  /** Of its machine; `little` if left out. */
  readonly byteOrder?: ByteOrder;
  /**
   * How it gets its packets: in `blocks`, up to {@link CAPTURE_TIMEOUT} late, as libpcap since 1.5.0 hands them over on
   * Linux (TPACKET_V3), or each one at once (`immediate`). `blocks` if left out.
   */
  readonly capture?: UcarpCapture;
  /** False: the same advert is always the same packet. True if left out. */
  readonly countsIdentification?: boolean;
}

/** See {@link UcarpOptions.capture}. */
export type UcarpCapture = 'blocks' | 'immediate';

/**
 * ucarp 1.5.2 on a host: one virtual address, which its scripts add and remove. It listens through libpcap, sends
 * through the same socket, and does everything in one loop around poll(2).
 *
 * @example
 * ```ts
 * const ucarp = new Ucarp(host, config, { launch: { min: 30_000_000, max: 60_000_000 } });
 * ucarp.start();
 * ```
 */
export class Ucarp extends Process {
  private readonly state: RecordOf<typeof UcarpRecord.fields>;
  /** Null where the host has no interface of that name. */
  private readonly face: Interface | null;
  private readonly packets: PacketCapture | null;
  private readonly counter: AdvertCounter;
  private readonly sender: AdvertSender;
  private readonly byteOrder: ByteOrder;
  private readonly capturesInBlocks: boolean;

  constructor(
    host: Host,
    readonly config: UcarpConfig,
    options: UcarpOptions = {},
  ) {
    super(host, options.name ?? 'ucarp', options);
    const { engine } = host;
    const path = `${host.name}/${this.name}`;
    this.byteOrder = options.byteOrder ?? 'little';
    this.capturesInBlocks = (options.capture ?? 'blocks') === 'blocks';
    const countsIdentification = options.countsIdentification ?? true;
    this.state = engine.record(path, UcarpRecord, this.domain, { wake: () => this.woken() });
    this.counter = new AdvertCounter(engine, this.domain, path, config, countsIdentification);
    this.face = host.interface(config.interface) ?? null;
    this.sender = new AdvertSender(
      {
        host,
        domain: this.domain,
        path,
        name: this.name,
        face: this.face,
        counter: this.counter,
        countsIdentification,
        isMaster: () => this.isMaster,
        log: (text) => this.log(text),
      },
      config,
    );
    this.packets =
      this.face === null
        ? null
        : new PacketCapture(
            this,
            {
              interface: this.face,
              // carp.c `build_bpf_rule`: "proto 112 and src host not SOURCE"
              wants: ({ kind, protocol, source }: IpPacket) =>
                kind === 'ipv4' && protocol === IP_PROTOCOL_CARP && source !== config.source,
              timeout: this.capturesInBlocks ? CAPTURE_TIMEOUT : 0,
            },
            () => this.readable(),
          );
    host.onNetlink(this, (event) => this.netlink(event));
  }

  /** The state that it is in. */
  get mode(): 'INIT' | 'BACKUP' | 'MASTER' {
    return this.state.state;
  }

  // ---- life

  protected onStart(): void {
    const { config, face, packets } = this;
    if (config.upScript === null) this.log(line.NO_UP_SCRIPT);
    if (config.downScript === null) this.log(line.NO_DOWN_SCRIPT);
    if (face === null || packets === null) {
      this.log(line.noMac(config.interface));
      this.crash();
      return;
    }
    this.log(line.localAddress(face.mac));
    this.counter.start();
    packets.open(CAPTURE_AGE);
    // carp_setrun from INIT: the down script of a backup that starts, unless it is neutral.
    this.enter('BACKUP', 'start', null);
    this.armMasterDown();
    if (!config.noMulticast && !this.joinGroup()) {
      this.log(line.CANNOT_JOIN);
      this.crash();
      return;
    }
    this.loop();
  }

  /** IP_ADD_MEMBERSHIP on the interface that has the source address. */
  private joinGroup(): boolean {
    const { config, host, state } = this;
    const face = host.ownerInterface(config.source);
    if (face === undefined) return false;
    face.igmp.join(config.multicastGroup);
    state.memberOn = face.index;
    return true;
  }

  /** Without `--shutdown` SIGTERM ends it as SIGKILL does, and the address stays where it is. */
  protected onStop(): void {
    if (this.config.downAtExit && this.state.state === 'MASTER') this.runScript('down');
  }

  /** With `--shutdown` it is the loop that ends it, and without carrier the loop does not look at signals. */
  override stop(): void {
    if (this.config.downAtExit && this.isRunning && !this.isFrozen && this.state.doing === 'waiting') {
      this.state.signal = 'TERM';
      this.interrupted();
    } else super.stop();
  }

  protected onReset(): void {
    const { state, host } = this;
    if (state.state !== 'INIT') this.trace('INIT', 'stopped', null);
    if (state.memberOn !== 0 && host.isOn)
      host.interfaceAt(state.memberOn)?.igmp.leave(this.config.multicastGroup);
    state.reset();
    this.sender.reset();
    this.counter.reset();
  }

  override signal(signal: 'USR1' | 'USR2'): boolean {
    if (!this.isRunning) return true;
    // One variable: the later of two wins.
    this.state.signal = signal;
    if (!this.isFrozen) this.interrupted();
    return true;
  }

  override resume(): void {
    super.resume();
    if (this.isRunning && !this.isFrozen && this.state.signal !== 'none') this.interrupted();
  }

  /** A packet socket whose interface was set down reports an error for ever. */
  private netlink(event: NetlinkEvent): void {
    if (event.kind !== 'link' || event.interface !== this.face || event.interface.adminUp) return;
    if (!this.isRunning) return;
    this.state.hasError = true;
    if (this.state.doing === 'polling') this.loop();
  }

  // ---- the loop (carp.c `docarp`)

  /** poll(2) or sleep(3) is over. */
  private woken(): void {
    const { state } = this;
    if (state.doing === 'polling') this.polled(null);
    else this.sleptEnough();
    if (this.isRunning) this.loop();
  }

  /** A signal ends poll(2) and sleep(3) early. */
  private interrupted(): void {
    if (this.state.doing !== 'polling') this.sleptEnough();
    this.loop();
  }

  private sleptEnough(): void {
    if (this.state.doing !== 'holding') return;
    this.state.doing = 'polling';
    this.armMasterDown();
  }

  /** There is a packet; asleep it does not look. */
  private readable(): void {
    if (this.state.doing === 'polling') this.loop();
  }

  /** Once round for each packet that is there, until there is none. */
  private loop(): void {
    const { state } = this;
    for (;;) {
      if (!this.hasLink()) return;
      if (this.obeysSignal()) return;
      if (state.hasError) {
        this.fail();
        return;
      }
      const packet = this.packets?.take();
      if (packet === undefined) break;
      this.polled(packet);
    }
    // A master's poll ends when its next advert is due; that of a backup begins anew.
    if (state.state === 'BACKUP') state.wake.arm(pollInterval(this.config));
  }

  /** IFF_RUNNING: false if it sleeps until the link is looked at again. */
  private hasLink(): boolean {
    const { state, face, config } = this;
    if (config.ignoresLinkState || face?.isUp === true) {
      if (state.doing === 'waiting') {
        state.doing = 'polling';
        this.armMasterDown();
      }
      return true;
    }
    if (state.hasError && state.doing === 'polling') return true;
    this.enter('BACKUP', 'link-down', null);
    state.doing = 'waiting';
    state.masterDown.close();
    state.wake.arm(LINK_SLEEP);
    return false;
  }

  /** True if it sleeps now, or has ended. */
  private obeysSignal(): boolean {
    const { state, config } = this;
    const { signal } = state;
    state.signal = 'none';
    if (signal === 'USR1')
      this.log(line.status(this.isMaster ? 'MASTER' : 'BACKUP', config.interface, config.vhid));
    if (signal === 'USR2' && this.isMaster) {
      this.enter('BACKUP', 'signal', null);
      state.doing = 'holding';
      state.wake.arm(SIGNAL_SLEEP);
      return true;
    }
    if (signal === 'TERM') {
      super.stop();
      return true;
    }
    return false;
  }

  private fail(): void {
    this.log(line.POLL_ERROR);
    this.onStop();
    this.crash();
  }

  /** What follows poll(2): at most one packet, then the clock. */
  private polled(packet: IpPacket | null): void {
    const { state } = this;
    if (packet !== null) this.receive(packet);
    else if (this.isMaster) this.sendAdvert();
    if (state.state === 'BACKUP' && !state.masterDown.isOpen) this.becomeMaster('timeout', null);
  }

  private get isMaster(): boolean {
    return this.state.state === 'MASTER';
  }

  // ---- the election

  private receive(packet: IpPacket): void {
    if (packet.kind !== 'ipv4') return;
    const { config, counter, state } = this;
    const received = checkPacket(packet, config, (high, low) => counter.digestOf(high, low));
    if (received.kind === 'foreign') return;
    if (received.kind === 'rejected') {
      const { reason, vhid } = received;
      if (received.line !== null) this.log(received.line);
      this.emit()?.emit('carp.rejected', this.host.name, {
        instance: this.name,
        vhid,
        from: formatIp(packet.source),
        reason,
      });
      return;
    }
    const { advbase, advskew, counterHigh, counterLow } = received.advert;
    counter.note({ high: counterHigh, low: counterLow });
    if (state.state !== 'INIT') this.decide({ advbase, advskew, source: packet.source });
  }

  private decide(heard: HeardAdvert): void {
    const { config, byteOrder, state } = this;
    const own = { config, byteOrder, isSuppressed: this.sender.isSuppressed };
    const verdict = judgeAdvert(state.state === 'MASTER' ? 'MASTER' : 'BACKUP', own, heard);
    const peer = formatIp(heard.source);
    switch (verdict.deed) {
      case 'yield':
        // A last advert, so that the new master knows that it has to reassert its claim.
        this.sendAdvert();
        this.enter('BACKUP', verdict.reason, peer);
        this.armMasterDown();
        this.log(line.PREFERRED);
        break;
      case 'reassert': {
        const { advbase, advskew } = heard;
        this.emit()?.emit('carp.lower-advert', this.host.name, {
          instance: this.name,
          from: peer,
          advbase,
          advskew,
        });
        this.sender.announce();
        this.sender.announceAgain();
        this.log(line.NON_PREFERRED);
        break;
      }
      case 'take-over':
        this.becomeMaster(verdict.reason, peer);
        this.log(verdict.reason === 'preempts' ? line.PREEMPTION : line.GOING_TO_TIME_OUT);
        break;
      case 'wait':
        this.armMasterDown();
        break;
      case 'none':
        break;
    }
  }

  /** carp.c `carp_master_down`. */
  private becomeMaster(reason: CarpReason, peer: string | null): void {
    this.enter('MASTER', reason, peer);
    this.sendAdvert();
    this.sender.announceAgain();
    this.state.masterDown.close();
  }

  /** An advert, and what it says of the next. */
  private sendAdvert(): void {
    const { wake } = this.state;
    const interval = this.sender.sendAdvert();
    if (interval === null) wake.cancel();
    else wake.arm(interval);
  }

  private armMasterDown(): void {
    this.state.masterDown.open(masterDownInterval(this.config));
  }

  /** carp.c `carp_set_state`: the scripts come before anybody is told. */
  private enter(to: 'BACKUP' | 'MASTER', reason: CarpReason, peer: string | null): void {
    const { state, config } = this;
    const from = state.state;
    if (from === to) return;
    this.log(line.switchingTo(to));
    this.trace(to, reason, peer);
    if (to === 'MASTER') {
      this.runScript('up');
      this.sender.announce();
    } else {
      state.wake.cancel();
      if (from !== 'INIT' || !config.neutral) this.runScript('down');
    }
    state.state = to;
  }

  private trace(to: 'INIT' | 'BACKUP' | 'MASTER', reason: CarpReason, peer: string | null): void {
    const { config, state } = this;
    this.emit()?.emit('carp.state', this.host.name, {
      instance: this.name,
      vhid: config.vhid,
      from: state.state,
      to,
      advbase: config.advbase,
      advskew: this.sender.advskew,
      demotion: this.sender.isSuppressed ? 1 : 0,
      reason,
      peer,
    });
  }

  private runScript(which: 'up' | 'down'): void {
    const { host, face, config } = this;
    if (face === null) return;
    runScript(host, face, config, which === 'up' ? config.upScript : config.downScript, (text) =>
      this.log(text),
    );
  }

  // ---- telling

  /** The trace, if anybody reads it. */
  private emit(): Host['trace'] | null {
    const { trace } = this.host;
    return trace.isOn ? trace : null;
  }

  private log(text: string): void {
    this.emit()?.emit('daemon.log', this.host.name, { daemon: this.name, line: text });
  }
}
