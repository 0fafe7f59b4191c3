import { describe, expect, test } from 'vitest';
import {
  MILLISECOND,
  type RecordOf,
  record,
  restoreState,
  SECOND,
  sameSituation,
  saveState,
  timer,
  u32,
} from '../engine/index.js';
import { digestOfEvents } from '../trace/index.js';
import {
  arpRequest,
  BROADCAST_MAC,
  ethernetFrame,
  gratuitousArpRequest,
  IP_PROTOCOL_ICMP,
  icmpEchoRequest,
  ipv4Cidr,
  ipv4Packet,
  udpDatagram,
  virtualRouterMac,
} from '../wire/index.js';
import type { Host } from './host.js';
import { eth0, ip, Lan, macOf } from './lan.testing.js';
import { Process, type ProcessOptions } from './process.js';
import type { UdpSocket } from './udp-socket.js';

const TickerState = record('ticker', { ticks: u32, heard: u32, tick: timer });

/** Sends a datagram a second to a neighbour, counts what it hears, and keeps a log for the tests. */
class Ticker extends Process {
  readonly log: string[] = [];
  private readonly counts: RecordOf<typeof TickerState.fields>;
  private readonly socket: UdpSocket;

  constructor(host: Host, target: string, options: ProcessOptions = {}) {
    super(host, 'ticker', options);
    this.counts = host.engine.record(`${host.name}/ticker`, TickerState, this.domain, {
      tick: () => {
        this.counts.ticks++;
        this.note('tick');
        this.socket.send(ip(target), 700, Uint8Array.of(this.counts.ticks & 0xff));
        this.counts.tick.arm(SECOND);
      },
    });
    this.socket = host.udpSocket(
      this,
      { port: 700, onError: (error) => this.note(`error ${error.code}`) },
      (datagram) => {
        this.counts.heard++;
        this.note(`heard ${datagram.payload[0]}`);
      },
    );
    host.onNetlink(this, (event) =>
      this.note(
        event.kind === 'link'
          ? `${event.interface.name} ${event.up ? 'up' : 'down'}`
          : `${event.op} ${Number(event.address) & 0xff}`,
      ),
    );
  }

  private note(what: string): void {
    this.log.push(`${this.host.engine.now / MILLISECOND} ${what}`);
  }

  protected onStart(): void {
    this.note('start');
    this.socket.open();
    this.counts.tick.arm(SECOND);
  }

  protected onStop(): void {
    this.note('stop');
  }

  protected onReset(): void {
    this.counts.reset();
  }
}

/** Two hosts back to back, each telling the other the time. */
function pair(options: { delay?: number; timeScale?: number; seed?: number } = {}) {
  const lan = new Lan({ delay: 50_000, ...options });
  const a = lan.host('a', 1, ['10.0.0.1/24'], { reachable_time: 0 });
  const b = lan.host('b', 2, ['10.0.0.2/24'], { reachable_time: 0 });
  lan.cable(eth0(a), eth0(b));
  const tickA = new Ticker(a, '10.0.0.2');
  const tickB = new Ticker(b, '10.0.0.1', { launch: { min: 100 * MILLISECOND, max: 900 * MILLISECOND } });
  return { lan, a, b, tickA, tickB };
}

describe('processes', () => {
  test('start takes the launch time; what ends it closes its sockets and leaves its addresses', () => {
    const { lan, b, tickB } = pair();
    tickB.start();
    expect([tickB.isRunning, tickB.isLaunching]).toEqual([false, true]);
    lan.run(SECOND);
    expect(tickB.isRunning).toBe(true);
    expect([b.hasProcess('ticker'), b.hasProcess('other'), b.isListening(700), b.isListening(701)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    b.addAddress(eth0(b), ipv4Cidr('10.0.0.100/32'));
    tickB.kill();
    expect([tickB.isRunning, b.isListening(700), b.owns(ip('10.0.0.100'))]).toEqual([false, false, true]);
    tickB.start();
    lan.run(2 * SECOND);
    tickB.stop();
    expect(tickB.log.at(-1)).toBe('2000 stop');
    expect(lan.trace.filter('daemon.stopped').map((event) => event.how)).toEqual(['killed', 'stopped']);
    lan.run(10 * SECOND);
    expect(tickB.log.at(-1)).toBe('2000 stop');
  });

  test('frozen, it hears nothing; thawed, it gets what waited before its timers, in order', () => {
    const { lan, a, tickA, tickB } = pair();
    tickA.start();
    lan.run(10);
    tickB.start();
    lan.run(1500 * MILLISECOND);
    tickA.freeze();
    a.addAddress(eth0(a), ipv4Cidr('10.0.0.100/32'));
    lan.run(4400 * MILLISECOND);
    const before = tickA.log.length;
    a.removeAddress(eth0(a), ip('10.0.0.100'));
    lan.run(4500 * MILLISECOND);
    expect(tickA.log.length).toBe(before);
    tickA.thaw();
    expect(tickA.log.slice(before)).toEqual([
      '4500 add 100',
      '4500 heard 2',
      '4500 heard 3',
      '4500 heard 4',
      '4500 del 100',
    ]);
    lan.run(4500 * MILLISECOND);
    expect(tickA.log.at(-1)).toBe('4500 tick');
    lan.run(6 * SECOND);
    expect(tickA.log.filter((line) => line.endsWith('tick')).at(-1)).toBe('5500 tick');
  });

  test('SIGTERM waits for the thaw, SIGKILL does not', () => {
    const { lan, tickA, tickB } = pair();
    tickA.start();
    tickB.start();
    lan.run(SECOND);
    tickA.freeze();
    tickA.stop();
    expect(tickA.isRunning).toBe(true);
    tickA.thaw();
    expect(tickA.isRunning).toBe(false);
    tickB.freeze();
    tickB.kill();
    tickB.freeze();
    expect([tickB.isRunning, tickB.isFrozen]).toEqual([false, false]);
  });
});

describe('a machine', () => {
  test('power off: the kernel forgets, the other end loses carrier; power on: as designed', () => {
    const { lan, a, b, tickB } = pair();
    a.boot();
    b.boot();
    lan.run(5 * SECOND);
    b.addAddress(eth0(b), ipv4Cidr('10.0.0.100/32'));
    b.addRoute({ destination: ipv4Cidr('0.0.0.0/0'), via: ip('10.0.0.1') });
    b.filter.add({ name: 'x', direction: 'in' });
    b.filter.remove('x');
    b.files.create('/etc/track');
    eth0(b).setSysctl('arp_ignore', 2);
    expect(eth0(b).neighbours.entries().length).toBe(1);
    b.powerOff();
    expect([b.isOn, b.isRunning, b.owns(ip('10.0.0.2')), b.owns(ip('10.0.0.100')), tickB.isRunning]).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
    expect([eth0(a).isUp, eth0(b).isUp]).toEqual([false, false]);
    expect(
      a.send({
        destination: ip('10.0.0.2'),
        protocol: 200,
        payload: { kind: 'raw', bytes: Uint8Array.of(1) },
      }),
    ).toBe('sent');
    expect(b.addAddress(eth0(b), ipv4Cidr('10.0.0.101/32'))).toBe(false);
    lan.run(20 * SECOND);
    b.powerOn();
    expect([
      b.owns(ip('10.0.0.2')),
      b.owns(ip('10.0.0.100')),
      eth0(b).sysctl.arp_ignore,
      b.files.has('/etc/track'),
    ]).toEqual([true, false, 0, true]);
    expect([eth0(a).isUp, eth0(b).isUp]).toEqual([true, true]);
    expect(eth0(b).neighbours.entries()).toEqual([]);
    expect(b.routeTo(ip('99.0.0.1'), null)).toBeNull();
    lan.run(25 * SECOND);
    expect(tickB.isRunning).toBe(true);
    expect(lan.trace.filter('node.power').map((event) => [event.node, event.on])).toEqual([
      ['b', false],
      ['b', true],
    ]);
    expect(lan.trace.filter('link.carrier').map((event) => [event.node, event.up])).toEqual([
      ['a', false],
      ['a', true],
    ]);
  });

  test('frozen: frames wait, the 257th is lost; thawed, they come first, then the timers', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['10.0.0.1/24']);
    const tap = lan.tap(eth0(host));
    const ticker = new Ticker(host, '10.0.0.9');
    ticker.start();
    lan.run(10);
    host.freeze();
    for (let number = 0; number < 300; number++) {
      const packet = ipv4Packet(
        ip('10.0.0.9'),
        ip('10.0.0.1'),
        udpDatagram(1, 700, Uint8Array.of(number & 0xff)),
      );
      tap.send(ethernetFrame(eth0(host).mac, macOf(9), packet));
    }
    lan.run(3 * SECOND);
    expect(ticker.log).toEqual(['0 start']);
    expect(host.isRunning).toBe(false);
    host.thaw();
    expect(ticker.log.length).toBe(1 + 256);
    expect(ticker.log.at(-1)).toBe('3000 heard 255');
    lan.run(3 * SECOND);
    expect(ticker.log.at(-1)).toBe('3000 tick');
    expect(lan.trace.filter('node.frozen').map((event) => event.frozen)).toEqual([true, false]);
  });

  test('SIGTERM to a process of a frozen machine waits for the thaw', () => {
    const { lan, a, tickA } = pair();
    a.boot();
    lan.run(SECOND);
    a.freeze();
    tickA.stop();
    expect(tickA.isRunning).toBe(true);
    a.thaw();
    expect(tickA.isRunning).toBe(false);
  });

  test('carrier that went while it was frozen is noticed at the thaw', () => {
    const { lan, a } = pair();
    a.freeze();
    lan.links[0]?.unplug();
    expect(eth0(a).isUp).toBe(true);
    a.thaw();
    expect(eth0(a).isUp).toBe(false);
  });

  test('powered off while frozen, it boots awake', () => {
    const { lan, a, tickA } = pair();
    a.boot();
    lan.run(SECOND);
    a.freeze();
    a.powerOff();
    a.powerOn();
    expect(a.isRunning).toBe(true);
    lan.run(3 * SECOND);
    expect(tickA.log.at(-1)).toBe('3000 tick');
  });

  test('a macvlan has a MAC, addresses and neighbours of its own on the same cable', () => {
    const lan = new Lan();
    const host = lan.host('a', 1, ['10.0.0.1/24']);
    const vmac = virtualRouterMac(51);
    const vrrp = host.createChild('macvlan', eth0(host), 'vrrp.51', vmac);
    const tap = lan.tap(eth0(host));
    expect([vrrp.adminUp, vrrp.isUp]).toEqual([false, false]);
    vrrp.setUp(true);
    eth0(host).setSysctl('arp_ignore', 1);
    vrrp.setSysctl('arp_ignore', 1);
    host.addAddress(vrrp, ipv4Cidr('10.0.0.100/32'));
    vrrp.sendFrame(ethernetFrame(BROADCAST_MAC, vmac, gratuitousArpRequest(vmac, ip('10.0.0.100'))));
    tap.arp(BROADCAST_MAC, arpRequest(macOf(9), ip('10.0.0.9'), ip('10.0.0.100')));
    tap.arp(vmac, arpRequest(macOf(9), ip('10.0.0.9'), ip('10.0.0.100')));
    lan.run(10);
    const seen = tap.frames.splice(0).map(({ frame }) => frame.source);
    expect(seen).toEqual([vmac, vmac, vmac]);
    expect(lan.trace.filter('arp.announced')).toMatchObject([
      { interface: 'vrrp.51', address: '10.0.0.100', mac: '00:00:5e:00:01:33' },
    ]);
    // The /32 brings no route: the answer leaves by eth0, as it does in Linux.
    eth0(host).neighbours.setPermanent(ip('10.0.0.9'), macOf(9));
    tap.send(
      ethernetFrame(
        vmac,
        macOf(9),
        ipv4Packet(ip('10.0.0.9'), ip('10.0.0.100'), icmpEchoRequest(1, 1, Uint8Array.of(1))),
      ),
    );
    lan.run(20);
    expect(tap.frames.splice(0).map(({ frame }) => [frame.source, frame.destination])).toEqual([
      [eth0(host).mac, macOf(9)],
    ]);
    lan.links[0]?.unplug();
    expect(vrrp.isUp).toBe(false);
    lan.links[0]?.plug();
    expect(vrrp.isUp).toBe(true);
    vrrp.setUp(false);
    let heard = 0;
    host.rawSocket(null, { protocol: IP_PROTOCOL_ICMP }, () => heard++).open();
    for (const mac of [vmac, eth0(host).mac]) {
      const ping = ipv4Packet(ip('10.0.0.9'), ip('10.0.0.1'), icmpEchoRequest(1, 1, Uint8Array.of(1)));
      tap.send(ethernetFrame(mac, macOf(9), ping));
    }
    lan.run(25);
    expect(heard).toBe(1);
    tap.arp(vmac, arpRequest(macOf(9), ip('10.0.0.9'), ip('10.0.0.100')));
    lan.run(30);
    expect(tap.takeArp()).toEqual([]);
  });
});

describe('state', () => {
  /** A run with everything in it. */
  const play = (network: ReturnType<typeof pair>, from = 0, to = 60): void => {
    const { lan, a, b, tickA, tickB } = network;
    for (let second = from; second < to; second++) {
      if (second === 0) {
        a.boot();
        b.boot();
      }
      if (second === 4)
        a.filter.add({ name: 'quiet', direction: 'in', protocol: 17, source: ipv4Cidr('10.0.0.2/32') });
      if (second === 9) a.filter.remove('quiet');
      if (second === 7) b.addAddress(eth0(b), ipv4Cidr('10.0.0.100/32'));
      if (second === 11) tickA.freeze();
      if (second === 14) tickA.thaw();
      if (second === 16) b.freeze();
      if (second === 21) b.thaw();
      if (second === 22) eth0(a).igmp.join(ip('239.1.1.1'));
      if (second === 25) tickB.kill();
      if (second === 28) tickB.start();
      if (second === 30) b.powerOff();
      if (second === 31)
        a.send({
          destination: ip('10.0.0.2'),
          protocol: IP_PROTOCOL_ICMP,
          payload: icmpEchoRequest(1, 1, Uint8Array.of(1)),
        });
      if (second === 41) b.powerOn();
      if (second === 45)
        a.send({
          destination: ip('10.0.0.77'),
          protocol: IP_PROTOCOL_ICMP,
          payload: icmpEchoRequest(1, 1, Uint8Array.of(1)),
        });
      lan.run((second + 1) * SECOND);
    }
  };

  test.each([5, 12, 17, 23, 31, 46])(
    'saved at %d s and restored, into a fresh lab and into a dirty one, it goes on the same',
    (at) => {
      const first = pair();
      play(first, 0, at);
      const snapshot = saveState(first.lan.engine);
      const length = first.lan.trace.events.length;
      play(first, at);
      const expected = digestOfEvents(first.lan.trace.events.slice(length));
      const end = saveState(first.lan.engine);
      expect(first.lan.trace.events.length).toBeGreaterThan(length);

      for (const dirty of [false, true]) {
        const second = pair();
        if (dirty) {
          play(second, 0, 48);
          second.a.freeze();
          second.b.addAddress(eth0(second.b), ipv4Cidr('10.0.0.200/24'));
          second.b.powerOff();
        }
        second.lan.trace.truncate(0);
        restoreState(second.lan.engine, snapshot);
        expect(sameSituation(saveState(second.lan.engine), snapshot)).toBe(true);
        play(second, at);
        expect(digestOfEvents(second.lan.trace.events)).toBe(expected);
        expect(sameSituation(saveState(second.lan.engine), end)).toBe(true);
      }
    },
  );

  test('with every span doubled the same happens at doubled instants: nobody reads a clock', () => {
    const run = (timeScale: number): string[] => {
      const { lan, a, b, tickA } = pair({ timeScale });
      a.boot();
      b.boot();
      const steps: [number, () => void][] = [
        [10, () => tickA.freeze()],
        [14, () => tickA.thaw()],
        [20, () => b.powerOff()],
        [33, () => b.powerOn()],
        [40, () => b.freeze()],
        [49, () => b.thaw()],
      ];
      for (const [second, action] of steps) {
        lan.run(second * SECOND * timeScale);
        action();
      }
      lan.run(100 * SECOND * timeScale);
      return lan.trace.events.map(({ time, ...rest }) => `${time / timeScale} ${JSON.stringify(rest)}`);
    };
    const once = run(1);
    expect(once.length).toBeGreaterThan(40);
    expect(run(2)).toEqual(once);
  });
});

/** What can be worked out from the declared state, and is after a restore. */
const DERIVED = new Set([
  'locals',
  'broadcasts',
  'paths',
  'main',
  'active',
  'log',
  'byId',
  'byEnds',
  'lowestFree',
]);
/** Where chance enters: the engine keeps how often it was asked. */
const isSite = (name: string): boolean => name.endsWith('Site') || name === 'chance';

const ENGINE_PARTS = new Set([
  'Engine',
  'Trace',
  'LinkDirection',
  'Table',
  'TaggedQueue',
  'Streams',
  'ClockDomain',
]);

/** Every own property of everything that a host is made of, but for the engine's own parts. */
function undeclared(root: object): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const seen = new Set<object>();
  const visit = (path: string, thing: object): void => {
    if (seen.has(thing)) return;
    seen.add(thing);
    for (const [name, value] of thing instanceof Map ? thing.entries() : Object.entries(thing)) {
      const at = `${path}.${name}`;
      if (DERIVED.has(String(name)) || isSite(String(name))) continue;
      if (typeof value !== 'object' || value === null) found.set(at, value);
      else if (!('$store' in value) && !ENGINE_PARTS.has(value.constructor.name)) {
        found.set(
          at,
          Array.isArray(value) ? value.length : value instanceof Map ? value.size : value.constructor.name,
        );
        visit(at, value);
      }
    }
  };
  visit('host', root);
  return found;
}

test('nothing changes in a run but declared state and what is derived from it', () => {
  const { lan, a, b, tickA } = pair();
  const before = undeclared(a);
  expect(before.size).toBeGreaterThan(70);
  a.boot();
  b.boot();
  lan.run(3 * SECOND);
  a.addAddress(eth0(a), ipv4Cidr('10.0.0.100/32'));
  a.addRoute({ destination: ipv4Cidr('10.9.0.0/16'), via: ip('10.0.0.2') });
  a.filter.add({ name: 'x', direction: 'in', protocol: 1 });
  a.files.create('/x');
  eth0(a).igmp.join(ip('239.1.1.1'));
  tickA.freeze();
  lan.run(6 * SECOND);
  a.freeze();
  lan.links[0]?.unplug();
  lan.run(7 * SECOND);
  expect(undeclared(a)).toEqual(before);
});

test('admin down and up again is told once each', () => {
  const { lan, a, tickA } = pair();
  tickA.start();
  lan.run(10);
  eth0(a).setUp(false);
  eth0(a).setUp(true);
  expect(tickA.log).toEqual(['0 start', '0.00001 eth0 down', '0.00001 eth0 up']);
});
