import { describe, expect, test } from 'vitest';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { SaidByClient, silentClient } from './client-events.fixture.js';
import { clientOutageWithin } from './client-outage-within.js';
import { watchedRun } from './property-run.fixture.js';

const DESIGN = silentClient(pairDesign(150, 100));
const said = (within: `${number}s` = '2s'): SaidByClient =>
  new SaidByClient(DESIGN, [clientOutageWithin(within)]);

test('is violated a nanosecond after the span, reckoned from the sending of what was lost', () => {
  const client = said().at(3000).result('ok', 2900).at(4000).result('timeout', 3000);
  expect(client.at(5000).violations).toEqual([]);
  expect(client.at(5000.000_001).violations).toEqual([
    {
      property: 'client-outage-within-2s',
      message: 'c1 is without service of 192.168.1.100:5432 for longer than 2.00 s',
    },
  ]);
});

test('ends with an answer to something that was sent later, not with a late one to something earlier', () => {
  const ended = said().at(3000).result('ok', 2900).at(4000).result('timeout', 3000);
  expect(ended.result('ok', 3999).at(9000).violations).toEqual([]);
  const late = said().at(3000).result('ok', 2900).at(4000).result('timeout', 3000).result('ok', 2950);
  expect(late.at(9000).violations).toHaveLength(1);
});

test('what is found lost after later attempts were answered lasted only until these', () => {
  const short = said('1s').at(3000).result('ok', 2900).at(3300).result('ok', 3299);
  expect(short.at(60_000).result('timeout', 3000).at(70_000).violations).toEqual([]);
  const long = said('1s').at(3000).result('ok', 2900).at(4002).result('ok', 4001);
  expect(long.at(5000).result('timeout', 3000).violations).toHaveLength(1);
  // An answer between the two ends it.
  const between = said('1s').at(3000).result('ok', 2900).at(4002).result('ok', 4001).result('ok', 3500);
  expect(between.at(5000).result('timeout', 3000).violations).toEqual([]);
});

test('an earlier attempt that is found lost later lengthens it', () => {
  const client = said().at(3000).result('ok', 2900).at(4000).result('refused', 3900).result('timeout', 3000);
  expect(client.at(5001).violations).toHaveLength(1);
});

test('what fails before the first answer is no outage', () => {
  expect(said().at(2000).result('timeout', 1000).at(9000).violations).toEqual([]);
});

describe('a UDP client of a pair whose owner loses power', () => {
  // 3.6 s without an owner; asked every 200 ms.
  const design = {
    ...pairDesign(150, 100),
    schedule: [{ at: '10s', do: 'power-off', node: 'n1' }],
    duration: '30s',
  } as const;

  test('is out as long as the report says', () => {
    expect(watchedRun(design, [clientOutageWithin('3300ms')]).violations).toEqual([]);
    const [violation] = watchedRun(design, [clientOutageWithin('2s')]).violations;
    expect(violation?.at).toBeGreaterThan(12e9);
    expect(violation?.at).toBeLessThan(12.3e9);
  });
});
