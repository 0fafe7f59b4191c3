import { EXPLANATIONS, LINT_CODES, WORDS } from '@viplab/check/lint';
import { describe, expect, test } from 'vitest';
import { viplab, widest } from '../captured-terminal.fixture.js';

test('a code: rule, why, files, what lint says, lanes, cures with their price, how to accept', async () => {
  const { code, out, err } = await viplab(['explain', 'vrrp/nopreempt-master']);
  expect([code, err]).toEqual([0, 'the whole run:  viplab explain vrrp/nopreempt-master --run\n']);
  expect(out).toBe(`vrrp/nopreempt-master: nopreempt has no effect beside state MASTER

why        keepalived vrrp_complete_instance: nopreempt wants state BACKUP and is dropped; nothing
           else in 2.x comes of state MASTER for a priority below 255

n1/keepalived.conf         n2/keepalived.conf
vrrp_instance VI_1 {       vrrp_instance VI_1 {
    interface eth0             interface eth0
    virtual_router_id 51       virtual_router_id 51
    priority 150               priority 100
    state MASTER               virtual_ipaddress {
    nopreempt                      192.168.1.100/24
    virtual_ipaddress {        }
        192.168.1.100/24   }
    }
}

n1/keepalived.conf:6:5: warning: nopreempt has no effect beside state MASTER
    [vrrp/nopreempt-master]
    6 |     nopreempt
      |     ^^^^^^^^^ keepalived drops it because of line 5: state MASTER
  means: n1 returns and takes .100 back 3.41 s after its start: every connection is reset again
  cure:  state BACKUP on line 5 (state MASTER makes nobody master earlier)

schedule   10s power-off n1, then 20s power-on n1
           0s        5s        10s       15s       20s       25s       30s   one column = 0.5 s
.100  n1   ───────█████████████╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳───────█████████████
VI_1  n2   ──────────────────────────█████████████████████─────────────
      own  ·······11111111111110000000111111111111111111111111111111111

shows      n1 returns at 20 s and takes the address back 3.41 s after its start, nopreempt or not
cures      state BACKUP (in all nodes)
             price: none: who is master is decided by priorities alone
           no nopreempt
             price: the address moves back each time that the node returns
accept     # viplab: accept vrrp/nopreempt-master because REASON    in the line above
`);
});

test('--run tells the run, and says what to type for it', async () => {
  const { code, out, err } = await viplab(['explain', 'vrrp/weight-too-light', '--run']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^b {2}10\.000 {2}stop n1/m);
  expect(out).toMatch(/^who hurts\? c1 on \.100: 9\.\d+ s without service|^who hurts\? c1 on \.100: /m);
  expect(out).toMatch(/^replay {5}viplab explain vrrp\/weight-too-light --run$/m);
});

/** Sentences of diagnostics may be this wide, the rest of a screen 100. */
const WIDEST = 102;

describe('every code', () => {
  test.each(LINT_CODES)('%s fits the screen, with and without its run', async (name) => {
    for (const words of [[], ['--run'], ['--ascii']]) {
      const { code, out } = await viplab(['explain', name, ...words]);
      expect(code).toBe(0);
      expect(widest(out)).toBeLessThanOrEqual(WIDEST);
      expect(out).toContain(`[${name}]`);
    }
  });

  test('is the same twice', async () => {
    const [one, two] = [
      await viplab(['explain', 'vrrp/vrid-reused']),
      await viplab(['explain', 'vrrp/vrid-reused']),
    ];
    expect(two).toEqual(one);
  });

  test('--ascii has no other characters in its lanes', async () => {
    const { out } = await viplab(['explain', 'vrrp/auth-mismatch', '--ascii']);
    expect(out).toMatch(/^\.100 {2}n1 {3}[-#=]+$/m);
  });
});

describe('a word', () => {
  test.each(Object.keys(WORDS))('%s is explained', async (word) => {
    const { code, out } = await viplab(['explain', word]);
    expect(code).toBe(0);
    expect(out.startsWith(word)).toBe(true);
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  test('in capitals, as verdicts are printed, is the same', async () => {
    expect((await viplab(['explain', 'FLUX'])).out).toBe((await viplab(['explain', 'flux'])).out);
  });
});

describe('what is not known', () => {
  test.each([
    ['vrrp/equal-priorty', 'did you mean vrrp/equal-priority?'],
    ['equal-priority', 'did you mean vrrp/equal-priority?'],
    ['wieght-too-light', 'did you mean vrrp/weight-too-light?'],
    ['headles', 'did you mean headless?'],
  ])('%s: %s', async (subject, hint) => {
    const { code, out, err } = await viplab(['explain', subject]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(hint);
  });

  test('is bad input also without a near one, and for what is no word at all', async () => {
    for (const subject of ['xyzzy', '', '__proto__', 'constructor', 'a'.repeat(5000)])
      expect((await viplab(['explain', subject])).code).toBe(2);
  });

  test('codes of the readers explain themselves', async () => {
    expect((await viplab(['explain', 'conf/out-of-range'])).err).toContain('its own means line');
  });
});

test('nothing: the list of codes and words', async () => {
  const { code, out } = await viplab(['explain']);
  expect(code).toBe(0);
  for (const { code: each } of EXPLANATIONS) expect(out).toContain(`  ${each} `);
  for (const word of Object.keys(WORDS)) expect(out).toMatch(new RegExp(`\\b${word}\\b`));
  expect(widest(out)).toBeLessThanOrEqual(100);
});
