import { describe, expect, test } from 'vitest';
import type { SmallConf } from './explanation/smallest-lab.js';
import { lintPair, placed } from './pair.testing.js';

const CODE = 'vrrp/interval-mismatch';
/** n2 with another interval, and lines above the one that says so. */
const other = (...above: readonly string[]): SmallConf => ({ lines: [...above, 'advert_int 2'] });
const judged = (...above: readonly string[]): readonly string[] => placed(lintPair({}, other(...above)));

describe('a finding is accepted', () => {
  test.each([
    ['with #', [`# viplab: accept ${CODE} because lab only`]],
    ['with !', [`! viplab: accept ${CODE} because lab only`]],
    ['without blanks that nobody needs', [`#viplab:accept ${CODE} because x`]],
    [
      'above another that is accepted in the same line',
      [`# viplab: accept ${CODE} because x`, '# viplab: accept a/b because x'],
    ],
  ])('%s', (_, above) => {
    expect(judged(...above)).not.toContainEqual(expect.stringContaining(CODE));
  });

  test('in its line only', () => {
    expect(judged(`# viplab: accept ${CODE} because x`, 'nopreempt')).toEqual([
      'n2/keepalived.conf:5:7 lint/accept-unused',
      `n2/keepalived.conf:7:16 ${CODE}`,
    ]);
  });

  test('by its code only', () => {
    expect(judged('# viplab: accept vrrp/version-mismatch because x')).toEqual([
      'n2/keepalived.conf:5:7 lint/accept-unused',
      `n2/keepalived.conf:6:16 ${CODE}`,
    ]);
  });

  test('in a file with CRLF', () => {
    const conf = other(`# viplab: accept ${CODE} because x\r`);
    expect(placed(lintPair({}, conf))).toEqual([]);
  });
});

describe('accepting is complained about', () => {
  test.each([
    ['without because', `# viplab: accept ${CODE}`],
    ['with nothing behind because', `# viplab: accept ${CODE} because`],
    ['with blanks behind because', `# viplab: accept ${CODE} because   `],
    ['with another word', `# viplab: accept ${CODE} since lab only`],
    ['without a code', '# viplab: accept'],
  ])('%s, and the finding stands', (_, line) => {
    const found = lintPair({}, other(line));
    expect(placed(found)).toEqual([
      'n2/keepalived.conf:5:7 lint/accept-without-reason',
      `n2/keepalived.conf:6:16 ${CODE}`,
    ]);
    expect(found[0]?.severity).toBe('warning');
  });

  test('with a misspelt code, and the near one is named', () => {
    const [found] = lintPair({}, other('# viplab: accept vrrp/intervall-mismatch because x'));
    expect(found).toMatchObject({ code: 'lint/accept-unused', hint: `did you mean ${CODE}?` });
  });

  test('at the end of the file', () => {
    expect(placed(lintPair({}, { before: [], vips: ['192.168.1.100/24'], lines: [] }))).toEqual([]);
    const found = lintPair({}, { lines: ['# viplab: accept vrrp/equal-priority because x'] });
    expect(found[0]?.message).toBe('line 6 has no vrrp/equal-priority to accept');
  });

  test("other comments are nobody's business", () => {
    expect(
      placed(
        lintPair({}, { lines: ['# viplab accept', '# accept vrrp/x because y', '# see viplab: accepted'] }),
      ),
    ).toEqual([]);
  });
});
