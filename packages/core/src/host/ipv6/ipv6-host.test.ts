import { describe, expect, test } from 'vitest';
import { MILLISECOND, restoreState, SECOND, sameSituation, saveState } from '../../engine/index.js';
import { digestOfEvents } from '../../trace/index.js';
import {
  ALL_NODES_GROUP_IPV6,
  BROADCAST_MAC,
  ethernetFrame,
  gratuitousArpRequest,
  IP_PROTOCOL_VRRP,
  type Ipv6Address,
  type Ipv6Packet,
  icmpv6EchoRequest,
  ipv6Cidr,
  ipv6Packet,
  type MacAddress,
  multicastMacIpv6,
  NEXT_HEADER_ICMPV6,
  rawIpv6Packet,
  udpDatagram,
  VRRP_GROUP_IPV6,
  vrrpV3Advertisement,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import { eth0, ip, ip6, Lan, macOf, type Tap } from '../lan.testing.js';
import { Process } from '../process.js';
import type { Ipv6Interface } from './ipv6-interface.js';

const A = ip6('2001:db8::1');
const B = ip6('2001:db8::2');
const V = ip6('2001:db8::100');
const VIP = ipv6Cidr('2001:db8::100/64');

const side = (host: Host): Ipv6Interface => eth0(host).ipv6 as Ipv6Interface;

const sendTo = (tap: Tap, to: MacAddress, from: MacAddress, packet: Ipv6Packet): void =>
  tap.send(ethernetFrame(to, from, packet));

const ping = (host: Host, destination: Ipv6Address, hopLimit = 64): 'sent' | 'unreachable' =>
  host.sendIpv6({
    destination,
    protocol: NEXT_HEADER_ICMPV6,
    hopLimit,
    payload: icmpv6EchoRequest(1, 1, Uint8Array.of(1)),
  });

/** Asks and answers by UDP. */
class Talker extends Process {
  readonly heard: string[] = [];
  private readonly socket = this.host.udpSocket(
    this,
    { port: 700, onError: ({ type, code }) => this.heard.push(`error ${type}/${code}`) },
    (datagram, packet) => {
      this.heard.push(`${datagram.payload.length} from ${packet.source}`);
      if (datagram.payload.length > 1)
        this.socket.send(packet.source, datagram.sourcePort, datagram.payload.slice(1), {
          source: packet.destination,
        });
    },
  );

  ask(to: Ipv6Address, port: number, length: number): 'sent' | 'unreachable' {
    return this.socket.send(to, port, new Uint8Array(length));
  }

  protected onStart(): void {
    this.socket.open();
  }
  protected onStop(): void {}
  protected onReset(): void {}
}

describe('a host', () => {
  test('without an IPv6 address has no IPv6 at all: no link-local address, no word on the wire', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    expect([host.ipv6, eth0(host).ipv6]).toEqual([null, null]);
    expect(host.addAddress(eth0(host), VIP)).toBe(false);
    expect(ping(host, B)).toBe('unreachable');
    expect(() => host.rawSocketIpv6(null, { protocol: 112 }, () => {})).toThrow('a has no IPv6');
    sendTo(
      tap,
      multicastMacIpv6(ALL_NODES_GROUP_IPV6),
      macOf(9),
      ipv6Packet(B, ALL_NODES_GROUP_IPV6, icmpv6EchoRequest(1, 1, Uint8Array.of(1))),
    );
    host.powerOff();
    host.powerOn();
    lan.run(10 * SECOND);
    expect(tap.frames).toEqual([]);
  });

  test('has its addresses and a link-local one when the lab begins, and says nothing of it', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, [['10.0.0.1/24', '2001:db8::1/64']]);
    const tap = lan.tap(eth0(host));
    lan.run(10 * SECOND);
    expect(
      side(host)
        .addressEntries()
        .map(({ address, state }) => [address, state]),
    ).toEqual([
      [A, 'valid'],
      ['fe80::ff:fe00:100', 'valid'],
    ]);
    expect([host.owns(A), host.owns(ip6('::1')), host.owns(B)]).toEqual([true, true, false]);
    expect(host.ownerInterface(A)).toBe(eth0(host));
    expect(side(host).groups.memberships()).toEqual(['ff02::1:ff00:1', 'ff02::1:ff00:100']);
    expect(tap.frames).toEqual([]);
  });

  test('answers pings, also of itself, and refuses what is not its own', () => {
    const lan = new Lan();
    const a = lan.host('a', 1, ['2001:db8::1/64']);
    const b = lan.host('b', 2, ['2001:db8::2/64']);
    lan.plugIn(eth0(a));
    lan.plugIn(eth0(b));
    const heard: string[] = [];
    a.rawSocketIpv6(null, { protocol: NEXT_HEADER_ICMPV6 }, ({ source, payload }) => {
      if (payload.kind === 'icmpv6' && payload.message === 'echo-reply') heard.push(source);
    }).open();
    ping(a, B);
    ping(a, A);
    a.sendIpv6({
      destination: ip6('fe80::ff:fe00:200'),
      protocol: NEXT_HEADER_ICMPV6,
      payload: icmpv6EchoRequest(1, 1, Uint8Array.of(1)),
    });
    lan.run(SECOND);
    expect(heard.sort()).toEqual([A, B, 'fe80::ff:fe00:200']);
    expect(ping(a, ip6('2001:db8:9::1'))).toBe('unreachable');
    const given = { protocol: NEXT_HEADER_ICMPV6, payload: icmpv6EchoRequest(1, 1, Uint8Array.of(1)) };
    expect(a.sendIpv6({ ...given, destination: B, source: V })).toBe('unreachable');
    expect(a.sendIpv6({ ...given, destination: B, source: V, headerIncluded: true })).toBe('sent');
  });

  test('tells a sender what it does not want: closed port 1/4, unknown protocol 4/1', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    side(host).neighbours.setPermanent(B, macOf(2));
    const mac = eth0(host).mac;
    sendTo(tap, mac, macOf(2), ipv6Packet(B, A, udpDatagram(9, 9, new Uint8Array(3))));
    sendTo(tap, mac, macOf(2), rawIpv6Packet(B, A, 132, new Uint8Array(8)));
    sendTo(tap, mac, macOf(2), ipv6Packet(B, A, vrrpV3Advertisement(1, 1, 1, [V])));
    // To many, and about errors, nothing is said.
    const group = multicastMacIpv6(ALL_NODES_GROUP_IPV6);
    sendTo(tap, group, macOf(2), ipv6Packet(B, ALL_NODES_GROUP_IPV6, udpDatagram(9, 9, new Uint8Array(3))));
    sendTo(tap, group, macOf(2), ipv6Packet(B, A, udpDatagram(9, 9, new Uint8Array(3))));
    lan.run(SECOND);
    expect(
      tap
        .takeIpv6()
        .map(({ source, destination, payload }) => [
          source,
          destination,
          payload.kind === 'icmpv6' && 'code' in payload
            ? [payload.message, payload.code, payload.parameter]
            : null,
        ]),
    ).toEqual([
      [A, B, ['destination-unreachable', 4, 0]],
      [A, B, ['parameter-problem', 1, 6]],
      [A, B, ['parameter-problem', 1, 6]],
    ]);
    // In trace and sockets they have the names of IPv4.
    expect(lan.trace.filter('icmp.sent').map(({ type, code }) => [type, code])).toEqual([
      [3, 3],
      [3, 2],
      [3, 2],
    ]);
  });

  test('talks UDP; errors come to the socket with type and code of IPv4', () => {
    const lan = new Lan();
    const a = lan.host('a', 1, ['2001:db8::1/64']);
    const b = lan.host('b', 2, [['2001:db8::2/64', '2001:db8::100/64']]);
    lan.plugIn(eth0(a));
    lan.plugIn(eth0(b));
    const talkers = [new Talker(a, 'talker'), new Talker(b, 'talker')];
    for (const talker of talkers) talker.start();
    lan.run(1);
    const [first, second] = talkers as [Talker, Talker];
    expect(first.ask(V, 700, 3)).toBe('sent');
    lan.run(SECOND);
    expect([first.heard, second.heard]).toEqual([
      ['2 from 2001:db8::100'],
      ['3 from 2001:db8::1', '1 from 2001:db8::1'],
    ]);
    first.heard.length = 0;
    first.ask(V, 701, 1);
    first.ask(ip6('2001:db8::99'), 700, 1);
    lan.run(6 * SECOND);
    expect(first.heard).toEqual(['error 3/3', 'error 3/1']);
    expect(first.ask(ip6('2001:db8:9::1'), 700, 1)).toBe('unreachable');
  });

  test('hears a group only if a socket has joined it, on its interface only', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64', '2001:db8:1::1/64']);
    const tap = lan.tap(eth0(host));
    const heard: string[] = [];
    const socket = host.rawSocketIpv6(
      null,
      {
        protocol: IP_PROTOCOL_VRRP,
        interface: eth0(host),
        boundTo: VRRP_GROUP_IPV6,
        groups: [VRRP_GROUP_IPV6],
      },
      ({ source, hopLimit }) => heard.push(`${source} ${hopLimit}`),
    );
    const advert = (): void =>
      sendTo(
        tap,
        multicastMacIpv6(VRRP_GROUP_IPV6),
        macOf(2),
        ipv6Packet(ip6('fe80::2'), VRRP_GROUP_IPV6, vrrpV3Advertisement(51, 150, 100, [V]), {
          hopLimit: 255,
        }),
      );
    advert();
    lan.run(10);
    socket.open();
    lan.run(20);
    // MLD tells of the group, and once more within a second (RFC 3810 §6.1).
    expect(tap.takeIpv6()).toMatchObject([
      {
        source: 'fe80::ff:fe00:100',
        destination: 'ff02::16',
        hopLimit: 1,
        hasRouterAlert: true,
        payload: { records: [{ type: 'change-to-exclude', group: VRRP_GROUP_IPV6 }] },
      },
    ]);
    advert();
    lan.run(30);
    expect(heard).toEqual(['fe80::2 255']);
    lan.run(2 * SECOND);
    expect(tap.takeIpv6().length).toBe(1);
    expect(host.interface('eth1')?.ipv6?.groups.isMember(VRRP_GROUP_IPV6)).toBe(false);
    socket.close();
    advert();
    lan.run(4 * SECOND);
    expect(heard.length).toBe(1);
    expect(tap.takeIpv6().map(({ payload }) => payload)).toMatchObject([
      { records: [{ type: 'change-to-include' }] },
      { records: [{ type: 'change-to-include' }] },
    ]);
  });

  test('sends to a group from its link-local address', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    host.sendIpv6({
      destination: VRRP_GROUP_IPV6,
      protocol: IP_PROTOCOL_VRRP,
      hopLimit: 255,
      interface: eth0(host),
      payload: vrrpV3Advertisement(51, 150, 100, [V]),
    });
    lan.run(10);
    expect(tap.frames.map(({ frame }) => frame)).toMatchObject([
      {
        destination: multicastMacIpv6(VRRP_GROUP_IPV6),
        payload: { source: 'fe80::ff:fe00:100', hopLimit: 255, trafficClass: 0 },
      },
    ]);
  });

  test('firewall rules hold for both families', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    side(host).neighbours.setPermanent(B, macOf(2));
    const pinged = (): number => {
      sendTo(tap, eth0(host).mac, macOf(2), ipv6Packet(B, A, icmpv6EchoRequest(1, 1, Uint8Array.of(1))));
      lan.run(lan.engine.now + 10);
      return tap.takeIpv6().length;
    };
    expect(pinged()).toBe(1);
    host.filter.add({ name: 'x', direction: 'in', protocol: 1 });
    expect(pinged()).toBe(0);
    host.filter.add({ name: 'x', direction: 'in', source: ipv6Cidr('2001:db8::2/128') });
    expect(pinged()).toBe(0);
    host.filter.add({ name: 'x', direction: 'in', source: ipv6Cidr('2001:db8::3/128') });
    expect(pinged()).toBe(1);
    host.filter.add({ name: 'x', direction: 'in', source: { address: ip('0.0.0.0'), prefixLength: 0 } });
    expect(pinged()).toBe(1);
  });
});

describe('TCP', () => {
  test('connects and carries bytes over IPv6', () => {
    const lan = new Lan();
    const a = lan.host('a', 1, ['2001:db8::1/64']);
    const b = lan.host('b', 2, ['2001:db8::2/64']);
    lan.plugIn(eth0(a));
    lan.plugIn(eth0(b));
    const heard: string[] = [];
    const server = b.tcpSockets(null, {
      acceptable: (port) => {
        const socket = server.accept(port);
        if (socket !== null) heard.push(`accepted ${server.remoteOf(socket).address}`);
      },
      readable: (socket) => heard.push(`read ${server.receive(socket)?.length}`),
    });
    expect(server.listen(5432)).toBe('listening');
    const client = a.tcpSockets(null, {
      connected: (socket) => heard.push(`connected, sent ${client.send(socket, new Uint8Array(3))}`),
      failed: (_, error) => heard.push(error),
    });
    client.connect(B, 5432);
    lan.run(SECOND);
    expect(heard).toEqual(['connected, sent 3', 'accepted 2001:db8::1', 'read 3']);
    heard.length = 0;
    client.connect(B, 5433);
    lan.run(2 * SECOND);
    expect(heard).toEqual(['ECONNREFUSED']);
    client.connect(ip6('2001:db8::99'), 5433);
    lan.run(6 * SECOND);
    expect(heard).toEqual(['ECONNREFUSED', 'EHOSTUNREACH']);
  });
});

describe('the interface', () => {
  test('set down loses its addresses; set up it has its link-local one again (keep_addr_on_down 0)', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    lan.tap(eth0(host));
    eth0(host).setUp(false);
    expect(side(host).addressEntries()).toEqual([]);
    eth0(host).setUp(true);
    lan.run(3 * SECOND);
    expect(side(host).addressEntries()).toMatchObject([{ address: 'fe80::ff:fe00:100', state: 'valid' }]);
    expect(host.owns(A)).toBe(false);
  });

  test('without carrier forgets its neighbours, keeps its addresses, and reports its groups anew', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    const tap = lan.tap(eth0(host));
    side(host).neighbours.learn(B, macOf(2), true, true);
    lan.links[0]?.unplug();
    expect([side(host).neighbours.entries(), host.owns(A)]).toEqual([[], true]);
    lan.links[0]?.plug();
    lan.run(3 * SECOND);
    expect(tap.takeIpv6().map(({ destination }) => destination)).toEqual(['ff02::16', 'ff02::16']);
  });

  test('after a power cycle every address is asked for first', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    lan.tap(eth0(host));
    host.addAddress(eth0(host), VIP, { noDad: true });
    lan.run(SECOND);
    host.powerOff();
    expect(host.owns(A)).toBe(false);
    lan.run(2 * SECOND);
    host.powerOn();
    expect([host.owns(A), side(host).linkLocal]).toEqual([false, null]);
    lan.run(5 * SECOND);
    expect(
      side(host)
        .addressEntries()
        .map(({ address, state }) => [address, state]),
    ).toEqual([
      [A, 'valid'],
      ['fe80::ff:fe00:100', 'valid'],
    ]);
    expect(host.owns(ip6('::1'))).toBe(true);
  });

  test('a macvlan has a link-local address of its own MAC when it is set up', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['2001:db8::1/64']);
    lan.tap(eth0(host));
    const vmac = host.createChild('macvlan', eth0(host), 'vrrp.51', macOf(0x5e));
    expect(vmac.ipv6?.addressEntries()).toEqual([]);
    vmac.setUp(true);
    host.addAddress(vmac, VIP, { noDad: true });
    lan.run(3 * SECOND);
    expect(vmac.ipv6?.addressEntries().map(({ address }) => address)).toEqual([V, 'fe80::ff:fe00:5e']);
    expect(host.ownerInterface(V)).toBe(vmac);
  });

  test('an announcement of IPv4 is none of IPv6', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, [['10.0.0.1/24', '2001:db8::1/64']]);
    lan.tap(eth0(host));
    eth0(host).sendFrame(
      ethernetFrame(BROADCAST_MAC, macOf(1), gratuitousArpRequest(macOf(1), ip('10.0.0.1'))),
    );
    expect(lan.trace.filter('arp.announced').map(({ address }) => address)).toEqual(['10.0.0.1']);
  });
});

describe('state', () => {
  const network = (options: ConstructorParameters<typeof Lan>[0] = {}) => {
    const lan = new Lan({ delay: 1000, ...options });
    const a = lan.host('a', 1, ['2001:db8::1/64'], { reachable_time: 0 });
    const b = lan.host('b', 2, ['2001:db8::2/64'], { reachable_time: 0 });
    lan.plugIn(eth0(a));
    lan.plugIn(eth0(b));
    const talkers = [new Talker(a, 'talker'), new Talker(b, 'talker')] as const;
    a.boot();
    b.boot();
    return { lan, a, b, talkers };
  };
  type Network = ReturnType<typeof network>;

  const play = ({ lan, a, b, talkers }: Network, from: number, to: number, scale = 1): void => {
    for (let second = from; second < to; second++) {
      if (second === 1) b.addAddress(eth0(b), VIP);
      if (second === 2) a.addAddress(eth0(a), VIP);
      if (second === 4) a.addAddress(eth0(a), ipv6Cidr('2001:db8::55/64'), { noDad: true });
      if (second === 6) a.ipv6?.routing.add({ destination: ipv6Cidr('::/0'), via: B });
      if (second === 8) b.freeze();
      if (second === 11) b.thaw();
      if (second === 14) talkers[1].freeze();
      if (second === 16) talkers[1].thaw();
      if (second === 18) eth0(b).setUp(false);
      if (second === 19) eth0(b).setUp(true);
      if (second === 21) b.powerOff();
      if (second === 23) b.powerOn();
      if (second === 27) a.announceIpv6(eth0(a), V);
      talkers[0].ask(V, 700, 3);
      talkers[0].ask(B, 700, 2);
      lan.run((second + 1) * SECOND * scale);
    }
  };

  test.each([2, 3, 9, 15, 20, 22, 25])('saved at %d s and restored, it goes on the same', (at) => {
    const first = network();
    play(first, 0, at);
    first.lan.run(at * SECOND + 300 * MILLISECOND);
    const snapshot = saveState(first.lan.engine);
    const length = first.lan.trace.events.length;
    play(first, at, 40);
    const expected = digestOfEvents(first.lan.trace.events.slice(length));
    const end = saveState(first.lan.engine);
    for (const past of [0, 10, 29]) {
      const second = network();
      play(second, 0, past);
      second.lan.trace.truncate(0);
      restoreState(second.lan.engine, snapshot);
      expect(sameSituation(saveState(second.lan.engine), snapshot)).toBe(true);
      play(second, at, 40);
      expect(digestOfEvents(second.lan.trace.events)).toBe(expected);
      expect(sameSituation(saveState(second.lan.engine), end)).toBe(true);
    }
  });

  test('with every span doubled the same happens at doubled instants: nobody reads a clock', () => {
    const run = (timeScale: number): string[] => {
      const made = network({ timeScale });
      play(made, 0, 40, timeScale);
      return made.lan.trace.events.map(({ time, ...rest }) => `${time / timeScale} ${JSON.stringify(rest)}`);
    };
    const once = run(1);
    expect(once.length).toBeGreaterThan(60);
    expect(run(2)).toEqual(once);
  });
});
