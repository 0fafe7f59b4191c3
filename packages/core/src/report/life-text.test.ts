import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import { HandMadeConnection, keptConnectionStory } from './hand-made-connection.fixture.js';
import { at, HandMadeTrace, pairFacts, WRITE } from './hand-made-trace.fixture.js';
import { lifeMermaid } from './life-mermaid.js';
import { lifeLines } from './life-text.js';
import { reportOf } from './report.js';
import { plainLine, plainText, textWidth } from './styled-text.js';

const KEPT = [
  'c1#1       c1 to 192.168.1.100:5432, from 192.168.1.50:40001',
  '           reset by n2 at 13.474, after a request hung 3.33 s; 33 requests answered, 5 segments sent',
  '           again',
  '',
  '     3.545  c1 asks .100:5432 for a connection; its frames arrive at n1',
  '     3.545  established with n1, 0.2 ms later',
  '     3.545  33 requests answered by n1 until 9.945, each within 0.2 ms',
  '    10.000  power-off n1',
  "    10.000  c1's frames to .100 arrive nowhere from now on",
  '    10.145  c1 sends a request, which arrives nowhere',
  '    10.346  c1 sends it again, 4 times: 10.346 10.547 10.953 11.765, and it arrives nowhere',
  "    13.084  c1's frames to .100 arrive at n2 from now on",
  '    13.474  c1 sends it again',
  "    13.474  n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET after 3.33 s",
  '            of silence',
];

const KEPT_DIAGRAM = `sequenceDiagram
  participant p0 as c1
  participant p1 as n1
  participant p2 as n2
  p0->>p1: 3.545 SYN
  p1-->>p0: 3.545 established
  p0->>p1: 3.545 33 requests, answered
  Note over p1: 10.000 power-off n1
  Note over p0: 10.000 frames to .100 arrive nowhere
  Note over p0: 10.145 request: arrives nowhere
  Note over p0: 10.346 again, 4 times: arrives nowhere
  Note over p0: 13.084 frames to .100 arrive at n2
  p0-xp2: 13.474 again
  p2->>p0: 13.474 RST: no such connection here
  Note over p0: 13.474 c1 sees ECONNRESET after 3.33 s of silence
`;

/** The life of one connection, without its head. */
const told = (write: (connection: HandMadeConnection, trace: HandMadeTrace) => void): string[] => {
  const trace = new HandMadeTrace();
  write(new HandMadeConnection(trace, 1), trace);
  const report = reportOf(trace.events, pairFacts());
  const [life] = report.connections;
  if (life === undefined) throw new Error('no life');
  const lines = lifeLines(report, life).map(plainLine);
  return lines.slice(lines.indexOf('') + 1).map((line) => line.trim());
};

describe('the life of a connection', () => {
  test('as a text', () => {
    const { events, facts } = keptConnectionStory();
    const report = reportOf(events, facts);
    expect(lifeLines(report, report.connection('c1#1')).map(plainLine)).toEqual(KEPT);
    // A number stays on the line of its unit.
    expect(lifeLines(report, report.connection('c1#1'), { width: 96 }).map(plainLine).slice(-2)).toEqual([
      "    13.474  n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET after",
      '            3.33 s of silence',
    ]);
    expect(plainText(lifeLines(report, report.connection('c1#2')))).toContain(
      '    45.000  n2 still holds its end of it: nobody told it\n',
    );
    expect(plainText(lifeLines(report, report.connection('c1#3')))).toContain(
      'open at the end of the run; 83 requests answered',
    );
  });

  test('as a diagram', () => {
    const { events, facts } = keptConnectionStory();
    const report = reportOf(events, facts);
    expect(lifeMermaid(report, report.connection('c1#1'))).toBe(KEPT_DIAGRAM);
    expect(lifeMermaid(report, report.connection('c1#1'), { most: 4 })).toBe(`sequenceDiagram
  participant p0 as c1
  participant p1 as n1
  participant p2 as n2
  p0->>p1: 3.545 SYN
  p1-->>p0: 3.545 established
  Note over p0,p2: 6 steps more
  p0-xp2: 13.474 again
  p2->>p0: 13.474 RST: no such connection here
  Note over p0: 13.474 c1 sees ECONNRESET after 3.33 s of silence
`);
  });

  test('a refused one, and one that nobody answered', () => {
    expect(
      told((it) =>
        it
          .opens(at('10'), null)
          .resetSent(at('10.0001'), 'n2', 'closed-port')
          .reset(at('10.0002'), 'c1', 'SYN_SENT')
          .result(at('10'), at('10.0002'), 'refused', { connection: null, stage: 'connect' }),
      ),
    ).toEqual([
      '10.000  c1 asks .100:5432 for a connection',
      '10.000  nobody listens on port 5432 of n2: its kernel answers with RST; c1 sees ECONNREFUSED',
    ]);
    expect(
      told((it, trace) => {
        trace.lands(at('1'), 'c1', WRITE, null);
        it.opens(at('10'), null)
          .again('c1', 'syn', at('11'))
          .closes(at('12'), 'c1')
          .result(at('10'), at('12'), 'timeout', { connection: null, stage: 'connect' });
      }),
    ).toEqual([
      '10.000  c1 asks .100:5432 for a connection; its frames arrive nowhere',
      '11.000  c1 sends its SYN again, and it arrives nowhere',
      '12.000  c1 waits no longer (2.00 s without an answer)',
    ]);
  });

  test('what the client learns, and where its frames go then', () => {
    expect(
      told((it, trace) => {
        trace
          .announces(at('4'), 'n2', WRITE)
          .learns(at('5'), 'c1', WRITE, 'n2', 'n1')
          .lands(at('5'), 'c1', WRITE, 'n2', 'n1')
          .learns(at('6'), 'c1', WRITE, 'nobody', 'n2');
        it.opens(at('1'), 'n1').changes(at('7'), 'closed').closes(at('67'), 'c1');
      }),
    ).toEqual([
      '1.000  c1 asks .100:5432 for a connection',
      '1.000  established with n1, 0.2 ms later',
      '5.000  c1 learns that n2 has .100: its frames arrive at n2 from now on',
      '6.000  c1 no longer knows who has .100',
      '7.000  c1 closes it',
      '100.000  n1 still holds its end of it: nobody told it',
    ]);
  });

  test('challenges, RSTs that end nothing, errors in answers, and the other end’s fate', () => {
    const lines = told((it, trace) => {
      it.opens(at('1'), 'n1')
        .result(at('1.5'), at('1.6'), 'error', { by: 'n1', detail: 'FATAL 57P03' })
        .resetSent(at('2'), 'c1', 'aborted')
        .resetSent(at('2.5'), 'n2', 'unread-data')
        .again('n1', 'timeout', at('3'), at('4'))
        .again('n1', 'keepalive', at('5'))
        .again('c1', 'fast', at('5.5'))
        .again('c1', 'window-probe', at('5.6'))
        .changes(at('6'), 'eof')
        .resetSent(at('7'), 'c1', 'no-connection')
        .reset(at('7.001'), 'n1');
      trace.add(at('1.7'), 'tcp.challenged', 'n1', {
        local: `${WRITE}:5432`,
        remote: it.local,
        by: 'rst',
      });
      trace.add(at('1.8'), 'tcp.queue-full', 'n1', { local: `${WRITE}:5432`, remote: it.local });
    });
    expect(lines.slice(2)).toEqual([
      '1.600  a request is answered by n1 with an error: FATAL 57P03',
      '1.700  n1 does not believe a RST that does not fit exactly and asks back (challenge ACK)',
      '1.800  n1 has no room in its accept queue and drops it',
      '2.000  c1 gives the connection up with RST, to n1',
      '2.500  n2 closes with bytes unread: RST',
      '3.000  n1 sends it again, twice: 3.000 4.000',
      '5.000  n1 asks whether the other end is still there (keepalive)',
      '5.500  c1 sends at once again what the acknowledgements say is missing',
      '5.600  c1 asks whether there is room again',
      '6.000  n1 hangs up (FIN): c1 reads the end of the stream',
      "7.000  c1's kernel has no such connection and answers with RST, to n1",
      "7.001  a RST ends n1's end of it",
    ]);
  });

  test('a server that was left alone goes on, and each time is told where its client has gone', () => {
    const lines = told((it, trace) => {
      it.opens(at('1'), 'n1')
        .result(at('2'), at('2.0001'), 'reset')
        .resetSent(at('2.0001'), 'n2', 'no-connection')
        .reset(at('2.0001'), 'c1')
        .changes(at('2.0001'), 'reset');
      for (const time of [at('3'), at('4'), at('6')])
        it.again('n1', 'timeout', time).resetSent(time + MILLISECOND, 'c1', 'no-connection');
      it.resetSent(at('9'), 'c1', 'no-connection').resetSent(at('9.1'), 'c1', 'no-connection');
      it.again('n1', 'timeout', at('9.2'));
      trace.lands(at('1.5'), 'c1', WRITE, 'n2').lands(at('8'), 'c1', WRITE, 'n1', 'n2');
      // There and back between two RSTs.
      trace.lands(at('5'), 'c1', WRITE, 'n1', 'n2').lands(at('5.1'), 'c1', WRITE, 'n2', 'n1');
      trace.cause(at('8.5'), 'heal', 'sw1');
    });
    expect(lines.slice(2)).toEqual([
      "1.500  c1's frames to .100 arrive at n2 from now on",
      '2.000  c1 sends a request, which goes to n2',
      "2.000  n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET",
      '3.000  n1 sends it again, 3 times: 3.000 4.000 6.000',
      "3.001  c1's kernel has no such connection and answers with RST, to n2, 3 times",
      "9.000  c1's kernel has no such connection and answers with RST, to n1, twice",
      '9.200  n1 sends it again',
      '100.000  n1 still holds its end of it: nobody told it',
    ]);
  });

  test('broken at rest: the next request finds out', () => {
    const lines = told((it) =>
      it
        .opens(at('1'), 'n1')
        .asks(at('1.1'), at('1.2'), 'n1')
        .resetSent(at('2'), 'n2', 'no-connection')
        .reset(at('2'), 'c1')
        .changes(at('2'), 'reset')
        .result(at('2.1'), at('2.1'), 'reset'),
    );
    expect(lines.slice(3, 5)).toEqual([
      "2.000  n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET",
      "2.100  c1's next request finds it broken",
    ]);
  });

  test('a server that loses its power holds nothing', () => {
    const lines = told((it, trace) => {
      it.opens(at('1'), 'n1').result(at('2'), at('3'), 'timeout').changes(at('3'), 'timeout');
      trace.cause(at('1.9'), 'power-off', 'n1').add(at('1.9'), 'node.power', 'n1', { on: false });
    });
    expect(lines.at(-1)).toBe('3.000  c1 waits no longer (1.00 s without an answer)');
  });

  test('a long life is cut in the middle', () => {
    const trace = new HandMadeTrace();
    const it = new HandMadeConnection(trace, 1).opens(at('1'), 'n1');
    for (let round = 0; round < 50; round++) {
      it.result((2 + round) * SECOND, (2 + round) * SECOND + MILLISECOND, 'ok', {
        by: round % 2 === 0 ? 'n1' : 'n2',
      });
    }
    const report = reportOf(trace.events, pairFacts());
    const [life] = report.connections;
    if (life === undefined) throw new Error('no life');
    const text = lifeLines(report, life, { most: 9 }).map(plainLine);
    expect(text).toHaveLength(3 + 10);
    expect(text).toContain('            44 steps more');
  });

  test('any life fits the screen, and its diagram has no line that Mermaid could not read', () => {
    const instant = fc.integer({ min: 0, max: 60 * SECOND });
    const node = fc.constantFrom('c1', 'n1', 'n2');
    const step = fc.oneof(
      fc.record({ do: fc.constant('again'), time: instant, node }),
      fc.record({ do: fc.constant('rst'), time: instant, node }),
      fc.record({ do: fc.constant('reset'), time: instant, node }),
      fc.record({ do: fc.constant('land'), time: instant, node }),
      fc.record({ do: fc.constant('ask'), time: instant, node }),
      fc.record({ do: fc.constant('change'), time: instant, node }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, isAnswered) => {
        const trace = new HandMadeTrace();
        const it = new HandMadeConnection(trace, 1).opens(at('1'), isAnswered ? 'n1' : null);
        for (const { do: what, time, node: who } of steps) {
          if (what === 'again') it.again(who, 'timeout', time);
          else if (what === 'rst') it.resetSent(time, who, 'no-connection');
          else if (what === 'reset') it.reset(time, who);
          else if (what === 'land') trace.lands(time, 'c1', WRITE, who === 'c1' ? null : who);
          else if (what === 'ask') it.result(time, time + MILLISECOND, who === 'c1' ? 'reset' : 'ok');
          else it.changes(time, who === 'c1' ? 'reset' : 'closed');
        }
        const report = reportOf(trace.events, pairFacts());
        for (const life of report.connections) {
          for (const line of lifeLines(report, life, { width: 60, ascii: true }).map(plainLine)) {
            expect(textWidth(line)).toBeLessThanOrEqual(60);
            expect(line).toMatch(/^[\x20-\x7e]*$/);
          }
          for (const line of lifeMermaid(report, life).trimEnd().split('\n').slice(1))
            expect(line).toMatch(
              /^ {2}(?:participant p\d as |Note over p\d(?:,p\d)?: |p\d(?:->>|-->>|-x)p\d: )/,
            );
        }
      }),
      { numRuns: 200 },
    );
  });
});
