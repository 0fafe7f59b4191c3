import { describe, expect, test } from 'vitest';
import { digestOf, Engine, MILLISECOND, SECOND, SeededChoices, saveState } from '../engine/index.js';
import { Link } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import { macAddress, rawFrame } from '../wire/index.js';
import { BroadcastStormError } from './storm-guard.js';
import { Switch } from './switch.js';
import type { StormControlOptions, SwitchOptions } from './switch-options.js';

/** Two switches, two cables between them, a station at each. */
function loop(stormControl?: StormControlOptions, options: Partial<SwitchOptions> = {}) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  trace.record();
  const port = (name: string) => (stormControl === undefined ? name : { name, stormControl });
  const ports = ['edge', port('p1'), port('p2')];
  const [one, two] = ['sw1', 'sw2'].map((name) => new Switch(engine, trace, name, { ports, ...options })) as [
    Switch,
    Switch,
  ];
  const a = new RecordingStation(engine, 'a:eth0', 1);
  const b = new RecordingStation(engine, 'b:eth0', 2);
  new Link(engine, trace, 'la', a, one.port('edge'));
  new Link(engine, trace, 'lb', b, two.port('edge'));
  new Link(engine, trace, 'l1', one.port('p1'), two.port('p1'));
  new Link(engine, trace, 'l2', one.port('p2'), two.port('p2'));
  return { engine, trace, one, two, a, b };
}

describe('a loop without spanning tree', () => {
  test('one broadcast ends the run with the switch and the VLAN', () => {
    const { engine, a } = loop();
    a.send(a.frame());
    let storm: unknown;
    try {
      engine.runUntil(10 * SECOND);
    } catch (error) {
      storm = error;
    }
    expect(storm).toBeInstanceOf(BroadcastStormError);
    expect(storm).toMatchObject({ vlan: 1, switchName: expect.stringMatching(/^sw[12]$/) });
    expect(engine.now).toBeLessThan(SECOND);
  });

  test('storm control keeps each port to its budget per second, and the copies die', () => {
    const { engine, a, b } = loop({ broadcast: 100 });
    for (let second = 0; second < 3; second++) {
      a.send(a.frame());
      engine.runUntil((second + 1) * SECOND);
    }
    // Two trunk ports let in 100 each.
    for (const station of [a, b]) {
      expect(station.arrivals.length).toBeGreaterThan(300);
      expect(station.arrivals.length).toBeLessThanOrEqual(600);
    }
    expect(engine.queue.size).toBeLessThan(10);
  });

  test('storm control may shut the port instead', () => {
    const { engine, trace, one, a } = loop({ broadcast: 100, action: 'shutdown' });
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(trace.filter('switch.port').some(({ up }) => !up)).toBe(true);
    expect(one.port('edge').isUp).toBe(true);
    const before = a.arrivals.length;
    engine.runUntil(2 * SECOND);
    expect(a.arrivals.length).toBe(before);
  });

  test('each class has its own budget; spanning tree and known unicast have none', () => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    const stormControl = { broadcast: 1, multicast: 2, unknownUnicast: 3, window: 10 * MILLISECOND };
    const sw = new Switch(engine, new Trace(engine), 'sw', { ports: [{ name: 'p1', stormControl }, 'p2'] });
    const a = new RecordingStation(engine, 'a:eth0', 1);
    const b = new RecordingStation(engine, 'b:eth0', 2);
    new Link(engine, new Trace(engine), 'la', a, sw.port('p1'));
    new Link(engine, new Trace(engine), 'lb', b, sw.port('p2'));
    b.send(b.frame());
    engine.runUntil(MILLISECOND);
    const burst = (destination: string): number => {
      b.arrivals.length = 0;
      for (let count = 0; count < 10; count++) a.send(a.frame(macAddress(destination)));
      engine.runUntil(engine.now + MILLISECOND);
      return b.arrivals.length;
    };
    expect(burst('ff:ff:ff:ff:ff:ff')).toBe(1);
    expect(burst('01:00:5e:00:00:12')).toBe(2);
    expect(burst('02:00:00:00:00:99')).toBe(3);
    expect(burst('00:00:00:00:00:02')).toBe(10);
    expect(burst('01:80:c2:00:00:00')).toBe(10);
    expect(burst('ff:ff:ff:ff:ff:ff')).toBe(0);
    engine.runUntil(20 * MILLISECOND);
    expect(burst('ff:ff:ff:ff:ff:ff')).toBe(1);
  });
});

describe('the storm guard', () => {
  const single = (options: Partial<SwitchOptions>) => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    const trace = new Trace(engine);
    const sw = new Switch(engine, trace, 'sw', { ports: ['p1', 'p2'], ...options });
    const a = new RecordingStation(engine, 'a:eth0', 1);
    new Link(engine, trace, 'la', a, sw.port('p1'), { delay: 1 });
    return { engine, a };
  };
  const flood = ({ engine, a }: ReturnType<typeof single>, count: number, gap: number, number = 0): void => {
    for (let sent = 0; sent < count; sent++) {
      a.send(
        rawFrame(
          macAddress('ff:ff:ff:ff:ff:ff'),
          a.mac,
          0x88b5,
          Uint8Array.of(number + sent * Math.sign(number)),
        ),
      );
      engine.runUntil(engine.now + gap);
    }
  };

  test('so many look-alikes in the window and one more', () => {
    const lab = single({ stormGuard: { floods: 10, within: SECOND } });
    flood(lab, 10, MILLISECOND);
    expect(() => flood(lab, 1, MILLISECOND)).toThrow(
      /switch sw flooded what looks like one frame 11 times in VLAN 1/,
    );
  });

  test('slower ones, or frames that differ, are no storm', () => {
    flood(single({ stormGuard: { floods: 10, within: SECOND } }), 100, 101 * MILLISECOND);
    flood(single({ stormGuard: { floods: 10, within: SECOND } }), 60, MILLISECOND, 1);
  });

  test('it can be turned off, and its counters are no part of the situation', () => {
    flood(single({ stormGuard: null }), 5000, 1000);
    const lab = single({});
    flood(lab, 1, SECOND);
    lab.engine.runUntil(1000 * SECOND);
    const quiet = single({});
    quiet.engine.runUntil(1000 * SECOND);
    expect(digestOf(saveState(lab.engine))).toBe(digestOf(saveState(quiet.engine)));
  });
});
