import { describe, expect, test } from 'vitest';
import { at, HandMadeTrace, pairFacts, powerOffStory, READ, WRITE } from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';

describe('the report', () => {
  const { events, facts } = powerOffStory();
  const report = reportOf(events, facts);

  test('is asked by name', () => {
    expect(report.vip(WRITE).handovers.map(({ from, to, cause }) => [from, to, cause?.action])).toEqual([
      ['n1', 'n2', 'power-off'],
      ['n2', 'n1', 'power-on'],
    ]);
    expect(report.vip(READ).handovers).toEqual([]);
    expect(report.switch('sw1').moves).toEqual([]);
  });

  test('an unknown name throws and names the near ones', () => {
    expect(() => report.vip('192.168.1.110')).toThrow(
      /no VIP '192.168.1.110' in this run, did you mean 192.168.1.100\?/,
    );
    expect(() => report.client('n1')).toThrow(
      /no client 'n1' in this run, did you mean c1\? \(there are c1\)/,
    );
    expect(() => report.switch('core-7')).toThrow(RangeError);
    expect(() => reportOf([], pairFacts({ vips: [], clients: [] })).vip(WRITE)).toThrow(/the run has none/);
  });

  test('moves and alarms of a switch', () => {
    const trace = new HandMadeTrace().add(5, 'cam.moved', 'sw1', { vlan: 1, mac: 'm', from: 'n1', to: 'n2' });
    trace.add(6, 'cam.alarm', 'sw1', {
      profile: 'nxos',
      vlan: 1,
      mac: 'm',
      moves: 5,
      action: 'log',
      line: '%L2FM-4',
    });
    trace.add(7, 'cam.moved', 'sw2', { vlan: 1, mac: 'm', from: 'n2', to: 'n1' });
    const sw1 = reportOf(trace.events, pairFacts()).switch('sw1');
    expect(sw1.moves).toEqual([{ at: 5, vlan: 1, mac: 'm', from: 'n1', to: 'n2' }]);
    expect(sw1.alarms).toMatchObject([{ at: 6, profile: 'nxos', line: '%L2FM-4' }]);
  });

  test('ARP changes of a client name the owner of the MAC, unless several share it', () => {
    expect(
      report
        .client('c1')
        .arpChanges.filter(({ address }) => address === WRITE)
        .map(({ at: time, owner }) => [time, owner]),
    ).toEqual([
      [at('3.4751125'), 'n1'],
      [at('13.0844875'), 'n2'],
      [at('28.5121125'), 'n1'],
    ]);
    const shared = { interface: 'eth0', address: WRITE, mac: '00:00:5e:00:01:33', op: 'request' as const };
    const trace = new HandMadeTrace()
      .add(1, 'arp.announced', 'n1', shared)
      .add(2, 'arp.announced', 'n2', shared);
    trace.add(3, 'arp.learned', 'c1', { interface: 'eth0', address: WRITE, mac: shared.mac, was: null });
    trace.add(4, 'arp.learned', 'c1', { interface: 'eth0', address: WRITE, mac: null, was: shared.mac });
    trace.add(5, 'arp.learned', 'c1', {
      interface: 'eth0',
      address: '10.0.0.1',
      mac: '02:00:00:00:01:01',
      was: null,
    });
    const changes = reportOf(trace.events, pairFacts()).client('c1').arpChanges;
    expect(changes.map(({ mac, owner }) => [mac, owner])).toEqual([
      [shared.mac, null],
      [null, null],
    ]);
  });

  test('an empty trace makes a report too', () => {
    const empty = reportOf([], pairFacts());
    expect(empty.vip(WRITE).owners).toEqual([{ from: 0, to: at('100'), kind: 'unowned', owners: [] }]);
    expect(empty.client('c1').outages).toEqual([]);
  });
});
