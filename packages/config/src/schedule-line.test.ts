import { type ActionDesign, DiagnosticError, type DurationText } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACTION_NAMES,
  formatScheduleLine,
  parseScheduleLine,
  SCHEDULE_LINE_EXAMPLES,
  tryParseScheduleLine,
} from './schedule-line.js';

describe('a line of the schedule', () => {
  test.each<[string, ActionDesign]>([
    ['10s power-off n1', { at: '10s', do: 'power-off', node: 'n1' }],
    ['  1.5s   stop n1 haproxy ', { at: '1.5s', do: 'stop', node: 'n1', daemon: 'haproxy' }],
    ['10s unplug n1:eth1', { at: '10s', do: 'unplug', node: 'n1', interface: 'eth1' }],
    [
      '10s one-way-loss n1 -> n2 only=vrrp',
      { at: '10s', do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrrp' },
    ],
    ['10s set-loss n1 5%', { at: '10s', do: 'set-loss', node: 'n1', loss: '5%' }],
    [
      '10s script-result n1 chk bad',
      { at: '10s', do: 'script-result', node: 'n1', script: 'chk', good: false },
    ],
    ['0s clock-drift n1 -200ppm', { at: '0s', do: 'clock-drift', node: 'n1', ppm: -200 }],
    [
      '10s arping n1 192.168.1.100 3',
      { at: '10s', do: 'arping', node: 'n1', address: '192.168.1.100', count: 3 },
    ],
    ['4s lose-next n2 vrrp', { at: '4s', do: 'lose-next', node: 'n2', only: 'vrrp' }],
    ['10s drop-multicast', { at: '10s', do: 'drop-multicast' }],
    ['10s stop daemon=client node=c1', { at: '10s', do: 'stop', daemon: 'client', node: 'c1' }],
    ['10s carp-state fw1 master', { at: '10s', do: 'carp-state', node: 'fw1', state: 'master' }],
    ['10s carp-state fw1 backup 7', { at: '10s', do: 'carp-state', node: 'fw1', state: 'backup', vhid: 7 }],
    ['10s carp-demote fw1', { at: '10s', do: 'carp-demote', node: 'fw1' }],
    ['10s carp-demote fw1 -240', { at: '10s', do: 'carp-demote', node: 'fw1', by: -240 }],
    ['10s carp-demote fw1 1 egress', { at: '10s', do: 'carp-demote', node: 'fw1', by: 1, group: 'egress' }],
    [
      '10s set-sysctl fw1 net.inet.carp.preempt 1',
      { at: '10s', do: 'set-sysctl', node: 'fw1', sysctl: 'net.inet.carp.preempt', value: 1 },
    ],
    ['10s interface-down fw1:carp0', { at: '10s', do: 'interface-down', node: 'fw1', interface: 'carp0' }],
    [
      '14s send-errors fw1:em0 off',
      { at: '14s', do: 'send-errors', node: 'fw1', interface: 'em0', failing: false },
    ],
    ['10s signal n1 ucarp SIGUSR2', { at: '10s', do: 'signal', node: 'n1', daemon: 'ucarp', signal: 'USR2' }],
    [
      '10s add-address fw1:em0 192.0.2.9/32 vhid=1',
      { at: '10s', do: 'add-address', node: 'fw1', interface: 'em0', address: '192.0.2.9/32', vhid: 1 },
    ],
  ])('%s', (line, action) => {
    expect(tryParseScheduleLine(line)).toEqual(action);
  });

  test.each([
    ['', /not an instant/],
    ['10 power-off n1', /not an instant with its unit/],
    ['power-off n1', /'power-off' is not an instant/],
    ['10s power-of n1', /did you mean power-off/],
    ['10s', /unknown action ''/],
    ['10s constructor n1', /unknown action/],
    ['10s power-off', /needs its node: for example/],
    ['10s power-off n1 n2', /'n2' is too much/],
    ['10s script-result n1 chk maybe', /good or bad/],
    ['10s set-delay n1 soon', /not a duration/],
    ['10s clock-drift n1 fast', /not a number of ppm/],
    ['10s stop n1 colour=red', /knows no 'colour='/],
    ['10s carp-state fw1', /needs its state: for example/],
    ['10s carp-state fw1 slave', /'slave' is no state: one of init backup master/],
    ['10s carp-state fw1 master one', /'one' is not a number/],
    ['10s carp-demote fw1 much', /'much' is not a number/],
    ['10s set-sysctl fw1 net.inet.carp.allow', /needs its value/],
    ['10s signal n1 ucarp HUP', /'HUP' is no signal: one of USR1 USR2/],
    ['10s send-errors fw1 maybe', /sending fails or works/],
  ])('%j is refused', (line, message) => {
    const parsed = tryParseScheduleLine(line);
    expect('error' in parsed ? parsed.error : '').toMatch(message);
  });

  test('that is wrong throws a diagnostic that names the option', () => {
    expect(() => parseScheduleLine('10s power-of n1')).toThrow(DiagnosticError);
    expect(() => parseScheduleLine('10s power-of n1')).toThrow(/^--at:1:1: unknown action/);
  });

  test('exists for every action', () => {
    expect(SCHEDULE_LINE_EXAMPLES.map((line) => parseScheduleLine(line).do)).toEqual(ACTION_NAMES);
  });

  test('of any kind is printed and read back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...SCHEDULE_LINE_EXAMPLES),
        fc.record(
          {
            interface: fc.constantFrom('eth0', 'bond0.7'),
            only: fc.constantFrom('vrrp', 'arp'),
            daemon: fc.constant('haproxy'),
          },
          { requiredKeys: [] },
        ),
        (line, extra) => {
          const action = { ...parseScheduleLine(line), ...extra } as ActionDesign & { at: DurationText };
          expect(parseScheduleLine(formatScheduleLine(action))).toEqual(action);
        },
      ),
    );
  });

  test('of any garbage gives an error and does not throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('', ...ACTION_NAMES), (garbage, verb) => {
        expect(tryParseScheduleLine(`1s ${verb} ${garbage}`)).toBeTypeOf('object');
      }),
    );
  });
});
