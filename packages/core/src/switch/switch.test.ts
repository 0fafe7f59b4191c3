import { describe, expect, test } from 'vitest';
import { Engine, restoreState, SECOND, SeededChoices, saveState } from '../engine/index.js';
import { Link, type LinkOptions } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import {
  BROADCAST_MAC,
  type EthernetFrame,
  emitFrame,
  macAddress,
  rawFrame,
  vlanTag,
  withTag,
} from '../wire/index.js';
import { Switch } from './switch.js';
import type { SwitchOptions } from './switch-options.js';

const GIGABIT = 1_000_000_000;

interface Lan {
  engine: Engine;
  trace: Trace;
  sw: Switch;
  stations: RecordingStation[];
  links: Link[];
  c: RecordingStation;
  a: RecordingStation;
  b: RecordingStation;
}

/** C, A and B at p1, p2 and p3. */
function lan(options: Partial<SwitchOptions> = {}, link: LinkOptions = { delay: 500 }): Lan {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  trace.record();
  const sw = new Switch(engine, trace, 'sw', { ports: ['p1', 'p2', 'p3'], ...options });
  const stations: RecordingStation[] = [];
  const links: Link[] = [];
  sw.ports.forEach((port, index) => {
    const station = new RecordingStation(engine, `h${index + 1}:eth0`, 0x0200_0000_0001 + index);
    stations.push(station);
    links.push(new Link(engine, trace, `l${index + 1}`, station, port, link));
  });
  const [c, a, b] = stations as [RecordingStation, RecordingStation, RecordingStation];
  return { engine, trace, sw, stations, links, c, a, b };
}

const counts = ({ stations }: Lan): number[] => stations.map(({ arrivals }) => arrivals.length);

function forget({ stations }: Lan): void {
  for (const { arrivals } of stations) arrivals.length = 0;
}

/** Everybody says something once. */
function greet(lab: Lan): void {
  for (const station of lab.stations) {
    station.send(station.frame());
    lab.engine.runUntil(lab.engine.now + 100_000);
  }
  forget(lab);
}

describe('forwarding', () => {
  test('a known unicast frame of 60 bytes takes 2152 ns at 1 Gbit/s and 500 ns a cable', () => {
    const lab = lan({}, { delay: 500, bandwidth: GIGABIT });
    greet(lab);
    const start = lab.engine.now;
    lab.c.send(lab.c.frame(lab.a.mac));
    lab.engine.runUntil(SECOND);
    expect(lab.a.times).toEqual([start + 2152]);
    expect(counts(lab)).toEqual([0, 1, 0]);
  });

  test('two frames of 1514 bytes back to back: the second reaches the switch after 25012 ns', () => {
    const lab = lan({}, { delay: 500, bandwidth: GIGABIT });
    const atSwitch: number[] = [];
    lab.trace.frames = {
      onFrame: (time, port, fate) => {
        if (fate === 'delivered' && port === 'sw:p1') atSwitch.push(time);
      },
    };
    lab.c.send(lab.c.frame(lab.a.mac, 1514));
    lab.c.send(lab.c.frame(lab.a.mac, 1514));
    lab.engine.runUntil(SECOND);
    expect(atSwitch).toEqual([12_708, 25_012]);
  });

  test('1 Gbit/s into 100 Mbit/s with room for ten frames: of a burst of twenty the last eight are dropped', () => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    const trace = new Trace(engine);
    const sw = new Switch(engine, trace, 'sw', { ports: ['in', 'out'] });
    const c = new RecordingStation(engine, 'c:eth0', 0x0200_0000_0001);
    const a = new RecordingStation(engine, 'a:eth0', 0x0200_0000_0002);
    new Link(engine, trace, 'l1', c, sw.port('in'), { delay: 500, bandwidth: GIGABIT });
    const slow = new Link(engine, trace, 'l2', sw.port('out'), a, {
      delay: 500,
      bandwidth: 100_000_000,
      queueBytes: 15_140,
    });
    const full: number[] = [];
    let delivered = 0;
    trace.frames = {
      onFrame: (_time, port, fate) => {
        if (fate === 'delivered' && port === 'sw:in') delivered++;
        if (fate === 'queue-full') full.push(delivered);
      },
    };
    for (let number = 1; number <= 20; number++) c.send(c.frame(a.mac, 1514, number));
    engine.runUntil(SECOND);
    expect(a.numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(full).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
    expect(slow.aToB.droppedFrames).toBe(8);
  });

  test('unknown unicast and broadcast flood, to everybody but the sender', () => {
    const lab = lan();
    lab.c.send(lab.c.frame(macAddress('02:00:00:00:00:99')));
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([0, 2, 2]);
  });

  test('no hairpin: a frame to a station behind the same port goes nowhere', () => {
    const lab = lan();
    greet(lab);
    const neighbour = macAddress('02:00:00:00:00:77');
    const from = (source: number, destination: number): EthernetFrame =>
      rawFrame(macAddress(destination), macAddress(source), 0x88b5, new Uint8Array(46));
    lab.c.send(from(neighbour, BROADCAST_MAC));
    lab.engine.runUntil(SECOND);
    forget(lab);
    lab.c.send(from(lab.c.mac, neighbour));
    lab.engine.runUntil(2 * SECOND);
    expect(counts(lab)).toEqual([0, 0, 0]);
  });

  test.each([
    ['group source', '03:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff', 0],
    ['zero source', '00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', 0],
    ['spanning tree', '02:00:00:00:00:55', '01:80:c2:00:00:00', 1],
    ['pause', '02:00:00:00:00:55', '01:80:c2:00:00:01', 0],
    ['LACP', '02:00:00:00:00:55', '01:80:c2:00:00:02', 0],
    ['LLDP', '02:00:00:00:00:55', '01:80:c2:00:00:0e', 0],
    ['last reserved', '02:00:00:00:00:55', '01:80:c2:00:00:0f', 0],
    ['beyond the reserved', '02:00:00:00:00:55', '01:80:c2:00:00:21', 1],
  ])('%s', (_name, source, destination, copies) => {
    const lab = lan();
    lab.c.send(rawFrame(macAddress(destination), macAddress(source), 0x88b5, new Uint8Array(46)));
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([0, copies, copies]);
    expect(lab.sw.entries()).toHaveLength(copies);
  });

  test('latency: the frame leaves so much later, and a power cut loses what is inside', () => {
    const lab = lan({ latency: 4000 });
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(10_000);
    expect(lab.a.times).toEqual([5000]);
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(12_000);
    lab.sw.powerOff();
    lab.sw.powerOn();
    lab.engine.runUntil(SECOND);
    expect(lab.a.arrivals).toHaveLength(1);
  });
});

describe('the CAM table', () => {
  test.each([
    [299_999_000_000, 0],
    [300_000_000_000, 1],
    [300_001_000_000, 1],
  ])('%i ns after the last frame from A: %i copies at B', (span, copies) => {
    const lab = lan({}, { delay: 1 });
    greet(lab);
    lab.a.send(lab.a.frame(lab.c.mac));
    const learned = lab.engine.now + 1;
    lab.engine.runUntil(learned + span - 1);
    forget(lab);
    lab.c.send(lab.c.frame(lab.a.mac));
    lab.engine.runUntil(learned + span + SECOND);
    expect(counts(lab)).toEqual([0, 1, copies]);
  });

  test('frames to an address do not keep it; the moment of forgetting is told', () => {
    const lab = lan({}, { delay: 1 });
    lab.a.send(lab.a.frame());
    for (let minute = 1; minute < 6; minute++) {
      lab.engine.runUntil(minute * 60 * SECOND);
      lab.c.send(lab.c.frame(lab.a.mac));
    }
    lab.engine.runUntil(1000 * SECOND);
    expect(lab.trace.filter('cam.forgotten')).toEqual([
      {
        time: 300 * SECOND + 1,
        name: 'cam.forgotten',
        node: 'sw',
        vlan: 1,
        mac: '02:00:00:00:00:02',
        port: 'p2',
        reason: 'aged',
      },
      {
        time: 600 * SECOND + 1,
        name: 'cam.forgotten',
        node: 'sw',
        vlan: 1,
        mac: '02:00:00:00:00:01',
        port: 'p1',
        reason: 'aged',
      },
    ]);
    expect(lab.sw.entries()).toEqual([]);
  });

  test('a full table learns nothing new and keeps what it has; room is used again', () => {
    const lab = lan({ capacity: 2 }, { delay: 1 });
    greet(lab);
    expect(lab.sw.entries().map(({ port }) => port)).toEqual([0, 1]);
    lab.c.send(lab.c.frame(lab.b.mac));
    lab.c.send(lab.c.frame(lab.a.mac));
    lab.b.send(lab.b.frame());
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([1, 3, 1]);
    expect(lab.trace.filter('cam.full')).toHaveLength(1);
    lab.engine.runUntil(400 * SECOND);
    lab.b.send(lab.b.frame());
    lab.engine.runUntil(401 * SECOND);
    expect(lab.sw.entries().map(({ port }) => port)).toEqual([2]);
  });

  test('at the very instant at which an entry ends it is gone: learned anew, not moved, and it makes room', () => {
    const lab = lan({ capacity: 1 }, { delay: 1 });
    const speak = (station: RecordingStation, mac: number, arrival: number): void => {
      lab.engine.runUntil(arrival - 1);
      station.send(rawFrame(BROADCAST_MAC, macAddress(mac), 0x88b5, new Uint8Array(46)));
      lab.engine.runUntil(arrival);
    };
    speak(lab.a, 0x42, SECOND);
    speak(lab.b, 0x42, 301 * SECOND);
    speak(lab.c, 0x43, 601 * SECOND);
    expect(
      lab.trace.events
        .filter(({ name }) => name.startsWith('cam'))
        .map(({ name, time }) => [name, time / SECOND]),
    ).toEqual([
      ['cam.learned', 1],
      ['cam.forgotten', 301],
      ['cam.learned', 301],
      ['cam.forgotten', 601],
      ['cam.learned', 601],
    ]);
  });

  test('entries that end together are told in the order of their addresses', () => {
    const lab = lan({}, { delay: 1 });
    for (const station of [lab.b, lab.c, lab.a]) station.send(station.frame());
    lab.engine.runUntil(1000 * SECOND);
    expect(lab.trace.filter('cam.forgotten').map(({ port }) => port)).toEqual(['p1', 'p2', 'p3']);
  });

  test('static entries take no room from learned ones, also after a restore', () => {
    const staticEntries = [{ mac: macAddress(0x42), port: 'p3' }];
    const lab = lan({ capacity: 1, staticEntries });
    const saved = saveState(lab.engine);
    greet(lab);
    restoreState(lab.engine, saved);
    lab.a.send(lab.a.frame());
    lab.engine.runUntil(SECOND);
    expect(lab.sw.entries().map(({ port }) => port)).toEqual([2, 1]);
  });

  test('a station moves with its first frame elsewhere', () => {
    const lab = lan();
    greet(lab);
    lab.b.send(rawFrame(lab.c.mac, lab.a.mac, 0x88b5, new Uint8Array(46)));
    lab.engine.runUntil(SECOND);
    expect(lab.trace.filter('cam.moved').map(({ from, to, mac }) => [from, to, mac])).toEqual([
      ['p2', 'p3', '02:00:00:00:00:02'],
    ]);
    forget(lab);
    lab.c.send(lab.c.frame(lab.a.mac));
    lab.engine.runUntil(2 * SECOND);
    expect(counts(lab)).toEqual([0, 0, 1]);
  });

  test('static entries neither move nor age, and outlive a power cut', () => {
    const mac = macAddress('02:00:00:00:00:02');
    const lab = lan({ staticEntries: [{ mac, port: 'p3' }] });
    greet(lab);
    lab.sw.powerOff();
    lab.sw.powerOn();
    lab.sw.flush();
    lab.engine.runUntil(1000 * SECOND);
    lab.a.send(lab.a.frame(lab.c.mac));
    lab.c.send(lab.c.frame(mac));
    lab.engine.runUntil(1001 * SECOND);
    expect(lab.b.arrivals.map(({ frame }) => frame.destination)).toContain(mac);
    expect(lab.a.arrivals).toHaveLength(0);
    expect(lab.sw.entries()[1]).toEqual({ mac, vlan: 1, port: 2, isStatic: true });
  });

  test('a port that goes down is forgotten, at the other end too', () => {
    const lab = lan();
    greet(lab);
    lab.links[1]?.unplug();
    expect(lab.sw.entries().map(({ port }) => port)).toEqual([0, 2]);
    expect(lab.trace.filter('cam.forgotten').map(({ reason }) => reason)).toEqual(['port-down']);
    lab.c.send(lab.c.frame(lab.a.mac));
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([0, 0, 1]);
    expect(lab.trace.filter('switch.port').map(({ port, up }) => [port, up])).toEqual([['p2', false]]);
  });
});

describe('ports and power', () => {
  test('shutting a port takes carrier from the station; opening it gives it back', () => {
    const lab = lan();
    greet(lab);
    lab.sw.port('p2').setAdmin(false);
    expect(lab.a.carriers.map(({ up }) => up)).toEqual([false]);
    lab.c.send(lab.c.frame());
    lab.a.send(lab.a.frame());
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([0, 0, 1]);
    lab.sw.port('p2').setAdmin(true);
    expect(lab.a.carriers.map(({ up }) => up)).toEqual([false, true]);
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(2 * SECOND);
    expect(counts(lab)).toEqual([0, 1, 2]);
    expect(lab.trace.filter('switch.port').map(({ up }) => up)).toEqual([false, true]);
  });

  test('power off and on: carrier everywhere, an empty table, and shut ports stay shut', () => {
    const lab = lan({ ports: ['p1', 'p2', { name: 'p3', adminUp: false }] });
    expect(lab.b.outgoing?.hasCarrier).toBe(false);
    greet(lab);
    expect(lab.sw.entries()).toHaveLength(2);
    lab.sw.powerOff();
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([0, 0, 0]);
    expect(lab.sw.entries()).toEqual([]);
    lab.sw.powerOn();
    expect(lab.stations.map(({ outgoing }) => outgoing?.hasCarrier)).toEqual([true, true, false]);
    expect(lab.c.carriers.map(({ up }) => up)).toEqual([false, true]);
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(2 * SECOND);
    expect(counts(lab)).toEqual([0, 1, 0]);
    expect(lab.trace.filter('node.power').map(({ on }) => on)).toEqual([false, true]);
  });

  test('a port without a cable is skipped', () => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    const trace = new Trace(engine);
    const sw = new Switch(engine, trace, 'sw', { ports: ['p1', 'p2', 'p3'] });
    const c = new RecordingStation(engine, 'c:eth0', 0x0200_0000_0001);
    new Link(engine, trace, 'l', c, sw.port('p1'));
    c.send(c.frame());
    engine.runUntil(SECOND);
    expect(sw.entries()).toHaveLength(1);
    expect(sw.port('p2').isUp).toBe(false);
  });
});

describe('VLANs', () => {
  const ports = [
    { name: 'p1', vlan: 100 },
    { name: 'p2', vlan: 100 },
    { name: 'p3', vlan: 200 },
    { name: 'trunk', vlan: 1, tagged: [100, 200] },
    { name: 'all', vlan: null, tagged: 'all' as const },
  ];
  const tagsAt = (lab: Lan): (number | null)[][] =>
    lab.stations.map(({ arrivals }) => arrivals.map(({ frame }) => frame.tag?.vlan ?? null));

  test('a broadcast stays in its VLAN, tagged on trunks', () => {
    const lab = lan({ ports });
    lab.c.send(lab.c.frame());
    lab.engine.runUntil(SECOND);
    expect(tagsAt(lab)).toEqual([[], [null], [], [100], [100]]);
    const [, , , trunk, all] = lab.stations;
    expect(trunk?.arrivals[0]?.frame).toBe(all?.arrivals[0]?.frame);
  });

  test('the native VLAN is untagged, and dropped where a port takes no untagged frames', () => {
    const lab = lan({ ports });
    const [, , , trunk, all] = lab.stations as [
      unknown,
      unknown,
      unknown,
      RecordingStation,
      RecordingStation,
    ];
    trunk.send(trunk.frame());
    all.send(all.frame());
    lab.engine.runUntil(SECOND);
    expect(tagsAt(lab)).toEqual([[], [], [], [], [1]]);
  });

  test('a tag loses its VLAN at an access port and the frame is padded to 60 again', () => {
    const lab = lan({ ports });
    const all = lab.stations[4] as RecordingStation;
    const tagged = rawFrame(lab.c.mac, all.mac, 0x88b5, new Uint8Array(42), vlanTag(100, 3));
    expect(emitFrame(tagged)).toHaveLength(60);
    all.send(tagged);
    lab.engine.runUntil(SECOND);
    const [arrival] = lab.c.arrivals;
    expect(arrival?.frame.tag).toBe(null);
    const bytes = emitFrame(arrival?.frame as EthernetFrame);
    expect(bytes).toHaveLength(60);
    expect([...bytes.slice(12, 14)]).toEqual([0x88, 0xb5]);
  });

  test('priority survives a trunk; a priority tag means the native VLAN', () => {
    const lab = lan({ ports });
    const [c, , , trunk, all] = lab.stations as RecordingStation[] as [
      RecordingStation,
      unknown,
      unknown,
      RecordingStation,
      RecordingStation,
    ];
    trunk.send(withTag(trunk.frame(), vlanTag(200, 5)));
    c.send(withTag(c.frame(), vlanTag(0, 6)));
    lab.engine.runUntil(SECOND);
    expect(all.arrivals.map(({ frame }) => [frame.tag?.vlan, frame.tag?.priority])).toEqual([
      [200, 5],
      [100, 6],
    ]);
    expect(lab.a.arrivals.map(({ frame }) => frame.tag)).toEqual([null]);
  });

  test('a VLAN that the port does not carry is dropped before learning', () => {
    const lab = lan({ ports });
    const trunk = lab.stations[3] as RecordingStation;
    trunk.send(withTag(trunk.frame(), vlanTag(300)));
    lab.c.send(withTag(lab.c.frame(), vlanTag(200)));
    lab.engine.runUntil(SECOND);
    expect(counts(lab)).toEqual([0, 0, 0, 0, 0]);
    expect(lab.sw.entries()).toEqual([]);
  });

  test('one address in two VLANs is two entries and no move', () => {
    const lab = lan({ ports });
    const [c, , b] = lab.stations as [RecordingStation, unknown, RecordingStation];
    c.send(c.frame());
    b.send(rawFrame(BROADCAST_MAC, c.mac, 0x88b5, new Uint8Array(46)));
    lab.engine.runUntil(SECOND);
    expect(lab.sw.entries().map(({ vlan, port }) => [vlan, port])).toEqual([
      [100, 0],
      [200, 2],
    ]);
    expect(lab.trace.filter('cam.moved')).toEqual([]);
  });

  test('inner tags survive, and a service tag is payload to a customer bridge', () => {
    const lab = lan({ ports });
    const [c, , , trunk] = lab.stations as [RecordingStation, unknown, unknown, RecordingStation];
    const double: EthernetFrame = { ...c.frame(BROADCAST_MAC), tag: vlanTag(100), innerTags: [vlanTag(7)] };
    trunk.send({ ...double, source: trunk.mac });
    c.send({ ...c.frame(), tag: vlanTag(9, 0, false, 0x88a8) });
    lab.engine.runUntil(SECOND);
    expect(c.arrivals.map(({ frame }) => frame.tag?.vlan)).toEqual([7]);
    expect(trunk.arrivals.map(({ frame }) => [frame.tag?.vlan, frame.innerTags[0]?.vlan])).toEqual([
      [100, 9],
    ]);
  });
});

describe('wrong designs', () => {
  test.each([
    [{ ports: ['p1', 'p1'] }, /same name/],
    [{ ports: [{ name: 'p1', vlan: 0 }] }, /not a VLAN/],
    [{ ports: [{ name: 'p1', tagged: [4095] }] }, /not a VLAN/],
    [{ ports: ['p1'], ageing: 0 }, /ageing/],
    [{ ports: ['p1'], capacity: -1 }, /capacity/],
    [{ ports: ['p1'], latency: 0.5 }, /latency/],
    [{ ports: ['p1'], staticEntries: [{ mac: macAddress(5), port: 'p9' }] }, /no port 'p9'; it has p1/],
  ] satisfies [SwitchOptions, RegExp][])('%j', (options, message) => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    expect(() => new Switch(engine, new Trace(engine), 'sw', options)).toThrow(message);
  });
});
