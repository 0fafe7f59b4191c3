import { describe, expect, test } from 'vitest';
import {
  type IpAddress,
  type Ipv4Address,
  type Ipv6Address,
  icmpEchoReply,
  icmpEchoRequest,
  icmpUnreachable,
  icmpv6EchoRequest,
  icmpv6Error,
  ipv4Packet,
  ipv6Packet,
  neighbourSolicitation,
  parseIp,
  quoteIpv4,
  quoteIpv6,
  UNREACHABLE_CODES,
  udpDatagram,
} from '../../wire/index.js';
import { flowIndex, type Sharing } from './balancing.js';
import { isOurShare } from './balancing-input.js';

/** A host that has the flows of one index of two. */
const taking = (index: number): Sharing => ({
  takesFrame: () => true,
  takesFlow: (source: IpAddress, destination: IpAddress) => flowIndex(source, destination, 2) === index,
  answerTo: () => null,
});
const v4 = (text: string): Ipv4Address => parseIp(text) as Ipv4Address;
const v6 = (text: string): Ipv6Address => parseIp(text) as Ipv6Address;

const VIP = v4('192.0.2.10');
/** Index 0. */
const EVEN = v4('198.51.100.8');
/** Index 1. */
const ODD = v4('198.51.100.7');
const NOTHING = new Uint8Array(0);

describe('whose packet it is', () => {
  test('a datagram’s goes by its addresses', () => {
    const packet = ipv4Packet(EVEN, VIP, udpDatagram(1000, 53, NOTHING));
    expect([0, 1].map((index) => isOurShare(taking(index), packet, true))).toEqual([true, false]);
  });

  test('an echo request’s too; an echo reply is everybody’s', () => {
    const request = ipv4Packet(ODD, VIP, icmpEchoRequest(1, 1, NOTHING));
    expect([0, 1].map((index) => isOurShare(taking(index), request, true))).toEqual([false, true]);
    const reply = ipv4Packet(ODD, VIP, icmpEchoReply(1, 1, NOTHING));
    expect([0, 1].map((index) => isOurShare(taking(index), reply, true))).toEqual([true, true]);
  });

  test('an error of a router is of the flow that it is about', () => {
    const router = v4('198.51.100.1');
    for (const client of [EVEN, ODD]) {
      const quoted = quoteIpv4(ipv4Packet(VIP, client, udpDatagram(53, 1000, NOTHING)));
      const error = ipv4Packet(router, VIP, icmpUnreachable(UNREACHABLE_CODES.host, quoted));
      const own = flowIndex(client, VIP, 2);
      expect([0, 1].map((index) => isOurShare(taking(index), error, true))).toEqual([own === 0, own === 1]);
    }
  });

  test('an error that quotes nothing that can be read is nobody’s', () => {
    const error = ipv4Packet(ODD, VIP, icmpUnreachable(UNREACHABLE_CODES.host, Uint8Array.of(0x45, 0)));
    expect([0, 1].map((index) => isOurShare(taking(index), error, true))).toEqual([false, false]);
  });

  test('what is to be sent on goes by its own addresses, ICMP as well', () => {
    const reply = ipv4Packet(ODD, VIP, icmpEchoReply(1, 1, NOTHING));
    expect([0, 1].map((index) => isOurShare(taking(index), reply, false))).toEqual([false, true]);
  });

  test('of IPv6: echo, errors and neighbour discovery', () => {
    const vip = v6('2001:db8:1::a');
    const client = v6('2001:db8::5');
    const echo = ipv6Packet(client, vip, icmpv6EchoRequest(1, 1, NOTHING));
    expect([0, 1].map((index) => isOurShare(taking(index), echo, true))).toEqual([false, true]);
    const quoted = quoteIpv6(ipv6Packet(vip, client, udpDatagram(53, 1000, NOTHING)));
    const error = ipv6Packet(v6('2001:db8::2'), vip, icmpv6Error('destination-unreachable', 0, quoted));
    expect([0, 1].map((index) => isOurShare(taking(index), error, true))).toEqual([false, true]);
    const solicitation = ipv6Packet(client, vip, neighbourSolicitation(vip, null));
    expect([0, 1].map((index) => isOurShare(taking(index), solicitation, true))).toEqual([true, true]);
  });
});
