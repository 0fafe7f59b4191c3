import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import type { ConformanceJson } from './case-json.js';
import { TABLE_WIDTH } from './case-table.js';
import { conformanceCommand, EXIT } from './command.js';

const shipped = fileURLToPath(new URL('../recordings', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'conformance-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function run(...args: string[]): { code: number; printed: string[]; complaints: string[] } {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = conformanceCommand(args, {
    shipped,
    print: (line) => printed.push(...line.split('\n')),
    complain: (line) => complaints.push(...line.split('\n')),
  });
  return { code, printed, complaints };
}

/** A copy of a recording with one of its files changed. */
function changed(name: string, file: string, change: (text: string) => string): string {
  const folder = join(mkdtempSync(join(scratch, 'case-')), name);
  cpSync(join(shipped, name), folder, { recursive: true });
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return folder;
}

describe('pnpm conformance', () => {
  test('prints each event and ends with 0 where all agree', () => {
    const { code, printed } = run(join(shipped, 'k03'));
    expect(code).toBe(EXIT.agrees);
    expect(printed[0]).toBe(
      "k03: the master's cable is out from 10 s to 20 s (switch port down), then it preempts back",
    );
    expect(printed).toContainEqual(
      expect.stringMatching(/^advert_timeout n2 VI_1 #1 +13\.\d+\/13\.\d+\/13\.\d+ +13\.\d.* agrees$/),
    );
    expect(printed).toContainEqual(expect.stringMatching(/^neigh c1 \(\d+ in all\) .* not modelled$/));
    expect(printed).toContainEqual(
      expect.stringMatching(/^persist: reset #1 +10\.08\d\/10\.12\d\/10\.14\d +10\.\d.* agrees$/),
    );
    expect(printed.at(-1)).toMatch(
      /^(\d+) of \1 events \(\d+ not modelled\) and (\d+) of \2 client segments agree; 1 of 1 cases in full$/,
    );
    expect(printed.filter((line) => line.length > TABLE_WIDTH)).toEqual([]);
    expect(TABLE_WIDTH).toBe(100);
  });

  test('ends with 1 where something differs, and says what', () => {
    const { code, printed } = run(
      changed('k02', 'config/n2.conf', (text) => text.replace('priority 100', 'priority 90')),
    );
    expect(code).toBe(EXIT.differs);
    expect(printed).toContainEqual(expect.stringMatching(/^adverts_sent n2 51\/100\/1s #1 .* missing$/));
    expect(printed.filter((line) => line.length > TABLE_WIDTH)).toEqual([]);
  });

  test('a case that cannot be replayed is named with the reason', () => {
    const folder = changed('k02', 'runs/run4.json', (text) => text.replace('"term"', '"hup"'));
    const { code, printed } = run(folder);
    expect(code).toBe(EXIT.differs);
    expect(printed).toContain('not replayable: action hup ka-n1: the replay does not know this action');
    expect(printed.at(-1)).toMatch(
      /^0 of 0 events \(0 not modelled\) and 0 of 0 client segments agree; 0 of 1 cases in full; 1 not replayable$/,
    );
  });

  test('ends with 2 for what is no recording', () => {
    expect(run(scratch)).toMatchObject({
      code: EXIT.badInput,
      complaints: [expect.stringMatching(/events\.json: is missing: not a recording/)],
    });
    const broken = changed('k02', 'runs/run1.json', (text) => text.slice(1));
    expect(run(broken)).toMatchObject({
      code: EXIT.badInput,
      complaints: [expect.stringMatching(/k02\/runs\/run1\.json: not JSON/)],
    });
    expect(run('--frobnicate')).toMatchObject({ code: EXIT.badInput });
  });

  test('--json is the same as data', () => {
    const { code, printed } = run('--json', join(shipped, 'k03'));
    const json = JSON.parse(printed.join('\n')) as ConformanceJson;
    expect(code).toBe(EXIT.agrees);
    expect(json).toMatchObject({
      schema: 'viplab.conformance/1',
      time_unit: 's',
      cases: [{ case: 'k03', runs: 5, agrees: true, not_replayable: null }],
    });
    expect(json.cases[0]?.events).toContainEqual(
      expect.objectContaining({
        event: 'state n2 VI_1 MASTER #1',
        kind: 'state',
        seen_in: 5,
        verdict: 'agrees',
        real: { min: 13.0684, median: 13.1168, max: 13.132 },
      }),
    );
  });

  test('--help', () => {
    expect(run('--help')).toMatchObject({
      code: EXIT.agrees,
      printed: expect.arrayContaining(['usage: pnpm conformance [--json] [FOLDER ...]']),
    });
  });
});
