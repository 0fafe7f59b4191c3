import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { Deed } from '../campaign/fault.js';
import { causeInWords } from './cause-words.js';
import { runOfCounterexample } from './counterexample-of.js';
import { pairDesign } from './pair.fixture.js';
import { instantOf, storyOfBreak } from './story.js';
import { typescriptLiteral } from './typescript-literal.js';
import { counterexampleWith, scenarioWith } from './verdict.fixture.js';
import { storyMarkdown, vitestSource, writeUpOf } from './write-up.js';

const lab = defineLab(pairDesign(150, 100));
const lostMulticast = counterexampleWith(
  lab,
  scenarioWith({
    starts: { n2: 5e8 },
    actions: [{ at: 4e9, deed: { do: 'drop-multicast', node: 'sw1' } }],
    losses: [{ at: 3.5e9, node: 'n2', kind: 'vrrp' }],
  }),
  { property: 'single-owner', message: '192.168.1.100 has two owners for longer than 0.2 ms', at: 7.0845e9 },
);

describe('the story of a break', () => {
  test('names causes by letters, and who became master and why, until it broke', () => {
    const sentences = storyOfBreak(runOfCounterexample(lostMulticast).report, lostMulticast);
    expect(
      sentences.map(({ at, letter, text }) => `${letter} ${instantOf(at, letter !== '')} ${text}`),
    ).toEqual([
      'a 0.5 n2 boots; 0.580 BACKUP.',
      ' 3.474 n1 (150) becomes master of .100: 3.414 s after BACKUP, no advert heard.',
      "b 4 sw1 stops passing VRRP's multicast, as IGMP snooping without a querier does; no other loss.",
      " 7.084 n2 (100) becomes master of .100, and n1 still has it: 3.609 s after n1's last 150 advert (3.474): 3 x 1 s + 156/256 s. DUAL until the end.",
      ' 7.085 single-owner is violated: 192.168.1.100 has two owners for longer than 0.2 ms.',
    ]);
  });

  test('tells a lost frame when it was lost, and what comes after the break not at all', () => {
    const losses = [4e9, 4.1e9, 4.2e9, 4.3e9].map((at) => ({ at, node: 'n2', kind: 'vrrp' as const }));
    const lossy = counterexampleWith(
      lab,
      scenarioWith({ losses, actions: [{ at: 15e9, deed: { do: 'heal' } }] }),
      { property: 'p', message: 'm', at: 8.2e9 },
    );
    const sentences = storyOfBreak(runOfCounterexample(lossy).report, lossy);
    const lost = sentences.filter(({ letter }) => letter !== '');
    expect(lost.map(({ at, text }) => `${instantOf(at, true)} ${text}`)).toEqual(
      // The last is n1's answer to the lower advert of n2, which has become master.
      ['4.474', '5.474', '6.474', '7.084'].map((at) => `${at} an advert of n1 to n2 is lost.`),
    );
    expect(sentences.some(({ text }) => text.includes('all passes again'))).toBe(false);
  });

  test('of very many causes stays readable', () => {
    const actions = Array.from({ length: 40 }, (_, index) => ({
      at: (index + 4) * 1e9,
      deed: { do: index % 2 === 0 ? 'unplug' : 'plug', node: 'n1' } as Deed,
    }));
    const restless = counterexampleWith(lab, scenarioWith({ actions, until: 60e9 }), {
      property: 'p',
      message: 'm',
      at: 50e9,
    });
    const sentences = storyOfBreak(runOfCounterexample(restless).report, restless);
    expect(sentences.length).toBeLessThanOrEqual(26);
    expect(sentences.some(({ text }) => /^… \d+ more/.test(text))).toBe(true);
  });

  test.each([
    ['unplug', 'n1', 'eth1', "n1's cable of eth1 is pulled"],
    ['stop', 'n1', '', 'keepalived on n1 is stopped (SIGTERM)'],
    ['kill-9', 'n1', 'haproxy', 'haproxy on n1 is killed (kill -9): its addresses stay in the kernel'],
    ['freeze', 'n1', '', 'n1 freezes, as a paused virtual machine'],
    ['one-way-loss', 'n1 to n2', 'vrrp', 'adverts from n1 to n2 are lost, and nothing the other way'],
    ['one-way-loss', 'n2', '', 'all frames to n2 are lost, and nothing from it'],
    ['heal', 'lab', '', 'the loss ends: all passes again'],
    ['script-result', 'n1', 'chk bad', 'the script chk says bad on n1'],
    ['set-loss', 'n1', '5%', 'set-loss n1 5%'],
  ])('says %s %s %s in words', (action, target, detail, words) => {
    expect(causeInWords({ action, target, detail })).toBe(words);
  });
});

describe('a write-up', () => {
  const files = new Map(writeUpOf(lostMulticast).map(({ name, content }) => [name, content]));

  test('has the story, a capture of each switch and a log of each daemon', () => {
    expect([...files.keys()]).toEqual(['story.md', 'sw1.pcapng', 'n1.keepalived.log', 'n2.keepalived.log']);
    expect([...(files.get('sw1.pcapng') ?? []).slice(0, 4)]).toEqual([0x0a, 0x0d, 0x0d, 0x0a]);
    expect(files.get('n2.keepalived.log')).toContain('Entering MASTER STATE');
  });

  test('tells the story with its token and a diagram', () => {
    const markdown = storyMarkdown(lostMulticast);
    expect(markdown).toMatch(/^# pair: 192\.168\.1\.100 has two owners/);
    expect(markdown).toContain(`viplab run --replay ${lostMulticast.token}`);
    expect(markdown).toContain('| b | 4 | sw1 stops passing');
    expect(markdown).toContain('```mermaid\nsequenceDiagram\n');
  });
});

describe('a counterexample as a test', () => {
  test('is TypeScript that says the same lab', () => {
    const source = vitestSource(lostMulticast);
    expect(source).toContain(`// viplab run --replay ${lostMulticast.token}`);
    const [, literal = ''] = /defineLab\((\{[\s\S]*?\n\})\);/.exec(source) ?? [];
    expect(new Function(`return ${literal}`)()).toEqual(lostMulticast.design);
  });

  test('survives quotes, templates and line ends in texts', () => {
    const texts = ["it's", 'a`b${c}\\d\n', 'x\r\ny', '"', '\\', '\u0000', ''];
    const value = { 'a-b': texts, ok: { n: 1, yes: true, no: null, none: undefined } };
    expect(new Function(`return ${typescriptLiteral(value)}`)()).toEqual(value);
  });
});
