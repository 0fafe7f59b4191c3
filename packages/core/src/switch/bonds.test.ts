import { describe, expect, test } from 'vitest';
import { digestOf, Engine, restoreState, SECOND, SeededChoices, saveState } from '../engine/index.js';
import { Link } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import {
  ETHER_TYPES,
  type EthernetFrame,
  emitFrame,
  ethernetFrame,
  ipv4Address,
  ipv4Packet,
  macAddress,
  NO_BYTES,
  rawIpv4Packet,
  TCP_SYN,
  tcpSegment,
  udpDatagram,
} from '../wire/index.js';
import { bondHash } from './bond-hash.js';
import { loopThrough } from './loop-finder.js';
import { Switch } from './switch.js';
import type { BondHash, SwitchOptions } from './switch-options.js';

const A = macAddress('02:00:00:00:00:0a');
const B = macAddress('02:00:00:00:00:2f');
const CLIENT = ipv4Address('10.0.0.1');
const VIP = ipv4Address('10.0.0.100');

const udp = (sourcePort: number, destinationPort = 5432): EthernetFrame =>
  ethernetFrame(B, A, ipv4Packet(CLIENT, VIP, udpDatagram(sourcePort, destinationPort, NO_BYTES)));
const tcp = (sourcePort: number): EthernetFrame =>
  ethernetFrame(
    B,
    A,
    ipv4Packet(
      CLIENT,
      VIP,
      tcpSegment({ sourcePort, destinationPort: 5432, sequence: 1, flags: TCP_SYN, window: 1 }),
    ),
  );

/** All 12 bytes of addresses and ports, one over the other. */
function xorOf(frame: EthernetFrame): number {
  const bytes = emitFrame(frame);
  let xor = 0;
  for (let at = 26; at < 38; at++) xor ^= bytes[at] as number;
  return xor;
}

describe('the hash of Linux bonding', () => {
  test('layer3+4: 10.0.0.1:40000 to 10.0.0.100:5432 goes by member 0, from 40002 by member 1 (case 18)', () => {
    for (const make of [udp, tcp]) {
      expect([xorOf(make(40_000)), bondHash('layer3+4', make(40_000)) & 0x7f]).toEqual([0x94, 0x4a]);
      expect([xorOf(make(40_002)), bondHash('layer3+4', make(40_002)) & 0x7f]).toEqual([0x96, 0x4b]);
      expect([40_000, 40_002].map((port) => bondHash('layer3+4', make(port)) % 2)).toEqual([0, 1]);
    }
  });

  test('layer3+4 is the xor of all bytes, halved, where there are 2, 4, …, 64 cables', () => {
    for (let port = 1; port < 65_536; port += 97) {
      for (const cables of [2, 4, 8, 16, 32, 64]) {
        expect(bondHash('layer3+4', udp(port, port ^ 0x1234)) % cables).toBe(
          (xorOf(udp(port, port ^ 0x1234)) >> 1) % cables,
        );
      }
    }
  });

  test('layer2: the last bytes of the MAC addresses, and the EtherType', () => {
    expect(bondHash('layer2', udp(40_000))).toBe(0x2f ^ 0x0a ^ ETHER_TYPES.ipv4);
  });

  test('layer2+3: that, and the IP addresses folded to a byte', () => {
    expect(bondHash('layer2+3', udp(40_000)) & 0xff).toBe(0x2f ^ 0x0a ^ 0x08 ^ 0x0a ^ 0x01 ^ 0x0a ^ 0x64);
    expect(bondHash('layer2+3', udp(40_000))).toBe(bondHash('layer2+3', udp(1)));
  });

  test('fragments and what has no ports go by their addresses alone; what is not IP by layer 2', () => {
    const raw = ethernetFrame(
      B,
      A,
      rawIpv4Packet(CLIENT, VIP, 17, new Uint8Array(16), { moreFragments: true }),
    );
    const ports = bondHash('layer3+4', udp(0, 0));
    expect(bondHash('layer3+4', raw)).toBe(ports);
    const station = new RecordingStation(new Engine({ choices: new SeededChoices(1) }), 'x:eth0', 7);
    const frame = station.frame(B);
    expect(bondHash('layer3+4', frame)).toBe(bondHash('layer2', frame));
  });
});

/** a, b and c at sw1, d at sw2, two cables between the switches that are one. */
class Lan {
  readonly engine = new Engine({ choices: new SeededChoices(1) });
  readonly trace = new Trace(this.engine);
  readonly one: Switch;
  readonly two: Switch;
  readonly cables: Link[];
  readonly a = new RecordingStation(this.engine, 'a:eth0', A);
  readonly d = new RecordingStation(this.engine, 'd:eth0', B);

  constructor(hash: BondHash = 'layer3+4', options: Partial<SwitchOptions> = {}) {
    this.trace.record();
    const bonds = [{ name: 'trunk', ports: ['p1', 'p2'], hash }];
    const make = (name: string, mac: number): Switch =>
      new Switch(this.engine, this.trace, name, {
        ports: [{ name: 'edge', tree: { edge: true } }, 'p1', 'p2'],
        bonds,
        mac: macAddress(mac),
        ...options,
      });
    this.one = make('sw1', 0x100);
    this.two = make('sw2', 0x200);
    new Link(this.engine, this.trace, 'la', this.a, this.one.port('edge'), { delay: 1000 });
    new Link(this.engine, this.trace, 'ld', this.d, this.two.port('edge'), { delay: 1000 });
    this.cables = ['p1', 'p2'].map(
      (name) =>
        new Link(this.engine, this.trace, name, this.one.port(name), this.two.port(name), { delay: 1000 }),
    );
  }

  /** Sends frames from a to d, and counts what got through by which cable. */
  send(frames: readonly EthernetFrame[]): { got: number; byCable: number[] } {
    this.d.arrivals.length = 0;
    const byCable = [0, 0];
    this.trace.frames = {
      onFrame: (_time, port, fate, frame) => {
        if ((frame as EthernetFrame).payload.kind === 'bpdu') return;
        if (fate === 'sent' && port === 'sw1:p1') byCable[0] = (byCable[0] ?? 0) + 1;
        if (fate === 'sent' && port === 'sw1:p2') byCable[1] = (byCable[1] ?? 0) + 1;
      },
    };
    for (const frame of frames) this.a.send(frame);
    this.engine.runUntil(this.engine.now + 1_000_000);
    this.trace.frames = null;
    const got = this.d.arrivals.filter(({ frame }) => frame.payload.kind !== 'bpdu').length;
    return { got, byCable };
  }
}

const flows = Array.from({ length: 64 }, (_, index) => udp(40_000 + index));

describe('a bundle of two cables between switches', () => {
  test('is no loop: a broadcast arrives once, and never comes back', () => {
    const lan = new Lan();
    expect(lan.send([lan.a.frame(), lan.a.frame()]).got).toBe(2);
    lan.engine.runUntil(10 * SECOND);
    expect([lan.a.arrivals.length, lan.d.arrivals.length]).toEqual([0, 2]);
  });

  test('nor does the finder of loops take it for one; a third cable beside it is', () => {
    const bundle = { bonds: [{ name: 'trunk', ports: ['p1', 'p2'] }], ports: ['p1', 'p2', 'p3'] };
    const engine = new Engine({ choices: new SeededChoices(1) });
    const trace = new Trace(engine);
    const [one, two] = ['sw1', 'sw2'].map((name) => new Switch(engine, trace, name, bundle)) as [
      Switch,
      Switch,
    ];
    for (const name of ['p1', 'p2']) new Link(engine, trace, name, one.port(name), two.port(name));
    expect(loopThrough(one, 1)).toEqual([]);
    new Link(engine, trace, 'p3', one.port('p3'), two.port('p3'));
    expect(loopThrough(two, 1)).toEqual(['sw2:p1', 'sw1:p1', 'sw1:p3', 'sw2:p3']);
  });

  test('spreads flows over both cables; each flow keeps its own', () => {
    const lan = new Lan();
    expect(lan.send(flows)).toEqual({ got: 64, byCable: [32, 32] });
    expect(lan.send([udp(40_000), udp(40_000), udp(40_001)])).toEqual({ got: 3, byCable: [3, 0] });
    expect(lan.send([udp(40_002)]).byCable).toEqual([0, 1]);
  });

  test('an address is behind the bundle, by whichever cable it speaks: that is no move', () => {
    const lan = new Lan();
    lan.send(flows);
    expect(lan.trace.filter('cam.moved')).toEqual([]);
    expect(lan.two.entries().map(({ mac, port }) => [mac, port])).toEqual([[A, 1]]);
  });

  test('a cable that loses its carrier leaves all to the other one, and nothing is forgotten', () => {
    const lan = new Lan();
    lan.d.send(lan.d.frame());
    lan.send(flows);
    lan.cables[0]?.unplug();
    expect(lan.send(flows)).toEqual({ got: 64, byCable: [0, 64] });
    expect(lan.trace.filter('cam.forgotten')).toEqual([]);
    lan.cables[1]?.unplug();
    expect(lan.send(flows).got).toBe(0);
    expect(lan.trace.filter('cam.forgotten').length).toBeGreaterThan(0);
    lan.cables[0]?.plug();
    expect(lan.send(flows)).toEqual({ got: 64, byCable: [64, 0] });
  });

  test('a cable that passes nothing one way and keeps its carrier swallows its share, for good', () => {
    const lan = new Lan();
    const [cable] = lan.cables;
    cable?.cutOneWay(cable.aToB);
    expect(lan.send(flows).got).toBe(32);
    lan.engine.runUntil(600 * SECOND);
    expect(lan.send(flows).got).toBe(32);
  });

  test.each(['stp', 'rstp'] as const)('to %s it is one port', (protocol) => {
    const lan = new Lan('layer3+4', { spanningTree: { protocol } });
    lan.engine.runUntil(40 * SECOND);
    expect(lan.send(flows)).toEqual({ got: 64, byCable: [32, 32] });
    const ports = lan.trace.filter('stp.port').map(({ port }) => port);
    expect([...new Set(ports)].toSorted()).toEqual(['edge', 'p1']);
    lan.cables[0]?.unplug();
    expect(lan.send(flows).got).toBe(64);
    lan.engine.runUntil(80 * SECOND);
    expect(lan.send(flows).got).toBe(64);
  });

  test('saved and restored, also into a switch of another past', () => {
    const lan = new Lan();
    lan.send(flows);
    lan.cables[1]?.unplug();
    const saved = saveState(lan.engine);
    const dirty = new Lan();
    dirty.cables[0]?.unplug();
    dirty.send(flows);
    restoreState(dirty.engine, saved);
    expect(dirty.send(flows)).toEqual(lan.send(flows));
    expect(digestOf(saveState(dirty.engine))).toBe(digestOf(saveState(lan.engine)));
  });

  test('what cannot be a bundle is refused', () => {
    const make = (bonds: SwitchOptions['bonds']) => () =>
      new Switch(
        new Engine({ choices: new SeededChoices(1) }),
        new Trace(new Engine({ choices: new SeededChoices(1) })),
        'sw',
        {
          ports: ['p1', 'p2', 'p3'],
          ...(bonds === undefined ? {} : { bonds }),
        },
      );
    expect(make([{ name: 'b', ports: ['p1', 'p9'] }])).toThrow('sw b: there is no port p9');
    expect(make([{ name: 'b', ports: ['p1'] }])).toThrow('two ports at least');
    expect(
      make([
        { name: 'b', ports: ['p1', 'p2'] },
        { name: 'c', ports: ['p2', 'p3'] },
      ]),
    ).toThrow('two bundles');
  });
});
