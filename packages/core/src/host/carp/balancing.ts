import { type IpAddress, ipv6Bytes, type MacAddress, virtualRouterMac } from '../../wire/index.js';
import { jenkinsIndex } from './arp-balance.js';
import type { CarpInterfaceConfig } from './carp-config.js';

/** Bytes of a word of an address. */
const WORD = 4;
/** The rank of the leader: the lowest vhid. */
const LEADER = 0;

/** All 32-bit words of an address, one XORed with the other, as an unsigned number in network order. */
function foldedWords(address: IpAddress): number {
  if (typeof address === 'number') return address;
  const bytes = ipv6Bytes(address);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let fold = 0;
  for (let at = 0; at < bytes.length; at += WORD) fold ^= view.getUint32(at);
  return fold;
}

/**
 * Which virtual host's a flow is: all words of source and destination XORed, by the number of virtual hosts that are
 * configured (ip_carp.c `carp_lsdrop`). Both directions of a flow have one index.
 *
 * @example
 * ```ts
 * flowIndex(ipv4('198.51.100.7'), ipv4('192.0.2.10'), 2); // 1
 * ```
 */
export const flowIndex = (source: IpAddress, destination: IpAddress, count: number): number =>
  ((foldedWords(source) ^ foldedWords(destination)) >>> 0) % count;

/**
 * What the kernel asks of an interface whose addresses several hosts hold at a time: which frames and packets it takes,
 * and whether it answers for the addresses.
 */
export interface Sharing {
  /** Whether a frame to a MAC is for this interface (`carp_ourether`). */
  takesFrame(destination: MacAddress): boolean;
  /** Whether a unicast packet is for this host and not for one of the others (`carp_lsdrop`). */
  takesFlow(source: IpAddress, destination: IpAddress): boolean;
  /**
   * The MAC that a request for an address is answered with; null: another host answers, or none (`carp_iamatch`).
   *
   * @param requester - null where a solicitation does not say
   */
  answerTo(requester: MacAddress | null, requesterIp: IpAddress, target: IpAddress): MacAddress | null;
}

/** The virtual hosts of one CARP interface of OpenBSD with a balancing mode (`carpnodes` and `balancing`). */
export class CarpNodes implements Sharing {
  private readonly macs: readonly MacAddress[];

  /**
   * @param mac of the interface
   * @param machines the state machines in the order of {@link CarpInterfaceConfig.nodes}
   */
  constructor(
    private readonly config: CarpInterfaceConfig,
    private readonly mac: MacAddress,
    private readonly machines: readonly { readonly state: string }[],
  ) {
    this.macs = config.nodes.map(({ vhid }) => virtualRouterMac(vhid));
  }

  /** `sc_lsmask` has its bit (`carp_update_lsmask`). */
  private isMaster(rank: number): boolean {
    return this.machines[rank]?.state === 'MASTER';
  }

  takesFrame(destination: MacAddress): boolean {
    // In the modes of the IP layer every host takes the frames, whatever its state.
    if (this.config.balancing !== 'arp') return destination === this.mac;
    for (let rank = 0; rank < this.macs.length; rank++)
      if (this.macs[rank] === destination) return this.isMaster(rank);
    return false;
  }

  takesFlow(source: IpAddress, destination: IpAddress): boolean {
    return (
      this.config.balancing === 'arp' || this.isMaster(flowIndex(source, destination, this.machines.length))
    );
  }

  answerTo(requester: MacAddress | null): MacAddress | null {
    if (this.config.balancing !== 'arp') return this.isMaster(LEADER) ? this.mac : null;
    if (requester === null) return null;
    const rank = jenkinsIndex(requester, this.config.password, this.machines.length);
    return this.isMaster(rank) ? (this.macs[rank] ?? null) : null;
  }
}
