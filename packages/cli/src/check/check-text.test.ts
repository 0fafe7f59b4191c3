import type { CheckVerdict, WorstCase } from '@viplab/check';
import { plainText, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { widest } from '../captured-terminal.fixture.js';
import { checkText } from './check-text.js';
import type { CheckResult } from './checked.js';
import {
  BROKEN,
  CLEAN,
  COUNTEREXAMPLE,
  CURED,
  GREY,
  HELD,
  INCONCLUSIVE,
  PROVED,
  resultOf,
} from './hand-made-verdicts.fixture.js';

const worstOutage: WorstCase = {
  what: 'client outage',
  address: '192.168.1.100',
  client: 'c1',
  lasted: 9 * SECOND,
  isStrict: false,
  allowed: null,
  phase: 'settled',
  token: 'vl2-7q2mzk4d-c4f0',
};

const textOf = (result: CheckResult, width = 100, ascii = false, quiet = false): string =>
  plainText(checkText(result, { width, ascii, quiet }));
const CUREDRESULT = resultOf(BROKEN, {
  cures: CURED,
  patchFile: '.viplab/7q2mzk4d/cure.patch',
  wrote: ['.viplab/7q2mzk4d/lab.yaml', '.viplab/7q2mzk4d/story.md'],
});

describe('the screen of a check', () => {
  test('proved: for all time, what was explored, covered and worst', () => {
    expect(textOf(resultOf(PROVED))).toMatchInlineSnapshot(`
      "pair: 192.168.1.100 (VI_1, priority 150/100)
      inferred   network  one switch sw1, links 50 µs, no loss, carrier seen (no links are given)

      PROVED     flap-free for all time within these bounds
      bounds     at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived
                 any node and instant once settled · links 50 µs, no loss
      explored   1 904 226 state classes, 5 210 884 steps, every real instant: all, the state space closes
                 on itself (depth 61)
      covered    failover of .100 to n1 · failover of .100 to n2 · never: two owners of .100 (!)
      worst      headless  < 3.61 s  .100 (allowed 3.61 s)             vl2-20nkgvub-c1tS4kmoMeV4hfvh5waonl
                 dual      0.1 ms    .100 while booting (allowed 0.2 ms)                 vl2-7q2mzk4d-c91b
      not varied CAM ageing
      not asked  kill -9 · freeze · stalled keepalived · silent cut · one-way loss · lost multicast
                 lost adverts · two faults at once · clock drift · --faults grey  --lose 2
      "
    `);
  });

  test('held: how many runs, what that means, and why no proof', () => {
    expect(textOf(resultOf(HELD))).toMatchInlineSnapshot(`
      "pair: 192.168.1.100 (VI_1, priority 150/100)
      inferred   network  one switch sw1, links 50 µs, no loss, carrier seen (no links are given)

      HELD       nothing found in 20 000 random runs; not a proof
      asked      flap-free
      bounds     at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived
                 any node and instant once settled · links 50 µs, no loss
      means      at 95 % confidence fewer than 1 run in 6 676 breaks under these random causes
      why        9 100 000 states were open when the budget was spent
      replay     viplab check lab.yaml --replay vl2-20nkgvub-r20000
      covered    failover of .100 93 % · a full queue 0 % (!)
      not asked  kill -9 · freeze · stalled keepalived · silent cut · one-way loss · lost multicast
                 lost adverts · two faults at once · clock drift · --faults grey  --lose 2
      "
    `);
  });

  test('broken: the story, the cure, what was written, and how to see it again', () => {
    expect(textOf(CUREDRESULT)).toMatchInlineSnapshot(`
      "pair: 192.168.1.100 (VI_1, priority 150/100)
      inferred   network  one switch sw1, links 50 µs, no loss, carrier seen (no links are given)

      BROKEN     192.168.1.100 has two owners for longer than the 0.2 ms allowed    property: single-owner
                 a shortest one: 1 cause (after 612 states)
          3.474   n1 (150) becomes master of .100: 3.414 s after BACKUP, no advert heard.
      a   4       sw1 stops passing VRRP's multicast, as IGMP snooping without a querier does; no other
                  loss.
          7.084   n2 (100) becomes master of .100, and n1 still has it: 3.609 s after n1's last 150 advert
                  (3.474): 3 x 1 s + 156/256 s. DUAL until the end.
          7.084   single-owner is violated: 192.168.1.100 has two owners for longer than the 0.2 ms
                  allowed.
                n1             n2             c1
          3.474  █              │              │   n1 VI_1 MASTER (150)
          3.474  │─────────────►│              │   VI_1 advert 150, the last that counts
          3.474  │────────────────────────────►│   5 x gratuitous ARP .100
          3.474  │              │              █   c1 ARP .100 = n1
          3.474  │◄────────────────────────────│   frames to .100
          4.000  │              │              │   drop-multicast sw1
          7.084  │              █              │   n2 VI_1 MASTER (100)
          7.084  │              │─────────────►│   5 x gratuitous ARP .100
          7.084  │              │              █   c1 ARP .100 = n2
          7.084  │              │◄─────────────│   frames to .100
      also       no-flap: 192.168.1.100 moved without a cause
                 viplab run --replay vl2-20nkgvub-c1tS4kmoMeV4hfvh5waonl

      cure       unicast adverts do not need the multicast. Re-checked, same bounds: PROVED
      --- n1/keepalived.conf
      +++ n1/keepalived.conf
      @@ -2,2 +2,5 @@
           priority 150
      +    unicast_peer {
      +        192.168.1.12    # n2
      +    }
       b
      (n2/keepalived.conf alike:  patch -p0 < .viplab/7q2mzk4d/cure.patch)

      bounds     at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived
                 any node and instant once settled · links 50 µs, no loss
      wrote      .viplab/7q2mzk4d/: lab.yaml story.md
      replay     viplab run --replay vl2-20nkgvub-c1tS4kmoMeV4hfvh5waonl
                 as a test: --emit vitest > broken.test.ts
      not asked  kill -9 · freeze · stalled keepalived · silent cut · one-way loss · lost multicast
                 lost adverts · two faults at once · clock drift · --faults grey  --lose 2
      "
    `);
  });

  test('inconclusive, and interrupted', () => {
    expect(
      textOf(resultOf(INCONCLUSIVE, { interruptedAfter: 21.4 }), 100, false, true),
    ).toMatchInlineSnapshot(`
      "INCONCLUSIVE   the budget was spent with 41 209 states open
      asked      flap-free
      bounds     at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived
                 any node and instant once settled · links 50 µs, no loss
      explored   1 904 226 state classes, 5 210 884 steps, every real instant: not closed (the budget was
                 spent with 41 209 states open), depth 61
      covered    never: failover of .100 to n2 (!)
                 (interrupted after 21 s)
      "
    `);
  });

  test('what was tried beside, one line each, and what was not reached', () => {
    const text = textOf(resultOf(PROVED, { beside: GREY, triedBothOrders: true }));
    expect(text.slice(text.indexOf('grey too'))).toMatchInlineSnapshot(`
      "grey too   BROKEN  keepalived killed (kill -9) and started again: .100 has two owners for longer
                         than the 0.2 ms allowed
                         viplab run --replay vl2-20nkgvub-c1tS4kmoMeV4hfvh5waonl
                 PROVED  a node frozen and thawed
                 OPEN    keepalived stalled (SIGSTOP) and resumed: not tried, the budget was spent before
                 OPEN    a silent cut and its healing: not tried, the budget was spent before
                 OPEN    one-way loss and its healing: not tried, the budget was spent before
                 OPEN    multicast lost at a switch and its healing: not tried, the budget was spent
                         before
                 OPEN    1 lost control frame: not tried, the budget was spent before
                 OPEN    up to 2 lost control frames: not tried, the budget was spent before
                 OPEN    up to 3 lost control frames: not tried, the budget was spent before
      not asked  stalled keepalived · silent cut · one-way loss · lost multicast · lost adverts
                 two faults at once · clock drift · a longer --budget asks more
      "
    `);
    expect(text).toContain('           decisive, so tried both ways: whose address is higher\n');
  });

  test('several campaigns that decide: the worst in full, all in a line', () => {
    const text = textOf(resultOf(PROVED, { deciding: GREY.slice(0, 2) }), 100, false, true);
    expect(text).toMatch(/^BROKEN {5}192\.168\.1\.100 has two owners/);
    expect(text).toMatch(/^each {7}BROKEN {2}keepalived killed.*\n[\s\S]*^ {11}PROVED {2}a node frozen/m);
  });

  test('says so where no cure is known', () => {
    const none = { cures: [], tried: ['priority', 'unicast_peer'], count: 5 };
    expect(textOf(resultOf(BROKEN, { cures: none }))).toContain(
      'cure       none of the 5 single changes tried (priority, unicast_peer) proves it\n',
    );
    expect(textOf(resultOf(BROKEN, { cures: { ...none, count: 0 } }))).toContain(
      'no single change that viplab knows',
    );
  });

  test('of a loop has its cycle', () => {
    const lasso = { from: 8.484e9, period: 5e9 };
    const text = textOf(resultOf({ ...BROKEN, counterexamples: [{ ...COUNTEREXAMPLE, lasso }] }));
    expect(text).toContain('↻ from 8.484 on the same again every 5.00 s, for ever\n');
  });

  test('never claims more than was asked', () => {
    const open = {
      ...PROVED,
      exploration: { ...PROVED.exploration, isClosed: false, endedBy: 'ends at 30 s' },
    };
    expect(textOf(resultOf(open))).toMatch(
      /^PROVED {5}flap-free to the horizon \(ends at 30 s\) within these bounds\n/m,
    );
    const concrete = { ...PROVED, exploration: { ...PROVED.exploration, method: 'concrete' as const } };
    expect(textOf(resultOf(concrete))).toContain(
      'for all time within these bounds, at representative instants\n',
    );
    const one = { ...PROVED, properties: ['no-flap', 'n2 is best'] };
    expect(textOf(resultOf(one))).toMatch(/^PROVED {5}no-flap, n2 is best for all time/m);
    const dead = { ...PROVED, exploration: { ...PROVED.exploration, deadEnds: 1 } };
    expect(textOf(resultOf(dead))).toMatch(/1 dead end, which is a\s+bug/);
    const nothing = resultOf(PROVED, { deciding: [{ campaign: CLEAN, verdict: null }] });
    expect(textOf(nothing)).toContain('INCONCLUSIVE  it was ended before anything was tried\n');
  });

  test('of runs made one by one says so, with their horizon and what clients lived through', () => {
    const runs: CheckVerdict = {
      ...HELD,
      properties: [...HELD.properties, 'keeps-connections'],
      exploration: {
        ...HELD.exploration,
        method: 'concrete',
        states: 1117,
        transitions: 2_497_070,
        horizon: 161 * SECOND,
        endedBy: 'not for every instant, since clients take part, and programs and TCP compute with time',
      },
      covered: [{ what: 'a failover with a connection open', share: 1 }],
      worst: [
        { ...worstOutage, lasted: 3.6 * SECOND },
        { ...worstOutage, what: 'headless', lasted: 3.5 * SECOND, token: 'vl2-7q2mzk4d-c91b' },
      ],
    };
    const text = textOf(resultOf(runs));
    expect(text).toMatch(/^HELD {7}nothing found in 1 117 runs; not a proof$/m);
    expect(text).toMatch(/^asked {6}flap-free, keeps-connections$/m);
    expect(text.replace(/\s+/g, ' ')).toContain(
      'explored 1 117 runs, 2 497 070 events, concretely: every choice at representative instants, each run up to 161s at most; not for every instant, since clients take part, and programs and TCP compute with time covered a failover with a connection open',
    );
    expect(text).toMatch(/^worst {6}client outage 3\.60 s {4}c1 on \.100 +vl2-7q2mzk4d-c4f0$/m);
    expect(text).toMatch(/^ {11}headless {6}3\.50 s {4}c1 on \.100 +vl2-7q2mzk4d-c91b$/m);
    const endless = { ...runs, worst: [{ ...worstOutage, isUnbounded: true }] };
    expect(textOf(resultOf(endless))).toMatch(/client outage > 9\.00 s/);
  });

  const all = [
    resultOf(PROVED, { beside: GREY, triedBothOrders: true }),
    resultOf(HELD),
    CUREDRESULT,
    resultOf(INCONCLUSIVE),
  ];
  test.each([40, 60, 80, 100])('fits %i columns', (width) => {
    // Commands are not broken: they are there to be pasted.
    const longest = Math.max(
      ...all.map((result) => widest(textOf(result, width).replace(/vl2-\S+/g, 'vl1'))),
    );
    expect(longest).toBeLessThanOrEqual(width);
  });

  test('is ASCII if it must be', () => {
    for (const result of all) expect(textOf(result, 100, true).match(/[^\n\x20-\x7e]/g)).toBeNull();
  });
});
