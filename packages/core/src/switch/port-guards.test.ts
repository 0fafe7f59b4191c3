import { describe, expect, test } from 'vitest';
import { digestOf, Engine, restoreState, SECOND, SeededChoices, saveState } from '../engine/index.js';
import { Link } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import {
  arpProbe,
  arpRequest,
  BROADCAST_MAC,
  ethernetFrame,
  gratuitousArpRequest,
  ipv4Address,
  macAddress,
  rawFrame,
} from '../wire/index.js';
import { Switch } from './switch.js';
import type { SwitchOptions, SwitchPortOptions } from './switch-options.js';

const MAC = [0, 1, 2, 3].map((index) => macAddress(0x0200_0000_0000 + index));
const VMAC = macAddress('00:00:5e:00:01:33');
const VIP = ipv4Address('10.0.0.100');
const B_IP = ipv4Address('10.0.0.3');

/** Stations at p1, p2 and p3. */
function lan(port: Partial<SwitchPortOptions>, options: Partial<SwitchOptions> = {}) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  trace.record();
  const ports = ['p1', 'p2', 'p3'].map(
    (name): SwitchPortOptions => ({ name, ...(name === 'p1' ? {} : port) }),
  );
  const sw = new Switch(engine, trace, 'sw', { ports, ...options });
  const links: Link[] = [];
  const stations = sw.ports.map((at, index) => {
    const station = new RecordingStation(engine, `h${index + 1}:eth0`, 0x0200_0000_0001 + index);
    links.push(new Link(engine, trace, `l${index + 1}`, station, at, { delay: 1 }));
    return station;
  });
  /** A broadcast from a source address, at a port: who heard it? */
  const say = (at: number, source = MAC[at] ?? VMAC): string => {
    for (const { arrivals } of stations) arrivals.length = 0;
    stations[at - 1]?.send(rawFrame(BROADCAST_MAC, source, 0x88b5, new Uint8Array(46)));
    engine.runUntil(engine.now + 10);
    return stations.map(({ arrivals }, index) => (arrivals.length > 0 ? index + 1 : '')).join('');
  };
  const shut = (): string[] =>
    trace.filter('switch.err-disabled').map(({ port: name, reason }) => `${name} ${reason}`);
  return { engine, trace, sw, stations, links, say, shut };
}

describe('port security', () => {
  test('the first address is the port’s own; the second shuts it, and the frame goes nowhere', () => {
    const { say, shut, sw, trace } = lan({ security: {} });
    expect(say(2)).toBe('13');
    expect(say(2, VMAC)).toBe('');
    expect(shut()).toEqual(['p2 port-security']);
    expect(trace.filter('switch.violation')).toMatchObject([
      { port: 'p2', vlan: 1, mac: '00:00:5e:00:01:33' },
    ]);
    expect(sw.port('p2').isUp).toBe(false);
    expect(say(2)).toBe('');
    sw.port('p2').setAdmin(true);
    // What it had learned went with the port: the first address to speak now is its own.
    expect(say(2, VMAC)).toBe('13');
  });

  test('a virtual MAC that moves to another secure port: both masters vanish', () => {
    const { say, shut } = lan({ security: { maximum: 2 } });
    expect([say(2), say(2, VMAC), say(3)]).toEqual(['13', '13', '12']);
    expect(say(3, VMAC)).toBe('');
    expect(shut()).toEqual(['p3 port-security']);
    expect(say(2, VMAC)).toBe('1');
  });

  test('protect drops, restrict drops and tells; the own address goes on passing', () => {
    for (const violation of ['protect', 'restrict'] as const) {
      const { say, shut, trace, sw } = lan({ security: { violation } });
      expect([say(2), say(2, VMAC), say(2)]).toEqual(['13', '', '13']);
      expect(shut()).toEqual([]);
      expect(trace.filter('switch.violation')).toHaveLength(violation === 'protect' ? 0 : 1);
      // The move is not learned either.
      expect(sw.entries().map(({ mac }) => mac)).toEqual([MAC[2]]);
    }
  });
});

describe('ARP inspection', () => {
  const bindings = [{ ip: B_IP, mac: MAC[2] ?? VMAC }];
  const garp = ethernetFrame(BROADCAST_MAC, MAC[2] ?? VMAC, gratuitousArpRequest(MAC[2] ?? VMAC, VIP));

  /** Sends ARP packets at p2: how many came out at p1. */
  function send(net: ReturnType<typeof lan>, frames: readonly (typeof garp)[]): number {
    const before = net.stations[0]?.arrivals.length ?? 0;
    for (const frame of frames) net.stations[1]?.send(frame);
    net.engine.runUntil(net.engine.now + 10);
    return (net.stations[0]?.arrivals.length ?? 0) - before;
  }

  test('16 gratuitous ARPs for an address that is not bound within a second: none passes, the 16th shuts the port (case 19)', () => {
    const net = lan({}, { arpInspection: { bindings } });
    for (let count = 1; count <= 15; count++) expect(send(net, [garp])).toBe(0);
    expect(net.shut()).toEqual([]);
    expect(send(net, [garp])).toBe(0);
    expect(net.shut()).toEqual(['p2 arp-inspection']);
    expect(net.sw.port('p2').isUp).toBe(false);
    // Its source was not learned from what was dropped.
    expect(net.sw.entries()).toEqual([]);
  });

  test('the same 16 over two seconds: still none passes, and the port lives', () => {
    const net = lan({}, { arpInspection: { bindings } });
    for (let count = 1; count <= 16; count++) {
      expect(send(net, [garp])).toBe(0);
      net.engine.runUntil(count * 0.125 * SECOND);
    }
    expect(net.shut()).toEqual([]);
  });

  test('what is bound passes, a probe passes, and a trusted port says what it likes', () => {
    const net = lan({}, { arpInspection: { bindings, rate: 100 } });
    const mac = MAC[2] ?? VMAC;
    const request = ethernetFrame(BROADCAST_MAC, mac, arpRequest(mac, B_IP, VIP));
    const probe = ethernetFrame(BROADCAST_MAC, mac, arpProbe(mac, VIP));
    expect(send(net, [request, probe, garp])).toBe(2);
    const trusting = lan({ isTrusted: true }, { arpInspection: { bindings } });
    expect(
      send(
        trusting,
        Array.from({ length: 40 }, () => garp),
      ),
    ).toBe(40);
    expect(trusting.shut()).toEqual([]);
  });

  test('what is no ARP is not its business', () => {
    const net = lan({}, { arpInspection: { bindings: [], rate: 1 } });
    for (let count = 0; count < 30; count++) expect(net.say(2)).toBe('13');
  });
});

test('guards saved and restored, also into a switch of another past', () => {
  const options = { arpInspection: { bindings: [] } };
  const one = lan({ security: { violation: 'restrict' } }, options);
  const other = lan({ security: { violation: 'restrict' } }, options);
  one.say(2);
  one.say(3);
  const saved = saveState(one.engine);
  other.say(2, VMAC);
  restoreState(other.engine, saved);
  expect(digestOf(saveState(other.engine))).toBe(digestOf(saved));
  expect([other.say(2), other.say(2, VMAC), other.say(3, MAC[2])]).toEqual(['13', '', '']);
});
