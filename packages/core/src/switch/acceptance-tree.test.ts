import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import { type Bpdu, bpduFrame, configBpdu, macAddress, rstBpdu, TCN_BPDU } from '../wire/index.js';
import { BridgedLan } from './spanning-tree/bridged-lan.testing.js';

const RIVAL = macAddress('02:00:00:00:00:01');
const rival = (priority: number) => ({
  root: { priority, mac: RIVAL },
  rootPathCost: 0,
  bridge: { priority, mac: RIVAL },
  portId: 0x8001,
  messageAge: 0,
  maxAge: 20 * 256,
  helloTime: 2 * 256,
  forwardDelay: 15 * 256,
});

/** One bridge with h1, and another station where h2 of a second bridge would be: at the far end of a cable. */
const single = (tree: object, protocol: 'stp' | 'rstp' = 'stp') =>
  new BridgedLan(1, [], { protocol, ports: { 'sw1:h1': { tree } } });

describe.each(['stp', 'rstp'] as const)('%s: a port towards a host', (protocol) => {
  test('without edge: learns from 15 s, forwards from 30 s (case 11)', () => {
    const lan = new BridgedLan(2, [[1, 2]], { protocol });
    const sent: number[] = [];
    for (let ping = 0; ping < 320; ping++) {
      lan.at(ping * 100 * MILLISECOND);
      const station = lan.station(1);
      station.send(station.frame(undefined, 60, ping));
      sent.push(lan.engine.now);
    }
    lan.at(40 * SECOND);
    const learned = lan.events('cam.learned').find(({ node, port }) => node === 'sw1' && port === 'h1');
    // The ping of 15.0 s arrives 500 ns after the port has begun to learn.
    expect(learned?.time).toBe(15 * SECOND + 500);
    const [first] = lan.station(2).numbers.filter((number) => number >= 0);
    expect(first).toBe(300);
    expect(lan.story('sw1:h1').map((line) => line.replace('discarding', 'listening'))).toEqual([
      '0 designated listening',
      '15 designated learning',
      '30 designated forwarding',
    ]);
  });

  test('an edge port forwards at once', () => {
    const lan = single({ edge: true }, protocol).at(1);
    expect(lan.forwards('sw1:h1')).toBe(true);
    // No part of the topology: its coming and going is no change.
    lan.at(40 * SECOND).drops[0]?.unplug();
    lan.at(50 * SECOND).drops[0]?.plug();
    lan.at(51 * SECOND);
    expect(lan.forwards('sw1:h1')).toBe(true);
    expect(lan.events('stp.topology-change')).toEqual([]);
  });

  test('an edge port that hears a BPDU is one no longer, and waits its time', () => {
    const lan = single({ edge: true }, protocol).at(10 * SECOND);
    lan.station(1).send(bpduFrame(RIVAL, configBpdu(rival(0xf000))));
    lan.at(10 * SECOND + MILLISECOND);
    // 802.1D starts again; rapid spanning tree lets a port that forwards go on until its neighbour is the better one.
    if (protocol === 'stp') expect(lan.story('sw1:h1').at(-1)).toBe('10.0000005 designated listening');
    lan.station(1).send(bpduFrame(RIVAL, configBpdu(rival(0))));
    lan.at(20 * SECOND);
    lan.drops[0]?.unplug();
    lan.at(21 * SECOND).drops[0]?.plug();
    lan.at(21 * SECOND + MILLISECOND);
    // With the cable it forgets what it has heard.
    expect(lan.forwards('sw1:h1')).toBe(true);
  });

  test('with a guard a BPDU shuts it, until somebody sets it up', () => {
    const lan = single({ edge: true, bpduGuard: true }, protocol).at(10 * SECOND);
    lan.station(1).send(bpduFrame(RIVAL, TCN_BPDU));
    lan.at(11 * SECOND);
    expect(lan.events('switch.err-disabled')).toMatchObject([{ port: 'h1', reason: 'bpdu-guard' }]);
    expect(lan.bridge(1).port('h1').isUp).toBe(false);
    expect(lan.station(1).carriers.map(({ up }) => up)).toEqual([false]);
    lan
      .at(400 * SECOND)
      .bridge(1)
      .port('h1')
      .setAdmin(true);
    lan.at(401 * SECOND);
    expect(lan.forwards('sw1:h1')).toBe(true);
  });
});

describe('what only one of them does', () => {
  test('rstp, edge auto: 3 s without a BPDU', () => {
    const lan = single({ edge: 'auto' }, 'rstp').at(4 * SECOND);
    expect(lan.story('sw1:h1').filter((line) => line.endsWith('forwarding'))).toEqual([
      '3 designated forwarding',
    ]);
    const slow = single({ edge: 'auto' }, 'stp').at(31 * SECOND);
    expect(slow.story('sw1:h1').filter((line) => line.endsWith('forwarding'))).toEqual([
      '30 designated forwarding',
    ]);
  });

  test('rstp between switches: two ends that agree forward within a round trip', () => {
    const lan = new BridgedLan(2, [[1, 2]]).at(SECOND);
    expect(lan.story('sw2:sw1').at(-1)).toBe('5e-7 root forwarding');
    expect(lan.story('sw1:sw2').at(-1)).toBe('0.000001 designated forwarding');
  });

  test('rstp, a better root by a new cable: ports with hosts that are no edge are blocked for 30 s, edge ports are not', () => {
    const ports = { 'sw2:h2': { tree: { edge: false } }, 'sw1:h1': { tree: { edge: true } } };
    const lan = new BridgedLan(
      3,
      [
        [1, 2],
        [2, 3],
      ],
      { ports: { ...ports, 'sw3:h3': { tree: { edge: true } } } },
    );
    lan
      .at(45 * SECOND)
      .trunk(1)
      .unplug();
    lan
      .at(50 * SECOND)
      .trunk(1)
      .plug();
    lan.at(100 * SECOND);
    // sw2 had become root of its part, with worse news for its ports: the proposal of sw1 has it block them.
    expect(lan.story('sw2:h2').filter((line) => Number(line.split(' ')[0]) > 40)).toEqual([
      '50.0000005 designated discarding',
      '65.0000005 designated learning',
      '80.0000005 designated forwarding',
    ]);
    expect(lan.story('sw3:h3').filter((line) => Number(line.split(' ')[0]) > 40)).toEqual([]);
  });

  test('stp between switches: 30 s', () => {
    const lan = new BridgedLan(2, [[1, 2]], { protocol: 'stp' }).at(31 * SECOND);
    expect(lan.story('sw2:sw1').at(-1)).toBe('30 root forwarding');
  });
});

describe('who is root, and which way', () => {
  test.each(['stp', 'rstp'] as const)(
    '%s: the lowest priority, then the lowest address; the cheapest way',
    (protocol) => {
      const triangle = [
        [1, 2],
        [2, 3],
        [1, 3],
      ] as const;
      const plain = new BridgedLan(3, triangle, { protocol }).at(50 * SECOND);
      expect(plain.events('stp.root').at(-1)).toMatchObject({ root: '02:0b:00:00:01:00', priority: 0x8000 });
      expect(plain.blocked()).toEqual(['sw3:sw2']);
      const third = new BridgedLan(3, triangle, {
        protocol,
        tree: (bridge) => ({ priority: bridge === 3 ? 0x1000 : 0x8000 }),
      }).at(50 * SECOND);
      expect(third.events('stp.root').at(-1)).toMatchObject({ root: '02:0b:00:00:03:00', priority: 0x1000 });
      expect(third.blocked()).toEqual(['sw2:sw1']);
      const costly = new BridgedLan(3, triangle, {
        protocol,
        ports: { 'sw3:sw1': { tree: { cost: 100_000 } } },
      });
      expect(costly.at(50 * SECOND).blocked()).toEqual(['sw3:sw1']);
    },
  );

  test.each([
    ['stp', 10_000, 2],
    ['stp', 1000, 5],
    ['stp', 100, 19],
    ['stp', 10, 100],
    ['rstp', 10_000, 2000],
    ['rstp', 1000, 20_000],
    ['rstp', 100, 200_000],
    ['rstp', 10, 2_000_000],
  ] as const)('%s: a cable of %d Mbit/s costs %d', (protocol, megabits, cost) => {
    const lan = new BridgedLan(2, [[1, 2]], {
      protocol,
      link: { delay: 500, bandwidth: megabits * 1_000_000 },
    });
    lan.at(SECOND);
    expect(lan.events('stp.root').findLast(({ node }) => node === 'sw2')?.cost).toBe(cost);
  });

  test.each(['stp', 'rstp'] as const)(
    '%s: of two parallel cables the lower port of the root; port priority decides first',
    (protocol) => {
      const parallel = [
        [1, 2],
        [1, 2],
      ] as const;
      expect(new BridgedLan(2, parallel, { protocol }).at(50 * SECOND).blocked()).toEqual(['sw2:sw1.2']);
      const lan = new BridgedLan(2, parallel, {
        protocol,
        ports: { 'sw1:sw2.2': { tree: { priority: 64 } } },
      });
      expect(lan.at(50 * SECOND).blocked()).toEqual(['sw2:sw1']);
    },
  );

  test('what the standard does not allow is refused', () => {
    const make =
      (tree: object, port: object = {}) =>
      () =>
        new BridgedLan(1, [], { tree: () => tree, ports: { 'sw1:h1': { tree: port } } });
    expect(make({ priority: 100 })).toThrow('steps of 4096');
    expect(make({ forwardDelay: SECOND })).toThrow('2 to 30 s');
    expect(make({}, { priority: 5 })).toThrow('steps of 16');
    expect(make({}, { cost: 0 })).toThrow('path cost');
  });
});

describe('failures', () => {
  test('stp, a neighbour that falls silent: 20 s until it is believed gone, and 30 s until the other way is open', () => {
    const lan = new BridgedLan(
      3,
      [
        [1, 2],
        [2, 3],
        [1, 3],
      ],
      { protocol: 'stp' },
    ).at(60 * SECOND);
    const trunk = lan.trunk(1);
    // sw2 loses its root without a loss of carrier; sw3 knows another way, behind a port that it blocks.
    trunk.cutOneWay(trunk.aToB);
    trunk.cutOneWay(trunk.bToA);
    lan.at(120 * SECOND);
    const story = lan.story('sw3:sw2').filter((line) => Number(line.split(' ')[0]) > 60);
    const opened = Number(story.find((line) => line.endsWith('forwarding'))?.split(' ')[0]);
    expect(opened - 60).toBeGreaterThan(47);
    expect(opened - 60).toBeLessThan(50.5);
  });

  test('rstp, a neighbour that falls silent: three hellos, and the other way is open at once', () => {
    const lan = new BridgedLan(3, [
      [1, 2],
      [2, 3],
      [1, 3],
    ]).at(60 * SECOND + 100 * MILLISECOND);
    const trunk = lan.trunk(1);
    trunk.cutOneWay(trunk.aToB);
    trunk.cutOneWay(trunk.bToA);
    lan.at(120 * SECOND);
    const opened = lan.story('sw3:sw2').findLast((line) => line.endsWith('designated forwarding'));
    // The last hello was that of 60.0 s: 3 x 2 s.
    expect(Number(opened?.split(' ')[0])).toBeCloseTo(66, 2);
  });

  test('rstp, a cable that is pulled: the alternate port takes over within microseconds', () => {
    const lan = new BridgedLan(3, [
      [1, 2],
      [2, 3],
      [1, 3],
    ]).at(60 * SECOND);
    lan.trunk(3).unplug();
    lan.at(61 * SECOND);
    expect(lan.story('sw3:sw2').at(-1)).toBe('60 root forwarding');
  });
});

describe('topology changes', () => {
  test('stp: while the root says so addresses live 15 s, so one that is silent since the change is gone then (case 13)', () => {
    const lan = new BridgedLan(2, [[1, 2]], {
      protocol: 'stp',
      ports: { 'sw1:h1': { tree: { edge: true } } },
    });
    lan.at(100 * SECOND);
    lan.station(1).send(lan.station(1).frame());
    lan.at(100 * SECOND + MILLISECOND);
    const learned = lan.engine.now - MILLISECOND + 500;
    // A host port of the other bridge flaps: its going is a change, and sw2 tells the root.
    lan.drops[1]?.unplug();
    lan.at(120 * SECOND);
    const gone = lan
      .events('cam.forgotten')
      .filter(({ time, reason }) => time > 100 * SECOND && reason === 'aged');
    expect(gone.map(({ node, port, time }) => [node, port, time])).toEqual([
      ['sw1', 'h1', learned + 15 * SECOND],
      ['sw2', 'sw1', learned + 500 + 15 * SECOND],
    ]);
  });

  test('stp: what has been silent for longer than 15 s is gone at once; after 35 s addresses live 300 s again', () => {
    const lan = new BridgedLan(2, [[1, 2]], {
      protocol: 'stp',
      ports: { 'sw1:h1': { tree: { edge: true } } },
    });
    lan.at(100 * SECOND);
    lan.station(1).send(lan.station(1).frame());
    lan.at(130 * SECOND);
    expect(lan.bridge(1).entries()).toHaveLength(1);
    lan.drops[1]?.unplug();
    lan.at(131 * SECOND);
    expect(lan.bridge(1).entries()).toHaveLength(0);
    lan.at(160 * SECOND);
    lan.station(1).send(lan.station(1).frame());
    // The change ends 35 s after 130.0: at 165 s this entry is 5 s old, and lives to 460 s.
    lan.at(459 * SECOND);
    expect(lan.bridge(1).entries()).toHaveLength(1);
    lan.at(461 * SECOND);
    expect(lan.bridge(1).entries()).toHaveLength(0);
  });

  test('stp: the notification goes up until it is acknowledged, and the root tells everybody for 35 s', () => {
    const lan = new BridgedLan(
      3,
      [
        [1, 2],
        [2, 3],
      ],
      { protocol: 'stp' },
    ).at(100 * SECOND);
    const seen: string[] = [];
    lan.trace.frames = {
      onFrame: (time, port, fate, frame) => {
        const bpdu = (frame as { payload: Bpdu | { kind: 'raw' } }).payload;
        if (fate !== 'delivered' || bpdu.kind !== 'bpdu' || port.includes(':h')) return;
        const flags =
          bpdu.message === 'config'
            ? `${bpdu.topologyChange ? ' change' : ''}${bpdu.topologyChangeAck ? ' ack' : ''}`
            : '';
        if (bpdu.message === 'tcn' || flags !== '')
          seen.push(`${Math.floor(time / SECOND)} ${port} ${bpdu.message}${flags}`);
      },
    };
    lan.drops[2]?.unplug();
    lan.at(140 * SECOND);
    expect(seen.filter((line) => line.includes('tcn'))).toEqual(['100 sw2:sw3 tcn', '100 sw1:sw2 tcn']);
    expect(seen.filter((line) => line.includes('ack')).map((line) => line.split(' ')[1])).toEqual(
      expect.arrayContaining(['sw3:sw2', 'sw2:sw1']),
    );
    const told = seen.filter((line) => line.includes('change') && line.includes('sw3:sw2'));
    expect(told.length).toBeGreaterThanOrEqual(17);
    expect(Number(told.at(-1)?.split(' ')[0])).toBeGreaterThanOrEqual(134);
    expect(Number(told.at(-1)?.split(' ')[0])).toBeLessThanOrEqual(136);
  });

  test('rstp: all but the port it came from and the edge ports forget at once (case 13)', () => {
    const lan = new BridgedLan(
      3,
      [
        [1, 2],
        [2, 3],
      ],
      {
        ports: { 'sw1:h1': { tree: { edge: true } }, 'sw2:h2': { tree: { edge: false } } },
      },
    ).at(100 * SECOND);
    for (const number of [1, 2, 3]) {
      const station = lan.station(number);
      station.send(station.frame());
      lan.at(lan.engine.now + MILLISECOND);
    }
    // h3's port is no edge: that it comes back, after 30 s, is a change.
    lan.drops[2]?.unplug();
    lan.at(lan.engine.now + SECOND).drops[2]?.plug();
    lan.at(lan.engine.now + 31 * SECOND);
    const flushed = lan
      .events('cam.forgotten')
      .filter(({ time, reason }) => time > 100 * SECOND && reason === 'topology-change')
      .map(({ node, port, mac }) => `${node}:${port} ${mac.slice(-2)}`);
    expect(flushed).toEqual(['sw3:sw2 01', 'sw3:sw2 02', 'sw2:h2 02', 'sw2:sw1 01']);
    // The edge port of sw1 keeps what it knows, and so does each port from which the news came.
    expect(
      lan
        .bridge(1)
        .entries()
        .map(({ mac }) => mac),
    ).toContain(lan.station(1).mac);
  });
});

describe('old and new side by side', () => {
  test('a rapid bridge speaks the old protocol where it hears it, and both find a tree', () => {
    const lan = new BridgedLan(
      3,
      [
        [1, 2],
        [2, 3],
        [1, 3],
      ],
      {
        bridge: (number) => ({ spanningTree: { protocol: number === 2 ? 'stp' : 'rstp' } }),
      },
    ).at(100 * SECOND);
    expect(lan.blocked()).toHaveLength(1);
    for (const number of [1, 2, 3]) expect(lan.copies(number).reduce((sum, copies) => sum + copies)).toBe(2);
    const heard: string[] = [];
    lan.trace.frames = {
      onFrame: (_time, port, fate, frame) => {
        const bpdu = (frame as { payload: Bpdu | { kind: 'raw' } }).payload;
        if (fate === 'delivered' && bpdu.kind === 'bpdu') heard.push(`${port} ${bpdu.message}`);
      },
    };
    lan.at(110 * SECOND);
    expect(heard).toContain('sw2:sw1 config');
    expect(heard).toContain('sw3:sw1 rst');
  });

  test('hostile BPDUs settle nothing and break nothing', () => {
    for (const protocol of ['stp', 'rstp'] as const) {
      const lan = new BridgedLan(2, [[1, 2]], { protocol }).at(40 * SECOND);
      const extreme = { messageAge: 0xffff, maxAge: 0xffff, helloTime: 0, forwardDelay: 0 };
      for (const times of [
        extreme,
        { ...extreme, messageAge: 0, maxAge: 0 },
        { ...extreme, messageAge: 0 },
      ]) {
        for (const role of ['unknown', 'alternate', 'root', 'designated'] as const) {
          lan.station(1).send(bpduFrame(RIVAL, rstBpdu({ ...rival(0), ...times }, { role, proposal: true })));
          lan.station(1).send(bpduFrame(RIVAL, configBpdu({ ...rival(0), ...times })));
          lan.at(lan.engine.now + SECOND);
        }
      }
      const before = lan.trace.events.length;
      lan.drops[0]?.unplug();
      lan.at(lan.engine.now + 100 * SECOND);
      expect(lan.events('stp.root').at(-1)).toMatchObject({ root: '02:0b:00:00:01:00' });
      expect(lan.trace.events.length - before).toBeLessThan(200);
      expect(lan.forwards('sw1:sw2') && lan.forwards('sw2:sw1')).toBe(true);
    }
  });
});
