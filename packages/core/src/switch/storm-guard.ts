import { diagnostic, type Engine, type RecordOf, record, u32, window } from '../engine/index.js';
import { type EthernetFrame, type Ipv6Packet, ipv6Bytes } from '../wire/index.js';
import type { StormGuardOptions } from './switch-options.js';

/** A broadcast storm: a loop without spanning tree. The run cannot go on in any useful way. */
export class BroadcastStormError extends Error {
  override readonly name = 'BroadcastStormError';

  constructor(
    /** The switch that noticed. */
    readonly switchName: string,
    readonly vlan: number,
    /** How many floods of one frame were counted. */
    readonly floods: number,
    /** The ports that it circles through, in order; empty where no loop was found. */
    readonly loop: readonly string[] = [],
  ) {
    const where = loop.length === 0 ? '. Is there a loop?' : `. The loop is ${loop.join(' ')}.`;
    super(
      `broadcast storm: switch ${switchName} flooded what looks like one frame ${floods} times in VLAN ${vlan}${where} ` +
        'Take one of its links away, shut a port, speak spanning tree or set storm control.',
    );
  }
}

const GuardWindow = record('storm-guard', { counting: diagnostic(window) });

const FLOODS = diagnostic(u32);
/** Frames are told apart by a hash into this many counters: a power of two. */
const BUCKETS = 64;
const COUNTERS = Array.from({ length: BUCKETS }, () => FLOODS);
const COUNTER_NAMES = COUNTERS.map((_, bucket) => `floods${bucket}`);

/**
 * Notices storms. A frame that circulates is flooded by the same switch again and again, so floods are counted by
 * what frames look like. Time-blind: the counts begin anew whenever a window has closed.
 *
 * The counters are diagnostic, no part of the situation: as long as they do not end the run they change nothing.
 */
export class StormGuard {
  private readonly state: RecordOf<typeof GuardWindow.fields>;
  /** The first of the counters' words. */
  private readonly base: number;

  constructor(
    private readonly engine: Engine,
    private readonly switchName: string,
    private readonly options: StormGuardOptions,
    /** Called when it has come to that: where does the frame circle? */
    private readonly stormFound: (vlan: number, floods: number) => readonly string[],
  ) {
    const path = `${switchName}/storm-guard`;
    this.state = engine.record(path, GuardWindow, engine.world);
    this.base = engine.store.allocateRecord(path, COUNTER_NAMES, COUNTERS);
  }

  /**
   * Counts a flood.
   *
   * @throws BroadcastStormError
   */
  count(frame: EthernetFrame, vlan: number): void {
    const { words } = this.engine.store;
    if (!this.state.counting.isOpen) {
      words.fill(0, this.base, this.base + BUCKETS);
      this.state.counting.open(this.options.within);
    }
    const at = this.base + (likenessOf(frame, vlan) & (BUCKETS - 1));
    const floods = (words[at] as number) + 1;
    words[at] = floods;
    if (floods <= this.options.floods) return;
    throw new BroadcastStormError(this.switchName, vlan, floods, this.stormFound(vlan, floods));
  }
}

/** A hash of what tells frames apart cheaply: equal frames have equal ones. */
function likenessOf(frame: EthernetFrame, vlan: number): number {
  const { payload } = frame;
  let hash =
    Math.imul((frame.source % 0x1_0000_0000) | 0, 0x9e3779b1) ^ ((frame.destination % 0x1_0000_0000) | 0);
  hash = Math.imul(hash, 0x85ebca6b) ^ vlan;
  if (payload.kind === 'arp') {
    hash = Math.imul(hash ^ (payload.senderIp | 0), 0xcc9e2d51) ^ (payload.targetIp | 0);
  } else if (payload.kind === 'ipv4') {
    hash = Math.imul(hash ^ (payload.source | 0), 0xcc9e2d51) ^ (payload.destination | 0);
    hash = Math.imul(hash, 0x1b873593) ^ (payload.identification + payload.protocol * 0x1_0000);
    if (payload.payload.kind === 'udp') hash = mixBytes(hash, payload.payload.payload);
    else if (payload.payload.kind === 'tcp') {
      hash = Math.imul(hash ^ payload.payload.sequence, 0xcc9e2d51) ^ payload.payload.acknowledgement;
    } else if (payload.payload.kind === 'raw') hash = mixBytes(hash, payload.payload.bytes);
  } else if (payload.kind === 'ipv6') hash = mixIpv6(hash, payload);
  else if (payload.kind === 'raw') hash = mixBytes(hash, payload.bytes);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 13);
}

function mixIpv6(hash: number, { source, destination, protocol, payload }: Ipv6Packet): number {
  let mixed = mixBytes(mixBytes(hash, ipv6Bytes(source), 8), ipv6Bytes(destination), 8) ^ protocol;
  if (payload.kind === 'udp') mixed = mixBytes(mixed, payload.payload);
  else if (payload.kind === 'raw') mixed = mixBytes(mixed, payload.bytes);
  else if (payload.kind === 'tcp') {
    mixed = Math.imul(mixed ^ payload.sequence, 0xcc9e2d51) ^ payload.acknowledgement;
  } else if (payload.kind === 'icmpv6') {
    if ('target' in payload) mixed = mixBytes(mixed, ipv6Bytes(payload.target), 8);
    else if ('sequence' in payload) mixed = Math.imul(mixed, 31) ^ payload.sequence;
  }
  return mixed;
}

/** Enough to see sequence numbers at the front of a payload. */
const BYTES_LOOKED_AT = 12;

function mixBytes(hash: number, bytes: Uint8Array, start = 0): number {
  let mixed = hash ^ bytes.length;
  const end = Math.min(bytes.length, start + BYTES_LOOKED_AT);
  for (let index = start; index < end; index++) mixed = Math.imul(mixed, 31) ^ (bytes[index] as number);
  return mixed;
}
