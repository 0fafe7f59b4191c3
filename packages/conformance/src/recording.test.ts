import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECOND } from '@viplab/core';
import { afterAll, describe, expect, test } from 'vitest';
import { advertSegments } from './advert-segments.js';
import { shippedFolders } from './command.js';
import { keyOf } from './observation.js';
import { RecordingError } from './recorded-json.js';
import { type Recording, readRecording } from './recording.js';
import { spreadOf } from './statistics.js';
import { configuredInstances, vrrpIntervals } from './vrrp-intervals.js';

const RECORDINGS = fileURLToPath(new URL('../recordings', import.meta.url));
const recordings = shippedFolders(RECORDINGS).map(readRecording);

const CASES = [
  'k01',
  'k01b',
  'k02',
  'k03',
  'k04',
  'k05',
  'k08',
  'k09',
  'k11',
  'k14',
  'k16',
  'k17',
  'k20',
  'k21',
  'u01',
  'u03',
];

describe('the shipped recordings', () => {
  test('are these', () => {
    expect(recordings.map(({ name }) => name)).toEqual(CASES);
  });

  // The recorder's own aggregation over the runs is an independent reading of the same files.
  test.each(recordings)(
    '$name: events, adverts and intervals are read as the recorder summed them up',
    (recording) => {
      const mine = {
        events: eventSums(recording),
        sent: segmentSums(recording, 'advertsSent'),
        intervals: intervalSums(recording),
      };
      const { timeline } = recording;
      for (const event of timeline.field('events').items()) {
        const fields = Object.fromEntries(
          event
            .fields()
            .filter(([name]) => !['event', 'nth', 'seen_in', 't'].includes(name))
            .map(([name, json]) => [name, json.scalar()]),
        );
        const key = `${keyOf({ kind: event.field('event').text(), fields })} ${event.field('nth').number()}`;
        const times = mine.events.get(key) ?? [];
        expect(times.length, key).toBe(event.field('seen_in').number());
        expect((spreadOf(times)?.median ?? 0) / SECOND).toBeCloseTo(
          event.field('t').field('median').number(),
          3,
        );
      }
      for (const segment of timeline.field('adverts_sent').items()) {
        const isCarp = segment.optional('vhid') !== undefined;
        const names = isCarp ? ['vhid', 'advskew', 'advbase'] : ['vrid', 'prio', 'advert_int'];
        const key = ['node', ...names, 'nth'].map((name) => segment.field(name).scalar()).join(' ');
        const starts = mine.sent.get(key) ?? [];
        expect(starts.length, key).toBe(segment.field('seen_in').number());
        expect((spreadOf(starts)?.median ?? 0) / SECOND).toBeCloseTo(
          segment.field('first').field('median').number(),
          3,
        );
      }
      for (const row of timeline.optional('derived')?.items() ?? []) {
        const key = ['node', 'instance', 'nth'].map((name) => row.field(name).scalar()).join(' ');
        for (const since of ['since_backup', 'since_advert', 'since_equal_or_higher']) {
          const stated = row.optional(since);
          const lengths = mine.intervals.get(`${key} ${since}`) ?? [];
          expect(lengths.length, `${key} ${since}`).toBe(stated?.field('seen_in').number() ?? 0);
          if (stated !== undefined) {
            expect((spreadOf(lengths)?.median ?? 0) / SECOND).toBeCloseTo(stated.field('median').number(), 3);
          }
        }
      }
    },
  );
});

function collect(into: Map<string, number[]>, key: string, value: number): void {
  into.set(key, [...(into.get(key) ?? []), value]);
}

function eventSums({ runs }: Recording): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const run of runs) {
    const counts = new Map<string, number>();
    for (const event of run.events) {
      const key = keyOf(event);
      const nth = (counts.get(key) ?? 0) + 1;
      counts.set(key, nth);
      collect(sums, `${key} ${nth}`, event.time);
    }
  }
  return sums;
}

function segmentSums({ runs }: Recording, which: 'advertsSent' | 'advertsDelivered'): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  for (const run of runs) {
    // The recorder numbers series of equal adverts over the whole case's key, gaps included.
    for (const { who, vrid, priority, interval, nth, first } of advertSegments(run[which])) {
      collect(sums, `${who} ${vrid} ${priority} ${interval} ${nth}`, first);
    }
  }
  return sums;
}

function intervalSums(recording: Recording): Map<string, number[]> {
  const sums = new Map<string, number[]>();
  const instances = configuredInstances(recording);
  for (const run of recording.runs) {
    for (const { node, instance, nth, since, length } of vrrpIntervals(run, instances)) {
      collect(sums, `${node} ${instance} ${nth} ${since}`, length);
    }
  }
  return sums;
}

describe('a malformed recording is refused, naming the file and the place', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'recording-'));
  afterAll(() => rmSync(scratch, { recursive: true }));
  const damaged = (file: string, damage: (text: string) => string): string => {
    const folder = join(mkdtempSync(join(scratch, 'case-')), 'k02');
    cpSync(join(RECORDINGS, 'k02'), folder, { recursive: true });
    const path = join(folder, file);
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    return folder;
  };
  const complaint = (folder: string): string => {
    try {
      readRecording(folder);
    } catch (error) {
      expect(error).toBeInstanceOf(RecordingError);
      return (error as Error).message;
    }
    return 'none';
  };

  test('undamaged, it is read', () => {
    expect(complaint(damaged('events.json', (text) => text))).toBe('none');
  });

  test.each([
    ['a folder that is none', 'events.json', () => '', /k02\/events\.json: not JSON/],
    [
      'text cut off',
      'runs/run3.json',
      (text: string) => text.slice(0, 1000),
      /k02\/runs\/run3\.json: not JSON/,
    ],
    ['a list for an object', 'events.json', () => '[]', /k02\/events\.json: the file is not an object/],
    [
      'no duration',
      'events.json',
      (text: string) => text.replace('"duration"', '"lasts"'),
      /events\.json: duration is missing/,
    ],
    [
      'a text for a number',
      'events.json',
      (text: string) => text.replace('"duration": 35', '"duration": "35"'),
      /duration is not a number/,
    ],
    [
      'an unknown node',
      'events.json',
      (text: string) => text.replace('{"node": "n2"', '{"node": "n9"'),
      /processes\.srv-n2\.node names 'n9'/,
    ],
    [
      'a wrong count of runs',
      'timeline.json',
      (text: string) => text.replace('"runs": 5', '"runs": 7'),
      /timeline\.json: runs says 7, but there are 5 runs/,
    ],
    [
      'an event without its instant',
      'runs/run1.json',
      (text: string) => text.replace('{"t": ', '{"u": '),
      /runs\/run1\.json: events\[0\]\.t is missing/,
    ],
    [
      'an advert cut short',
      'runs/run1.json',
      (text: string) => text.replace(/\[(3\.\d+), 51, 150, 1\]/, '[$1, 51]'),
      /adverts_sent\.n1\[0\] is not an advertisement/,
    ],
    [
      'an event with a list in it',
      'runs/run2.json',
      (text: string) => text.replace('"to": "BACKUP"', '"to": ["BACKUP"]'),
      /events\[\d+\]\.to is neither/,
    ],
  ])('%s', (_, file, damage, message) => {
    expect(complaint(damaged(file, damage))).toMatch(message);
  });

  test('no folder at all', () => {
    expect(complaint(join(scratch, 'nowhere'))).toMatch(/nowhere\/events\.json: is missing: not a recording/);
  });

  test('no runs', () => {
    const folder = damaged('events.json', (text) => text);
    rmSync(join(folder, 'runs'), { recursive: true });
    expect(complaint(folder)).toMatch(/runs: is missing/);
  });
});
