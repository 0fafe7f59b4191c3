import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { formatDiagnostics } from '../../../diagnostic/format.js';
import { GLOBAL_DEFS } from './keywords/global-defs.js';
import { ROOT } from './keywords/root.js';
import { VRRP_INSTANCE } from './keywords/vrrp-instance.js';
import { readKeepalivedConf } from './reader.js';

const word = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('{', '}', '\n', ' ', '"', "'", '#', '!', '\\', '\\\n', '\t', '\r\n', '\0'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...ROOT.keywords.keys(),
      ...VRRP_INSTANCE.keywords.keys(),
      ...GLOBAL_DEFS.keywords.keys(),
    ),
  },
  fc.constantFrom(
    '$A=',
    '$A',
    '${A}',
    '$_RANDOM',
    '${_RANDOM 1 2}',
    '~SEQ(i, 1, 3) ',
    '~LST(v, a, b) ',
    '@n1 ',
    '@^n1 ',
    'include x',
  ),
  fc.constantFrom(
    'VI_1',
    '10.0.0.1/24',
    'fe80::1',
    'dev',
    'eth0',
    'weight',
    'reverse',
    '255',
    '-1',
    '1.5',
    '99999999999',
    'MASTER',
    '😀',
  ),
  fc.string({ maxLength: 8, unit: 'binary' }),
);

const configuration = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', '\n', '')), { maxLength: 80 })
  .map((parts) => parts.flat().join(''));

function outside(diagnostic: Diagnostic, texts: ReadonlyMap<string, string>): boolean {
  const lines = (texts.get(diagnostic.file) ?? '').split('\n');
  const { start, end } = diagnostic.range;
  const line = lines[start.line - 1];
  if (line === undefined || end.line !== start.line || end.column <= start.column) return true;
  // A missing thing may be pointed at just behind the end of the line.
  return start.column < 1 || end.column > [...line].length + 2;
}

function check(text: string): void {
  const included = 'vrrp_instance INC {\ninclude x\n';
  const texts = new Map([
    ['f', text],
    ['x', included],
  ]);
  const { config, diagnostics } = readKeepalivedConf(text, {
    file: 'f',
    configId: 'n1',
    interfaces: ['eth0'],
    resolveInclude: () => [{ file: 'x', text: included }],
  });
  expect(diagnostics.filter((each) => outside(each, texts))).toEqual([]);
  expect(formatDiagnostics(diagnostics, texts)).not.toMatch(/[\0\r]/);
  for (const instance of config.instances) {
    expect(Number.isInteger(instance.advertIntervalUs) && instance.advertIntervalUs >= 10_000).toBe(true);
    expect(instance.basePriority >= 1 && instance.basePriority <= 255).toBe(true);
    expect(config.fatal || instance.virtualRouterId >= 1).toBe(true);
    expect(instance.virtualAddresses.length).toBeLessThanOrEqual(255);
  }
}

describe('whatever stands in a file', () => {
  test('is read, and complaints point into the file', () => {
    fc.assert(fc.property(configuration, check), { numRuns: 500 });
  });
  test('inside an instance too', () => {
    fc.assert(
      fc.property(configuration, (text) =>
        check(`vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\n${text}\n}`),
      ),
      { numRuns: 500 },
    );
  });
  test('bytes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), check), { numRuns: 300 });
  });
  test('reading twice gives the same', () => {
    fc.assert(
      fc.property(configuration, (text) => {
        expect(readKeepalivedConf(text, { file: 'f' })).toEqual(readKeepalivedConf(text, { file: 'f' }));
      }),
      { numRuns: 100 },
    );
  });
});
