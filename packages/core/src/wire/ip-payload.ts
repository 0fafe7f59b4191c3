import { emitIpv4, IPV4_HEADER_LENGTH } from './ipv4.js';
import { emitIpv6, type IpPacket, ipv6PayloadOffset } from './ipv6.js';

/**
 * The bytes of what a packet carries, whatever its kind, for a receiver that judges bytes: to a CARP kernel a VRRP
 * advertisement is a CARP message that is wrong. Shared: never write into them.
 */
export function ipPayloadBytes(packet: IpPacket): Uint8Array {
  if (packet.payload.kind === 'raw') return packet.payload.bytes;
  return packet.kind === 'ipv4'
    ? emitIpv4(packet).subarray(IPV4_HEADER_LENGTH + packet.options.length)
    : emitIpv6(packet).subarray(ipv6PayloadOffset(packet));
}
