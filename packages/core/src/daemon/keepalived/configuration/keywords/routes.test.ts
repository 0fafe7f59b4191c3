import { expect, test } from 'vitest';
import { briefly, readInstance } from '../testing/read-instance.js';

const complaints = (block: string, line: string): string[] =>
  briefly(readInstance(`${block} {\n${line}\n}`).diagnostics).filter(
    (each) => !each.includes('conf/not-modelled'),
  );

test.each<[string, string[]]>([
  ['10.0.0.0/24 via 192.168.1.1 dev eth0', []],
  ['10.0.0.0/24 via 192.168.1.1 no_track', []],
  [
    '10.0.0.0/24 via 192.168.1.1',
    ['error conf/route-not-tracked: a route without an interface cannot be tracked'],
  ],
  ['default gw 192.168.1.1 dev eth0', ['error conf/deprecated: gw is now via in a route']],
])('route %j', (line, expected) => {
  expect(complaints('virtual_routes', line)).toEqual(expected);
});

test.each<[string, string[]]>([
  ['from 10.0.0.0/24 table 1 preference 5', []],
  ['from all lookup 1 preference 5', []],
  ['from 10.0.0.0/24 table 1', ['error conf/rule-without-preference: a rule without a preference']],
  ['to 10.0.0./24 preference 5', ["error conf/bad-address: '10.0.0./24' is not an IP address"]],
])('rule %j', (line, expected) => {
  expect(complaints('virtual_rules', line)).toEqual(expected);
});

test('that they are not modelled is said', () => {
  expect(briefly(readInstance('virtual_routes {\n10.0.0.0/24 dev eth0\n}').diagnostics)).toEqual([
    'warning conf/not-modelled: virtual_routes matters here and is not modelled',
  ]);
});
