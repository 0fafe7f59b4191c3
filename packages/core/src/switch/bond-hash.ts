import { type EthernetFrame, type IpAddress, ipv6Bytes } from '../wire/index.js';
import type { BondHash } from './switch-options.js';

/** Bytes as x86 loads them into a word: the first one lowest. The kernel hashes such words. */
const word = (a: number, b: number, c: number, d: number): number => a | (b << 8) | (c << 16) | (d << 24);

/** An address as the kernel folds it into a word; of IPv6 its four words, one over the other (flow_get_u32_src). */
function addressWord(address: IpAddress): number {
  if (typeof address === 'number')
    return word((address >>> 24) & 0xff, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff);
  const bytes = ipv6Bytes(address);
  let folded = 0;
  for (let at = 0; at < bytes.length; at += 4)
    folded ^= word(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  return folded;
}

/** bond_eth_hash: the last bytes of the addresses, and the EtherType (of an 802.3 frame its length). */
const linkHash = (frame: EthernetFrame): number =>
  (frame.destination & 0xff) ^ (frame.source & 0xff) ^ frame.etherType;

/** The ports as they stand in the packet; 0 for fragments and what has none. */
function portsWord({ payload: packet }: EthernetFrame): number {
  if (packet.kind !== 'ipv4' && packet.kind !== 'ipv6') return 0;
  const { payload } = packet;
  if (payload.kind !== 'tcp' && payload.kind !== 'udp') return 0;
  const { sourcePort, destinationPort } = payload;
  return word(sourcePort >>> 8, sourcePort & 0xff, destinationPort >>> 8, destinationPort & 0xff);
}

/**
 * What Linux bonding chooses a cable by (drivers/net/bonding/bond_main.c, bond_xmit_hash): the cable is this modulo the
 * number of cables that are up.
 */
export function bondHash(policy: BondHash, frame: EthernetFrame): number {
  const packet = frame.payload;
  if (policy === 'layer2' || (packet.kind !== 'ipv4' && packet.kind !== 'ipv6')) return linkHash(frame);
  let hash = policy === 'layer2+3' ? linkHash(frame) : portsWord(frame);
  hash ^= addressWord(packet.source) ^ addressWord(packet.destination);
  // bond_ip_hash
  hash ^= hash >>> 16;
  hash ^= hash >>> 8;
  hash >>>= 0;
  return policy === 'layer3+4' ? hash >>> 1 : hash;
}
