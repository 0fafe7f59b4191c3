import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import {
  at,
  HandMadeTrace,
  multicastLostStory,
  pairFacts,
  powerOffStory,
  vipFacts,
  WRITE,
} from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';
import { type StoryOptions, storyLines, storyOf } from './story.js';
import type { StoryEntry } from './story-entry.js';
import { foldRounds } from './story-rounds.js';
import { plainLine, textWidth } from './styled-text.js';

const tell = (trace: HandMadeTrace, options: StoryOptions = {}): string[] =>
  storyLines(reportOf(trace.events, pairFacts()), options).map(plainLine);

const entry = (time: number, key: string): StoryEntry => ({
  time,
  kind: 'landing',
  level: 'normal',
  subject: key,
  text: '',
  vip: null,
  isLettered: true,
  key,
});

describe('rounds', () => {
  test('three alike are told once, with their period', () => {
    const times = [0, 5, 10].flatMap((second) => [
      entry(second * SECOND, 'x'),
      entry(second * SECOND + 1, 'y'),
    ]);
    const folded = foldRounds([...times, entry(20 * SECOND, 'z')]);
    expect(folded.map((it) => it.entry.key)).toEqual(['x', 'y', 'z']);
    expect(folded[1]?.closes).toEqual({
      count: 2,
      period: 5 * SECOND,
      last: 10 * SECOND,
      times: [5 * SECOND, 10 * SECOND],
    });
  });

  test('two alike are told twice; what has no key is never folded', () => {
    expect(foldRounds([entry(0, 'x'), entry(1, 'x')])).toHaveLength(2);
    expect(foldRounds([entry(0, ''), entry(1, ''), entry(2, ''), entry(3, '')])).toHaveLength(4);
  });

  test('without a rhythm the last one is told', () => {
    const folded = foldRounds([0, 5, 6, 20].map((second) => entry(second * SECOND, 'x')));
    expect(folded.map(({ closes }) => closes)).toMatchObject([{ count: 3, period: null, last: 20 * SECOND }]);
  });
});

describe('a story', () => {
  test('each repeated round has its letter under the lanes', () => {
    const { events, facts } = multicastLostStory();
    const { marks } = storyOf(reportOf(events, facts));
    expect(marks.filter(({ letter }) => letter === 'd').map(({ time }) => time)).toEqual(
      [0, 1, 2, 3, 4].map((round) => at('8.4841125') + round * 5 * SECOND),
    );
  });

  test('says which instance enters what, together only what is entered together', () => {
    const state = (time: number, node: string, instance: string, to: 'FAULT' | 'BACKUP') =>
      [time, 'vrrp.state', node, { instance, from: 'INIT', to, priority: 150 }] as const;
    const booted = (
      ...states: (readonly [`${number}`, string, 'FAULT' | 'BACKUP'])[]
    ): string | undefined => {
      const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').owners(at('10'), WRITE);
      trace.cause(at('10'), 'power-off', 'n1').cause(at('25'), 'power-on', 'n1');
      for (const [time, instance, to] of states) trace.add(...state(at(time), 'n1', instance, to));
      const facts = pairFacts({
        duration: at('40'),
        vips: ['VI_4', 'VI_6'].map((name, index) =>
          vipFacts(index === 0 ? WRITE : '2001:db8:1::100', name, { n1: 150, n2: 100 }),
        ),
      });
      const lines = storyLines(reportOf(trace.events, facts)).map(plainLine);
      return lines.find((line) => line.includes('power-on n1'))?.replace(/^.*power-on n1 */, '');
    };
    expect(
      booted(['25.06', 'VI_4', 'BACKUP'], ['25.06', 'VI_6', 'FAULT'], ['26.484', 'VI_6', 'BACKUP']),
    ).toBe('25.060 BACKUP for VI_4; 25.060 FAULT for VI_6; 26.484 BACKUP for VI_6');
    expect(booted(['25.06', 'VI_4', 'BACKUP'], ['25.06', 'VI_6', 'BACKUP'])).toBe('25.060 BACKUP for both');
    expect(booted(['25.06', 'VI_4', 'FAULT'], ['25.1', 'VI_4', 'FAULT'])).toBe('25.060 FAULT for VI_4');
  });

  test('says who has an address that duplicate address detection refuses', () => {
    const trace = new HandMadeTrace().add(at('5'), 'address.duplicate', 'n2', {
      interface: 'eth0',
      address: 'fe80::1',
      mac: '02:00:00:00:09:09',
    });
    const told = tell(trace, { level: 'v' }).find((line) => line.includes('fe80::1'));
    expect(told).toContain('n2 eth0');
    expect(told).toContain('cannot use fe80::1: 02:00:00:00:09:09 has it');
  });

  test('tells flaps, duals, headless times, black holes and outages', () => {
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');
    trace
      .owners(at('20'), WRITE, 'n1', 'n2')
      .owners(at('22'), WRITE, 'n2')
      .lands(at('25'), 'c1', WRITE, 'n2');
    trace
      .cause(at('40'), 'freeze', 'n2', 'the machine')
      .owners(at('40'), WRITE)
      .owners(at('50'), WRITE, 'n2');
    trace
      .asks('c1', WRITE, at('4'), at('40'), 'n1')
      .asks('c1', WRITE, at('40'), at('50'), null)
      .asks('c1', WRITE, at('50'), at('60'), 'n2');
    expect(tell(trace)).toEqual([
      'a   3.000  n1 owner of .100',
      'b  20.000  n2 owner of .100    FLAP: nothing caused it. DUAL for 2.00 s',
      '   22.000  n1 gives up .100    DUAL ends',
      'c  22.000  c1 reaches nobody   .100: its frames go to n1, which does not own it, for 3.00 s',
      'd  40.000  freeze n2           the machine',
      'e  40.000  .100 headless       HEADLESS for 10.00 s (allowed 3.61 s)',
      '   40.000  c1                  no service from .100 for 10.00 s: 50 attempts timed out',
      'f  50.000  n2 owner of .100',
      '           2 quieter events (states, landings): -v',
    ]);
  });

  test('levels: nothing, the story, what led to it, everything', () => {
    const { events, facts } = powerOffStory();
    const lines = (level: StoryOptions['level']): string[] =>
      storyLines(reportOf(events, facts), { ...(level === undefined ? {} : { level }), frames: 1204 }).map(
        plainLine,
      );
    expect(lines('quiet')).toEqual([]);
    expect(lines('normal')).toContain('           1 204 frames: -vv');
    expect(lines('v')).toContain(
      '    9.475063  n1 advert 150       VI_WRITE: the last that counts before the next election',
    );
    expect(lines('vv').some((line) => line.includes('n1 address.added'))).toBe(true);
    expect(lines('vv').length).toBeGreaterThan(lines('v').length);
    expect(lines('vv').some((line) => line.includes('-vv'))).toBe(false);
  });

  test('no line is wider than the screen, on narrow ones neither', () => {
    for (const { events, facts } of [powerOffStory(), multicastLostStory()]) {
      for (const level of ['normal', 'v', 'vv'] as const) {
        for (const width of [40, 71, 72, 200]) {
          const lines = storyLines(reportOf(events, facts), { level, width });
          for (const line of lines)
            expect(textWidth(plainLine(line))).toBeLessThanOrEqual(Math.min(width, 100));
        }
      }
    }
  });

  test('first owners of several VIPs are one sentence, if they come together', () => {
    const vips = ['192.168.1.100', '192.168.1.101', '192.168.1.102', '192.168.1.103'].map((address) =>
      vipFacts(address, 'VI_1', { n1: 1 }),
    );
    const trace = new HandMadeTrace()
      .owners(at('3'), '192.168.1.100', 'n1')
      .owners(at('3'), '192.168.1.101', 'n1');
    trace.owners(at('3.5'), '192.168.1.102', 'n2').owners(at('4.5'), '192.168.1.103', 'n2');
    expect(storyLines(reportOf(trace.events, pairFacts({ vips }))).map(plainLine)).toEqual([
      'a   3.000  n1 owner of .100    and of .101; 0.500 s later n2 of .102',
      'b   4.500  n2 owner of .103',
    ]);
  });

  test('a cause says what the node was doing and what it does then', () => {
    const trace = new HandMadeTrace()
      .owners(at('3'), WRITE, 'n1')
      .adverts('n1', 'VI_1', 150, at('3'), at('10'));
    trace
      .cause(at('10.5'), 'kill-9', 'n1')
      .cause(at('30'), 'restart', 'n1:keepalived', 'with SIGHUP')
      .backup(at('30.1'), 'n1', 'VI_1', 150);
    expect(tell(trace).slice(1, 3)).toEqual([
      'b  10.500  kill-9 n1           its last VI_1 advert was at 9.000',
      'c  30.000  restart n1:keepalived  with SIGHUP; 30.100 BACKUP',
    ]);
  });

  test('a story without end is cut', () => {
    const trace = new HandMadeTrace();
    for (let count = 0; count < 90; count++)
      trace.cause(at('5') + count * SECOND, 'arping', `n${count}`, '', false);
    expect(tell(trace).at(-1)).toBe('           and 30 more of these: -v');
  });
});
