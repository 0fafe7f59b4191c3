import { describe, expect, test } from 'vitest';
import { Engine, MILLISECOND, SECOND, SeededChoices } from '../engine/index.js';
import { Link } from '../link/index.js';
import { RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import { type MacAddress, rawFrame, virtualRouterMac } from '../wire/index.js';
import { MAC_MOVE_PROFILES, type MacMoveProfile, type MacMoveProfileName } from './mac-move-profiles.js';
import { Switch } from './switch.js';

const SHARED = virtualRouterMac(51);

/** Two masters at p2 and p3 advertise each second, the second one 200 ms later, for `seconds`. */
function dualMasters(macMove: MacMoveProfileName | MacMoveProfile, seconds: number, macs = [SHARED, SHARED]) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  trace.record();
  const sw = new Switch(engine, trace, 'sw', { ports: ['p1', 'p2', 'p3'], macMove });
  const stations = sw.ports.map((port, index) => {
    const station = new RecordingStation(engine, `h${index}:eth0`, index + 1);
    // One nanosecond of cable, so that instants read as in the table.
    new Link(engine, trace, `l${index}`, station, port, { delay: 1 });
    return station;
  }) as [RecordingStation, RecordingStation, RecordingStation];
  const [client, first, second] = stations;
  const advert = (station: RecordingStation, mac: MacAddress, at: number): void => {
    engine.runUntil(at - 1);
    station.send(rawFrame(0x0100_5e00_0012 as MacAddress, mac, 0x88b5, new Uint8Array(46)));
    engine.runUntil(at);
  };
  for (let tick = 1; tick <= seconds; tick++) {
    advert(first, macs[0] as MacAddress, tick * SECOND);
    advert(second, macs[1] as MacAddress, tick * SECOND + 200 * MILLISECOND);
  }
  return { engine, trace, sw, client, first, second, advert };
}

// The first advert is at 1 s here, so that everything lies 1 s later than with a first advert at 0.
const seconds = (times: readonly { time: number }[]): number[] => times.map(({ time }) => time / SECOND - 1);

describe('dual masters that share a virtual MAC', () => {
  test('each advert moves it', () => {
    const { trace } = dualMasters('junos-mx', 4);
    expect(seconds(trace.filter('cam.moved'))).toEqual(
      [0.2, 1, 1.2, 2, 2.2, 3, 3.2].map((time) => expect.closeTo(time, 9)),
    );
    expect(trace.filter('cam.alarm')).toEqual([]);
  });

  test('RFC 7432: the fifth move within 180 s raises the alarm and the entry freezes until it is cleared', () => {
    const { trace, sw, advert, first } = dualMasters('rfc-7432', 6);
    const alarms = trace.filter('cam.alarm');
    expect(seconds(alarms)).toEqual([expect.closeTo(2.2, 9)]);
    expect(alarms[0]).toMatchObject({
      profile: 'rfc-7432',
      moves: 5,
      mac: '00:00:5e:00:01:33',
      action: 'freeze-mac',
    });
    expect(trace.filter('cam.moved')).toHaveLength(5);
    expect(sw.entries()[0]?.port).toBe(2);
    sw.detector?.clear();
    advert(first, SHARED, 10 * SECOND);
    expect(sw.entries()[0]?.port).toBe(1);
  });

  test('Nexus 9000: the sixth move within 30 s stops learning in the VLAN for 120 s', () => {
    const { trace, sw, advert, second } = dualMasters('nexus-9000', 10);
    expect(seconds(trace.filter('cam.alarm'))).toEqual([expect.closeTo(3, 9)]);
    expect(trace.filter('cam.moved')).toHaveLength(6);
    expect(sw.entries()[0]?.port).toBe(1);
    // Frozen on the wrong port until 123.0 s (124 here), exactly.
    advert(second, SHARED, 124 * SECOND - 1);
    expect(sw.entries()[0]?.port).toBe(1);
    advert(second, SHARED, 124 * SECOND + 1);
    expect(sw.entries()[0]?.port).toBe(2);
    expect(trace.filter('cam.alarm').map(({ time, line }) => [time / SECOND, line])).toEqual([
      [4, expect.stringMatching(/mac 0000\.5e00\.0133 among ports p3 and p2 vlan 1/)],
      [124, expect.stringMatching(/Re-enabling dynamic learning on vlan 1/)],
    ]);
  });

  test('Nexus 9000: the address is learned nowhere else meanwhile, new ones not at all', () => {
    const { sw, advert, client } = dualMasters('nexus-9000', 10);
    advert(client, 0x42 as MacAddress, 20 * SECOND);
    expect(sw.entries()).toHaveLength(1);
  });

  test('Catalyst: log lines and nothing else', () => {
    const { trace } = dualMasters('catalyst', 3);
    expect(trace.filter('cam.alarm').map(({ line }) => line)).toEqual([
      '%SW_MATM-4-MACFLAP_NOTIF: Host 0000.5e00.0133 in vlan 1 is flapping between port p3 and port p2',
      '%SW_MATM-4-MACFLAP_NOTIF: Host 0000.5e00.0133 in vlan 1 is flapping between port p3 and port p2',
    ]);
    expect(trace.filter('cam.moved')).toHaveLength(5);
  });

  test.each([
    ['arista-eos', 5, 2.2, /Host 00:00:5e:00:01:33 in VLAN 1 is flapping/],
    ['huawei', 10, 5, /0000-5e00-0133, Original-Port = p3, Flapping port = p2/],
    ['comware', 4, 2, /0000-5e00-0133 in VLAN 1 has moved from port p3 to port p2 for 4 times/],
  ] as const)('%s: alarm at move %i, %f s', (profile, moves, at, line) => {
    const [alarm] = dualMasters(profile, 10).trace.filter('cam.alarm');
    expect(alarm).toMatchObject({ moves, line: expect.stringMatching(line) });
    expect(seconds([alarm as { time: number }])).toEqual([expect.closeTo(at, 9)]);
  });

  test('without a virtual MAC nothing ever moves', () => {
    const { trace } = dualMasters('rfc-7432', 20, [2, 3] as MacAddress[]);
    expect([trace.filter('cam.moved'), trace.filter('cam.alarm')]).toEqual([[], []]);
  });
});

describe('counting', () => {
  const base = { ...MAC_MOVE_PROFILES.catalyst, name: 'own', moves: 3 } as const;

  test('a sliding window forgets each move by itself', () => {
    // Moves at .2 1 1.2 2 2.2 ...: any 0.9 s hold two, any 1.001 s hold three.
    expect(dualMasters({ ...base, window: 900 * MILLISECOND }, 10).trace.filter('cam.alarm')).toEqual([]);
    const alarms = dualMasters({ ...base, window: 1001 * MILLISECOND }, 10).trace.filter('cam.alarm');
    expect(seconds(alarms)[0]).toBeCloseTo(1.2, 9);
  });

  test('an interval begins with a move and is counted out', () => {
    const own: MacMoveProfile = { ...base, counting: 'interval', window: 1500 * MILLISECOND };
    // Interval .2-1.7 has .2 1 1.2: alarm. The next begins at 2: 2 2.2 3.
    expect(seconds(dualMasters(own, 4).trace.filter('cam.alarm'))).toEqual([
      expect.closeTo(1.2, 9),
      expect.closeTo(3, 9),
    ]);
  });

  test('all addresses together, and learning stops everywhere', () => {
    const own: MacMoveProfile = { ...MAC_MOVE_PROFILES['nexus-5000'], moves: 4 };
    const { trace, sw, advert, client } = dualMasters(own, 5);
    expect(trace.filter('cam.alarm')).toHaveLength(1);
    advert(client, 0x42 as MacAddress, 20 * SECOND);
    expect(sw.entries()).toHaveLength(1);
    advert(client, 0x42 as MacAddress, 190 * SECOND);
    expect(sw.entries()).toHaveLength(2);
    expect(trace.filter('cam.alarm').map(({ action }) => action)).toEqual(['stop-learning', 'learn-again']);
  });

  test('a port is shut for the hold time', () => {
    const own: MacMoveProfile = { ...base, action: 'shutdown-port', hold: 60 * SECOND };
    const { engine, trace, sw, second, first } = dualMasters(own, 3);
    // The third move is the one to p3 at 1.2 s.
    expect(sw.port('p3').isUp).toBe(false);
    expect(sw.port('p2').isUp).toBe(true);
    expect(second.carriers.map(({ up }) => up)).toEqual([false]);
    expect(first.carriers).toEqual([]);
    engine.runUntil(100 * SECOND);
    expect(second.carriers.map(({ up }) => up)).toEqual([false, true]);
    expect(trace.filter('switch.port').map(({ port, up }) => [port, up])).toEqual([
      ['p3', false],
      ['p3', true],
    ]);
  });

  test('a switch without a detector moves and says nothing', () => {
    const engine = new Engine({ choices: new SeededChoices(1) });
    expect(new Switch(engine, new Trace(engine), 'sw', { ports: ['p1'] }).detector).toBe(null);
  });
});
