import { fileURLToPath } from 'node:url';
import { MILLISECOND, SECOND } from '@viplab/core';
import { expect, test } from 'vitest';
import { dueAfter } from './observation.js';
import { readRecording } from './recording.js';
import { configuredInstances, vrrpIntervals } from './vrrp-intervals.js';

const u01 = readRecording(fileURLToPath(new URL('../recordings/u01', import.meta.url)));

test('what command lines of ucarp say: the backup takes over after three polls', () => {
  expect([...configuredInstances(u01)]).toMatchObject([
    ['n1 ucarp', { vrid: 1, priority: 0, advertInterval: 1, takeover: 3_000_003_000 }],
    ['n2 ucarp', { vrid: 1, priority: 100, advertInterval: 1, takeover: 4_170_003_000 }],
  ]);
});

test('5.14 s between the last advertisement and the new master, in every run', () => {
  const instances = configuredInstances(u01);
  for (const run of u01.runs) {
    const found = vrrpIntervals(run, instances).filter(
      ({ node, since }) => node === 'n2' && since === 'since_advert',
    );
    expect(found).toHaveLength(1);
    expect((found[0]?.length ?? 0) / SECOND).toBeCloseTo(5.14, 1);
  }
});

test('when a next advertisement is due: VRRP says it, of CARP it is worked out', () => {
  const row = { time: 0, vrid: 1, priority: 100, interval: 1 };
  expect(dueAfter(row)).toBe(SECOND);
  expect(dueAfter({ ...row, protocol: 'carp' })).toBe(1390 * MILLISECOND);
});
