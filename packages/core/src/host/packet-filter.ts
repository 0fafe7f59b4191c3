import { type Engine, type RecordOf, record, value } from '../engine/index.js';
import {
  type EthernetFrame,
  type IpAddress,
  type IpCidr,
  type IpPacket,
  type Ipv4Packet,
  type Ipv6Packet,
  inSubnet,
  inSubnetIpv6,
  isIpv6Cidr,
} from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';

/** One rule: everything that is named must match for a packet to be dropped. */
export interface DropRule {
  /** By which it is removed again. */
  readonly name: string;
  readonly direction: 'in' | 'out';
  /** The IP protocol number, or `arp`. Left out: every IP packet. */
  readonly protocol?: number | 'arp';
  /** Of ARP the sender's address. */
  readonly source?: IpCidr;
  /** Of ARP the target's address. */
  readonly destination?: IpCidr;
  /** The source port of TCP or UDP. */
  readonly sourcePort?: number;
  /** The destination port of TCP or UDP. */
  readonly port?: number;
  /** Name of the interface. */
  readonly interface?: string;
  /** Whether solicitations and advertisements of IPv6 neighbours pass all the same. */
  readonly sparesNeighbours?: boolean;
}

const FilterRecord = record('packet-filter', { rules: value<readonly DropRule[]>() });

/**
 * The host's firewall: rules that drop, in order, added and removed at run time like those of nftables. What no rule
 * matches passes.
 */
export class PacketFilter {
  private readonly state: RecordOf<typeof FilterRecord.fields>;
  /** Derived from the state. */
  private active: readonly DropRule[] = [];

  constructor(engine: Engine, host: Host, boot: readonly DropRule[]) {
    this.state = engine.record(`${host.name}/filter`, FilterRecord, host.domain, {}, { rules: [...boot] });
    this.derive();
    engine.afterRestore.push(() => this.derive());
  }

  private derive(): void {
    this.active = this.state.rules ?? [];
  }

  /** The rules, in order. */
  get rules(): readonly DropRule[] {
    return this.active;
  }

  /** Adds a rule at the end; one of the same name is replaced. */
  add(rule: DropRule): void {
    this.state.rules = [...this.active.filter((other) => other.name !== rule.name), rule];
    this.derive();
  }

  /** Removes the rule of a name. */
  remove(name: string): void {
    this.state.rules = this.active.filter((rule) => rule.name !== name);
    this.derive();
  }

  /** Back to the rules of the design, for a power cycle. */
  reset(): void {
    this.state.reset();
    this.derive();
  }

  /** Whether a frame with ARP passes. */
  passes(direction: 'in' | 'out', face: Interface, frame: EthernetFrame): boolean {
    if (this.active.length === 0) return true;
    const { payload } = frame;
    if (payload.kind === 'ipv4') return this.passesPacket(direction, face, payload);
    if (payload.kind === 'ipv6') return this.passesIpv6(direction, face, payload);
    if (payload.kind !== 'arp') return true;
    return !this.active.some(
      (rule) =>
        rule.protocol === 'arp' &&
        rule.direction === direction &&
        (rule.interface === undefined || rule.interface === face.name) &&
        (rule.source === undefined || isWithin(payload.senderIp, rule.source)) &&
        (rule.destination === undefined || isWithin(payload.targetIp, rule.destination)),
    );
  }

  /** Whether an IPv4 packet passes. */
  passesPacket(direction: 'in' | 'out', face: Interface, packet: Ipv4Packet): boolean {
    if (this.active.length === 0) return true;
    return !this.active.some((rule) => rule.direction === direction && drops(rule, face, packet));
  }

  /** Whether an IPv6 packet passes. Rules hold for both families, as in nftables' `inet` tables. */
  passesIpv6(direction: 'in' | 'out', face: Interface, packet: Ipv6Packet): boolean {
    if (this.active.length === 0) return true;
    return !this.active.some((rule) => rule.direction === direction && drops(rule, face, packet));
  }
}

const ICMP = 1;
const ICMPV6 = 58;

/** Who filters ICMP means that of both families. */
function isOfProtocol(protocol: number, packet: IpPacket): boolean {
  return protocol === packet.protocol || (protocol === ICMP && packet.protocol === ICMPV6);
}

function isWithin(address: IpAddress, subnet: IpCidr): boolean {
  if (isIpv6Cidr(subnet)) return typeof address === 'string' && inSubnetIpv6(address, subnet);
  return typeof address === 'number' && inSubnet(address, subnet);
}

const isNeighbourMessage = ({ payload }: IpPacket): boolean =>
  payload.kind === 'icmpv6' &&
  (payload.message === 'neighbour-solicitation' || payload.message === 'neighbour-advertisement');

function drops(rule: DropRule, face: Interface, packet: IpPacket): boolean {
  if (rule.protocol === 'arp') return false;
  if (rule.protocol !== undefined && !isOfProtocol(rule.protocol, packet)) return false;
  if (rule.interface !== undefined && rule.interface !== face.name) return false;
  if (rule.sparesNeighbours === true && isNeighbourMessage(packet)) return false;
  if (rule.source !== undefined && !isWithin(packet.source, rule.source)) return false;
  if (rule.destination !== undefined && !isWithin(packet.destination, rule.destination)) return false;
  if (rule.sourcePort === undefined && rule.port === undefined) return true;
  const { payload } = packet;
  if (payload.kind !== 'udp' && payload.kind !== 'tcp') return false;
  return (
    (rule.sourcePort === undefined || rule.sourcePort === payload.sourcePort) &&
    (rule.port === undefined || rule.port === payload.destinationPort)
  );
}
