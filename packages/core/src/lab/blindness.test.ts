import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const core = fileURLToPath(new URL('..', import.meta.url));

/** Lines of the sources under a floor that match, as `file: line`. */
function linesWith(pattern: RegExp, floor: string): string[] {
  const files = readdirSync(join(core, floor), { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith('.ts') && !/\.(test|testing|fixture|arbitrary)\.ts$|\btesting\//.test(file),
    )
    .map((file) => join(core, floor, file));
  return files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => `${relative(core, file)}: ${line.trim()}`),
  );
}

/** Where the clock is read below the report, and why that decides nothing, or is said to. */
const READS = [
  // To tell a listener when a frame was seen.
  /\.frames\.onFrame\(this\.engine\.now,/,
  // A line with a bandwidth and no limit of its queue says that it computes with time (computesWithTime).
  /^link\/link-direction\.ts: const start = Math\.max\(this\.engine\.now,/,
  // A diagnostic column: when a request was sent, for the trace.
  /^daemon\/client\/udp-client\.ts: outstanding\.columns\.sentAt\[row\] = this\.host\.engine\.now;$/,
  // The same of TCP clients.
  /^daemon\/client\/tcp-client-base\.ts: return this\.host\.engine\.now;$/,
];

describe('components are blind to time', () => {
  test.each(['link', 'switch', 'host', 'service', 'daemon'])(
    '%s reads the engine’s clock only where it is said',
    (floor) => {
      const reads = linesWith(/\bengine\.now\b/, floor);
      expect(reads.filter((line) => !READS.some((allowed) => allowed.test(line)))).toEqual([]);
    },
  );

  test.each([
    'engine',
    'trace',
    'wire',
    'protocol',
    'service',
    'link',
    'switch',
    'host',
    'daemon',
    'report',
    'lab',
  ])('%s has no clock or chance of the platform', (floor) => {
    expect(linesWith(/\bDate\b\.|\bnew Date\b|Math\.random|performance\.now/, floor)).toEqual([]);
  });

  test('the search finds what it looks for', () => {
    expect(linesWith(/\bengine\.now\b/, 'link').length).toBeGreaterThan(2);
  });
});
