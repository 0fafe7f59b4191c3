import { fileURLToPath } from 'node:url';
import { MILLISECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { ClientAttempt } from './client-attempt.js';
import { type ClientSegment, clientSegments, segmentName } from './client-segments.js';
import { shippedFolders } from './command.js';
import { type Recording, readRecording } from './recording.js';
import { spreadOf } from './statistics.js';

const attempt = (ms: number, result: string, server: string | null = null, took = 1): ClientAttempt => ({
  time: ms * MILLISECOND,
  took: took * MILLISECOND,
  result,
  server,
});

describe('runs of equal results', () => {
  test('count, and say how long they took', () => {
    const segments = clientSegments([
      attempt(0, 'timeout', null, 1000),
      attempt(200, 'ok', 'n1', 3),
      attempt(400, 'ok', 'n1', 7),
      attempt(600, 'ok', 'n1', 5),
      attempt(800, 'ok', 'n2'),
    ]);
    expect(segments.map((segment) => `${segmentName(segment)} ${segment.count}`)).toEqual([
      'timeout 1',
      'ok n1 3',
      'ok n2 1',
    ]);
    expect(segments[1]).toMatchObject({
      first: 200 * MILLISECOND,
      last: 600 * MILLISECOND,
      shortest: 3 * MILLISECOND,
      longest: 7 * MILLISECOND,
      lastTook: 5 * MILLISECOND,
    });
  });

  test('each opening of a connection stands alone', () => {
    expect(clientSegments([attempt(0, 'open'), attempt(1, 'open')])).toHaveLength(2);
    expect(clientSegments([])).toEqual([]);
  });
});

// The recorder's own run-length segments are an independent reading of the same rows.
describe('the recorded clients', () => {
  const folders = shippedFolders(fileURLToPath(new URL('../recordings', import.meta.url)));
  test.each(folders.map((folder) => readRecording(folder)))('$name: as the recorder summed them up', (of) => {
    const client = of.timeline.field('client');
    let compared = 0;
    for (const mode of ['short', 'persist']) {
      for (const pattern of client.optional(mode)?.items() ?? []) {
        const tag = pattern.optional('tag')?.text();
        const stated = pattern.field('segments').items();
        const names = stated.map((json) => {
          const who = json.optional('who')?.text();
          return who === undefined ? json.field('res').text() : `${json.field('res').text()} ${who}`;
        });
        const own = withPattern(of, tag === undefined ? mode : `${mode} ${tag}`, names);
        expect(own.length, names.join(', ')).toBe(pattern.field('seen_in').number());
        stated.forEach((json, index) => {
          const at = (pick: (segment: ClientSegment) => number): number =>
            spreadOf(own.map((segments) => pick(segments[index] as ClientSegment)))?.median ?? 0;
          const median = (name: string): number => json.field(name).field('median').number();
          expect(at((segment) => segment.first) / SECOND).toBeCloseTo(median('first'), 3);
          expect(at((segment) => segment.last) / SECOND).toBeCloseTo(median('last'), 3);
          expect(at((segment) => segment.count)).toBeCloseTo(median('count'), 3);
          const longest = Math.max(...own.map((segments) => (segments[index] as ClientSegment).longest));
          expect(longest / SECOND).toBeCloseTo(json.field('took').field('max').number(), 3);
          compared++;
        });
      }
    }
    expect(compared).toBeGreaterThan(5);
  });
});

function withPattern(recording: Recording, client: string, names: readonly string[]): ClientSegment[][] {
  return recording.runs
    .map((run) => clientSegments(run.clients.get(client) ?? []))
    .filter((segments) => segments.map(segmentName).join() === names.join());
}
