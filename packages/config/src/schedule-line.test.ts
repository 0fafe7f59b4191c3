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
