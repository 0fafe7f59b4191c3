import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakeSweeper, fileOf, planOf } from './fake-sweeper.fixture.js';
import { readSweep, SweepFileError } from './read-sweep.js';
import { WHOLE } from './shard.js';
import { headerLine } from './sweep-lines.js';

const text = fileOf(fakeSweeper(90), WHOLE);
const lines = text.split('\n').slice(0, -1);
const without = (gone: (line: string) => boolean): string => {
  const at = lines.findIndex(gone);
  return `${lines.filter((_, index) => index !== at).join('\n')}\n`;
};

function complaint(broken: string): string {
  try {
    readSweep(broken, 'part.jsonl');
  } catch (error) {
    if (error instanceof SweepFileError) return error.message;
    throw error;
  }
  return 'none';
}

test('a file is read back as it was written', () => {
  const { parts, isTorn } = readSweep(text, 'part.jsonl');
  expect([parts.length, isTorn]).toEqual([1, false]);
  expect(parts[0]?.plan).toEqual(planOf(90));
  expect(parts[0]?.isComplete).toBe(true);
  expect([...(parts[0]?.blocks.keys() ?? [])]).toEqual([0, 1, 2, 3, 4]);
  expect(parts[0]?.blocks.get(4)).toMatchObject({
    block: 4,
    runs: 10,
    broken: [{ run: 84, token: 'vl2-7q2mzk4d-s84' }],
  });
});

test('campaigns and times come back to the nanosecond', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1e13 }),
      fc.integer({ min: 0, max: 1e9 }),
      fc.option(fc.array(fc.constantFrom('n1', 'n2')), { nil: undefined }),
      (startWithin, lo, nodes) => {
        const campaign = {
          name: 'some',
          faults: ['power-off', 'one-way-loss'],
          ...(nodes === undefined ? {} : { nodes }),
          atOnce: 1,
          inAll: 2,
          repairs: true,
          faultsFrom: 'start',
          lostFrames: 3,
          startWithin,
          latency: { lo, hi: lo + 1 },
          driftPpm: 200,
        } as const;
        const plan = planOf(90, { campaign });
        expect(readSweep(headerLine(plan), 'x').parts[0]?.plan).toEqual(plan);
      },
    ),
  );
});

describe('the last line', () => {
  test('may be cut off anywhere after a crash, and counts for nothing then', () => {
    const whole = readSweep(text, 'x').parts[0]?.blocks.size ?? 0;
    for (let cut = 0; cut < text.length; cut++) {
      const { parts, isTorn } = readSweep(text.slice(0, cut), 'part.jsonl');
      const isAtEnd = cut === 0 || text[cut - 1] === '\n' || text[cut] === '\n';
      expect(isTorn).toBe(!isAtEnd);
      expect(parts[0]?.blocks.size ?? 0).toBeLessThanOrEqual(whole);
      expect(parts[0]?.isComplete ?? false).toBe(cut === text.length - 1);
    }
  });

  test('may be zeros, as a power failure leaves them', () => {
    expect(readSweep(`${lines[0]}\n\0\0\0\0`, 'x')).toMatchObject({ isTorn: true });
  });
});

describe('a file is refused, with its line,', () => {
  test.each([
    ['that is none of a sweep', 'vrrp_instance VI_1 {\n}\n', 'part.jsonl:1: the line is damaged'],
    ['that is one line of something else', 'nodes: {}', 'part.jsonl:1: the line is damaged'],
    ['of another schema', '{"schema":"viplab.run/1"}\n', 'part.jsonl:1: this is no file of a sweep'],
    [
      'without its first line',
      `${lines.slice(1).join('\n')}\n`,
      'part.jsonl:1: the first line has no schema',
    ],
    ['with an empty line', text.replace('\n', '\n\n'), 'part.jsonl:2: the line is damaged'],
    ['with a line of another kind', `${lines[0]}\n{"x":1}\n`, 'part.jsonl:2: the line is neither'],
    ['with a list', `${lines[0]}\n[]\n`, 'part.jsonl:2: the line is no object'],
    ['with null', `${lines[0]}\nnull\n`, 'part.jsonl:2: the line is no object'],
    [
      'from which a broken run was taken',
      without((line) => line.includes('"property"')),
      'part.jsonl:3: block 0 counts 2 broken runs, and 1 stand before it',
    ],
    [
      'from which a block was taken',
      without((line) => line.includes('"block":3')),
      ' complete, and block 3 is missing',
    ],
    ['with a block out of range', text.replace('"block":4', '"block":5'), ': block 5 is none of this shard'],
    ['with a block of another size', text.replace('"runs":20', '"runs":19'), ': block 0 has 20 runs, not 19'],
    [
      'with more covered than run',
      text.replace(/("failover[^"]*"):10/, '$1:21'),
      ' covers more than its runs',
    ],
    ['with a run out of range', text.replace('{"run":84', '{"run":91'), ': run 91 is none of this shard'],
    ['with escape codes', text.replace('it broke', '\\u001b[2J'), ': message is no text for a screen'],
    ['with a negative time', text.replace(/"t":\d/, '"t":-1'), ': t is no time in seconds'],
    [
      'with an end that counts otherwise',
      text.replace('"complete":true,"runs":90', '"complete":true,"runs":91'),
      ' does not agree',
    ],
    [
      'with an unknown fault',
      headerLine(planOf(1)).replace('"campaign":null', '"campaign":{"name":"x","faults":["fire"]}'),
      'faults is none of',
    ],
    ['of no runs', headerLine(planOf(1)).replace('"runs":1', '"runs":0'), ':1: runs is out of range'],
    [
      'of other random streams',
      headerLine(planOf(1)).replace('"streams":', '"streams":9'),
      ':1: its random streams',
    ],
    ['of shard 3/2', headerLine(planOf(1)).replace('"1/1"', '"3/2"'), ':1: shard is none such'],
  ])('%s', (_, broken, expected) => {
    expect(broken).not.toBe(text);
    expect(complaint(broken)).toContain(expected);
  });

  test('whatever is done to a line before the last: damage is told or does not matter', () => {
    const sane = summaryOf(text);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: text.lastIndexOf('\n', text.length - 2) }),
        fc.constantFrom('', '"', '{', '9', '\n', '-', 'x'),
        (at, piece) => {
          const changed = `${text.slice(0, at)}${piece}${text.slice(at + 1)}`;
          const said = complaint(changed);
          // A digit of a token, a name or an instant may change unnoticed; counts and the number of blocks may not.
          if (said === 'none') expect(summaryOf(changed)).toEqual(sane);
          else expect(said).toMatch(/^part\.jsonl:\d+: /);
        },
      ),
      { numRuns: 300 },
    );
  });

  function summaryOf(file: string): unknown {
    return readSweep(file, 'part.jsonl').parts.map(({ blocks }) =>
      [...blocks.values()].map(({ block, runs, broken }) => [block, runs, broken.length]),
    );
  }
});

test('keys of later versions do not matter', () => {
  const later = text
    .replace('"block":0,', '"block":0,"mood":"good",')
    .replace('"seed":1,', '"seed":1,"moon":"full",');
  expect(later).not.toBe(text);
  expect(readSweep(later, 'x').parts[0]?.isComplete).toBe(true);
});
