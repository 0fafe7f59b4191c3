import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND } from '../engine/index.js';
import { carpFacts, HandMadeCarp, SHARED } from './hand-made-carp.fixture.js';
import {
  at,
  HandMadeTrace,
  multicastLostStory,
  pairFacts,
  powerOffStory,
  vipFacts,
  WRITE,
} from './hand-made-trace.fixture.js';
import { anyRun } from './random-trace.fixture.js';
import { reportOf } from './report.js';
import type { RunFacts } from './run-facts.js';
import { plainLine, textWidth } from './styled-text.js';
import { type TimelineOptions, timeline } from './timeline.js';

const draw = (
  trace: HandMadeTrace,
  changes: Partial<RunFacts> = {},
  options: TimelineOptions = {},
): string[] => timeline(reportOf(trace.events, pairFacts(changes)), options).map(plainLine);

/** 60 s: one column is one second. */
const MINUTE = { duration: 60 * SECOND } as const;
const lane = (lines: readonly string[], label: string): string =>
  lines.find((line) => line.slice(6).startsWith(label))?.slice(11) ?? '';

describe('lanes', () => {
  test('owner, off, FAULT, frozen and the count of owners', () => {
    const trace = new HandMadeTrace()
      .owners(at('3'), WRITE, 'n1')
      .add(at('10'), 'node.power', 'n1', { on: false })
      .owners(at('10'), WRITE);
    trace.owners(at('13'), WRITE, 'n2').add(at('20'), 'node.power', 'n1', { on: true });
    trace.add(at('30'), 'vrrp.state', 'n1', { instance: 'VI_1', from: 'BACKUP', to: 'FAULT', priority: 150 });
    trace.add(at('40'), 'vrrp.state', 'n1', { instance: 'VI_1', from: 'FAULT', to: 'BACKUP', priority: 150 });
    trace
      .add(at('50'), 'node.frozen', 'n1', { frozen: true })
      .add(at('55'), 'node.frozen', 'n1', { frozen: false });
    const lines = draw(trace, MINUTE);
    expect(lane(lines, 'n1')).toBe(
      `───███████${'╳'.repeat(10)}${'─'.repeat(10)}${'F'.repeat(10)}${'─'.repeat(10)}╳╳╳╳╳─────`.padEnd(60),
    );
    expect(lane(lines, 'n2')).toBe('─'.repeat(13) + '█'.repeat(47));
    expect(lane(lines, 'own')).toBe(`···1111111000${'1'.repeat(47)}`);
  });

  test('a state of another instance of the node is not drawn here', () => {
    const trace = new HandMadeTrace().add(at('30'), 'vrrp.state', 'n1', {
      instance: 'VI_9',
      from: 'BACKUP',
      to: 'FAULT',
      priority: 1,
    });
    expect(lane(draw(trace, MINUTE), 'n1')).toBe('─'.repeat(60));
  });

  test('CARP: not yet, INIT and off', () => {
    const trace = new HandMadeCarp({ fw1: 0, fw2: 100 })
      .enters(at('5'), 'fw1', 'BACKUP', 'start')
      .enters(at('0'), 'fw2', 'BACKUP', 'start')
      .enters(at('8'), 'fw1', 'MASTER', 'timeout')
      .owners(at('8'), SHARED, 'fw1')
      .enters(at('20'), 'fw1', 'INIT', 'link-down')
      .owners(at('20'), SHARED)
      .enters(at('30'), 'fw1', 'BACKUP', 'link-up')
      .add(at('40'), 'node.power', 'fw1', { on: false })
      .add(at('45'), 'node.power', 'fw1', { on: true });
    const report = reportOf(trace.events, carpFacts(trace.skews, MINUTE));
    expect(lane(timeline(report).map(plainLine), 'fw1')).toBe(
      `·····───${'█'.repeat(12)}${'I'.repeat(10)}${'─'.repeat(10)}╳╳╳╳╳${'·'.repeat(15)}`,
    );
  });

  test('the worst thing in a column wins over what lasts longer', () => {
    const trace = new HandMadeTrace()
      .owners(0, WRITE, 'n1')
      .owners(at('20.2'), WRITE)
      .owners(at('20.4'), WRITE, 'n1');
    trace
      .add(at('30.2'), 'node.power', 'n2', { on: false })
      .add(at('30.201'), 'node.power', 'n2', { on: true });
    trace.owners(at('40.2'), WRITE, 'n1', 'n2').owners(at('40.4'), WRITE, 'n1');
    const lines = draw(trace, MINUTE);
    expect(lane(lines, 'own')).toBe(`${'1'.repeat(20)}0${'1'.repeat(19)}2${'1'.repeat(19)}`);
    expect(lane(lines, 'n2')).toBe(`${'─'.repeat(30)}╳${'─'.repeat(29)}`);
  });

  test('a dual within its budget is no column of its own', () => {
    const trace = new HandMadeTrace()
      .owners(0, WRITE, 'n1')
      .owners(at('20'), WRITE, 'n1', 'n2')
      .owners(at('20.0002'), WRITE, 'n2');
    expect(lane(draw(trace, MINUTE), 'own')).toBe('1'.repeat(60));
  });

  test('a client has a lane when it lands elsewhere: its digit, a move, a black hole', () => {
    const trace = new HandMadeTrace()
      .owners(0, WRITE, 'n1', 'n2')
      .lands(at('5'), 'c1', WRITE, 'n1')
      .lands(at('20'), 'c1', WRITE, 'n2');
    trace.owners(at('30'), WRITE, 'n1').lands(at('40'), 'c1', WRITE, 'n1').lands(at('50'), 'c1', WRITE, null);
    const lines = draw(trace, MINUTE);
    expect(lane(lines, 'c1 →')).toBe(
      `·····${'1'.repeat(15)}↯${'2'.repeat(9)}${'?'.repeat(10)}↯${'1'.repeat(9)}${'?'.repeat(10)}`,
    );
    expect(lane(lines, 'n1')).toBe(`${'█'.repeat(20)}${'▒'.repeat(20)}${'█'.repeat(10)}${'▒'.repeat(10)}`);
    expect(lane(lines, 'n2')).toBe(`${'█'.repeat(5)}${'▒'.repeat(15)}${'█'.repeat(10)}${'─'.repeat(30)}`);
  });

  test('no client lane where every landing is the owner', () => {
    const { events, facts } = powerOffStory();
    expect(timeline(reportOf(events, facts)).map(plainLine).join('\n')).not.toContain('→');
  });

  test('clients with the same landings share a lane', () => {
    const trace = new HandMadeTrace().owners(0, WRITE, 'n1', 'n2');
    for (const client of ['c1', 'c2']) trace.lands(at('5'), client, WRITE, 'n1');
    const clients = ['c1', 'c2'].map((name) => ({ name, node: name, target: WRITE }));
    expect(
      draw(trace, { clients })
        .filter((line) => line.includes('→'))
        .map((line) => line.slice(6, 13)),
    ).toEqual(['c1+1 → ']);
  });
});

describe('the picture', () => {
  test('letters stand under their instants; of two in a column the first', () => {
    const marks = [
      { time: at('10'), letter: 'a', vip: null },
      { time: at('13.1'), letter: 'b', vip: WRITE },
      { time: at('13.9'), letter: 'c', vip: WRITE },
    ];
    expect(draw(new HandMadeTrace(), MINUTE, { marks }).at(-1)).toBe(`${' '.repeat(11)}          a  b`);
  });

  test('a narrow terminal has no lanes, an ASCII one has ASCII', () => {
    const { events, facts } = multicastLostStory();
    const report = reportOf(events, facts);
    expect(timeline(report, { width: 79 })).toEqual([]);
    const ascii = timeline(report, { width: 80, ascii: true }).map(plainLine);
    expect(ascii.every((line) => textWidth(line) <= 80)).toBe(true);
    expect(ascii.join('')).toMatch(/^[\x20-\x7e]*$/);
    expect(ascii[1]).toMatch(/^\.100 {2}n1 {3}-+#+$/);
  });

  test('more than 8 nodes: only lanes that change, the others are counted', () => {
    const names = Array.from({ length: 20 }, (_, index) => `n${index + 1}`);
    const facts: Partial<RunFacts> = {
      nodes: names.map((name) => ({ name, kind: 'host' })),
      vips: [
        vipFacts(WRITE, 'VI_1', Object.fromEntries(names.map((name) => [name, 100]))),
        vipFacts('192.168.1.101', 'VI_2', Object.fromEntries(names.map((name) => [name, 100]))),
      ],
    };
    const trace = new HandMadeTrace().owners(at('3'), WRITE, 'n7');
    const lines = draw(trace, facts);
    expect(lines).toHaveLength(4);
    expect(lines.at(-1)).toBe('+ 40 lanes without a change (--lanes all)');
    expect(draw(trace, facts, { lanes: 'all' })).toHaveLength(43);
  });

  test('long names are clipped, and the lines still fit', () => {
    const node = 'a-node-with-a-name-that-nobody-can-remember';
    const lines = draw(new HandMadeTrace(), {
      vips: [vipFacts(WRITE, 'AN_INSTANCE_WITH_A_LONG_NAME', { [node]: 1 })],
    });
    expect(lines.every((line) => textWidth(line) <= 100)).toBe(true);
    expect(lines[1]).toContain('…');
  });

  test('every lane has the same width, and no line is wider than the terminal', () => {
    fc.assert(
      fc.property(anyRun, fc.integer({ min: 80, max: 140 }), ({ events, facts }, width) => {
        const lines = timeline(reportOf(events, facts), { width }).map((line) =>
          line.map(({ text }) => text).join(''),
        );
        const lanes = lines.slice(1);
        expect(lanes.length).toBeGreaterThanOrEqual(4);
        expect(new Set(lanes.map(textWidth)).size).toBe(1);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(Math.min(100, width));
      }),
    );
  });
});
