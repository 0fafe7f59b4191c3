import { describe, expect, test } from 'vitest';
import { MILLISECOND } from '../engine/index.js';
import { countConnections } from './connection-counts.js';
import { worstBroken } from './connection-life.js';
import { connectionsOf } from './connections.js';
import { HandMadeConnection, keptConnectionStory } from './hand-made-connection.fixture.js';
import { at, HandMadeTrace, pairFacts, WRITE } from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';

const C1 = [{ name: 'c1', node: 'c1', target: WRITE }];
const END = at('100');

const livesOf = (trace: HandMadeTrace) => connectionsOf(trace.events, C1, END);
const one = (write: (connection: HandMadeConnection) => void) => {
  const trace = new HandMadeTrace();
  write(new HandMadeConnection(trace, 1));
  const [life] = livesOf(trace);
  if (life === undefined) throw new Error('no life');
  return life;
};

describe('lives of connections', () => {
  test('a kept connection is reset by the node that has it not, after a request hung', () => {
    const { events, facts } = keptConnectionStory();
    const report = reportOf(events, facts);
    expect(report.connections.map(({ name, with: node, isKept }) => ({ name, node, isKept }))).toEqual([
      { name: 'c1#1', node: 'n1', isKept: true },
      { name: 'c1#2', node: 'n2', isKept: true },
      { name: 'c1#3', node: 'n1', isKept: true },
    ]);
    expect(report.connection('c1#1')).toMatchObject({
      openedAt: at('3.545'),
      establishedAt: at('3.5452'),
      broken: { by: 'reset', node: 'n2', at: at('13.474'), hung: at('3.329') },
      end: { how: 'reset', error: 'ECONNRESET', reset: { by: 'n2', reason: 'no-connection' } },
    });
    expect(report.connection('c1#1').retransmissions).toHaveLength(5);
    expect(report.connection('c1#2').broken).toMatchObject({ by: 'reset', node: 'n1' });
    expect(report.connection('c1#3')).toMatchObject({ broken: null, end: { how: 'open', at: at('45') } });
    expect(worstBroken(report.connections)?.name).toBe('c1#1');
    expect(report.connection().name).toBe('c1#1');
    expect(report.connection('c1').name).toBe('c1#1');
    expect(() => report.connection('c1#9')).toThrow(
      "no connection 'c1#9' in this run, did you mean c1#1? (there are c1#1, c1#2, c1#3)",
    );
    expect(() => reportOf([], facts).connection()).toThrow('no client asked for a TCP connection');
  });

  test('per client and per VIP: opened, broken and by whom, how long a request hung, percentiles', () => {
    const { events, facts } = keptConnectionStory();
    const report = reportOf(events, facts);
    const [target] = report.client('c1').targets;
    expect(target?.connections).toEqual({
      asked: 3,
      opened: 3,
      broken: 2,
      brokenBy: { reset: 2, silence: 0, goodbye: 0, unreachable: 0 },
      resetBy: { n1: 1, n2: 1 },
      open: 1,
      retransmissions: 5,
      longestHang: at('3.329'),
      hangsSince: null,
    });
    const { service } = report.vip(WRITE);
    expect(service.connections).toEqual(target?.connections);
    expect(service).toMatchObject({
      attempts: 194,
      ok: 192,
      failed: { reset: 2, timeout: 0 },
      outages: [
        { from: at('10.145'), to: at('13.4742') },
        { from: at('28.541'), to: at('28.542') },
      ],
      worst: { client: 'c1', outage: { from: at('10.145') } },
    });
    expect(report.client('c1').connections).toHaveLength(3);
    expect(report.vips[1]?.service.connections.asked).toBe(0);
  });

  test('the RST that ended it is the last of another node, whatever the client itself sent', () => {
    const life = one((it) =>
      it
        .opens(at('1'), 'n1')
        .resetSent(at('2'), 'n3', 'no-connection')
        .resetSent(at('2.1'), 'n2', 'aborted')
        .resetSent(at('2.15'), 'c1', 'bad-acknowledgement')
        .reset(at('2.2'), 'c1')
        .resetSent(at('2.3'), 'n1', 'no-connection')
        .changes(at('2.2'), 'reset'),
    );
    expect(life.end.reset).toEqual({ at: at('2.1'), by: 'n2', reason: 'aborted' });
    expect(life.broken?.node).toBe('n2');
  });

  test('silence: the kernel gives up, or the program does', () => {
    const kernel = one((it) =>
      it
        .opens(at('1'), 'n1')
        .fails(at('90'), 'c1', 'ETIMEDOUT')
        .changes(at('90'), 'timeout')
        .result(at('2'), at('90'), 'timeout'),
    );
    expect(kernel).toMatchObject({
      broken: { by: 'silence', node: null, hung: at('88') },
      end: { error: 'ETIMEDOUT' },
    });
    const program = one((it) =>
      it.opens(at('1'), 'n1').result(at('2'), at('3'), 'timeout').changes(at('3'), 'closed'),
    );
    expect(program).toMatchObject({ broken: { by: 'silence', hung: at('1') }, end: { error: null } });
  });

  test('a goodbye breaks what is kept or asked, not what has had its answer', () => {
    const kept = one((it) =>
      it.opens(at('1'), 'n1').asks(at('1.1'), at('2'), 'n1').changes(at('3'), 'eof').closes(at('3'), 'c1'),
    );
    expect(kept.broken).toEqual({ by: 'goodbye', at: at('3'), node: 'n1', hung: null });
    const short = one((it) =>
      it.opens(at('1'), 'n1').result(at('1.1'), at('1.2'), 'ok', { by: 'n1' }).changes(at('1.2'), 'eof'),
    );
    expect(short.broken).toBeNull();
    const asked = one((it) =>
      it.opens(at('1'), 'n1').result(at('1.1'), at('1.2'), 'eof').changes(at('1.2'), 'eof'),
    );
    expect(asked.broken).toMatchObject({ by: 'goodbye', node: 'n1', hung: at('0.1') });
  });

  test('no way to the server any more', () => {
    const life = one((it) =>
      it.opens(at('1'), 'n1').fails(at('9'), 'c1', 'EHOSTUNREACH').changes(at('9'), 'unreachable'),
    );
    expect(life).toMatchObject({ broken: { by: 'unreachable', hung: null }, end: { error: 'EHOSTUNREACH' } });
  });

  test('never established: refused, or given up; it has no number and does not count as broken', () => {
    const trace = new HandMadeTrace();
    const refused = new HandMadeConnection(trace, 1).opens(at('10.145'), null);
    refused.resetSent(at('10.1451'), 'n2', 'closed-port').reset(at('10.1452'), 'c1', 'SYN_SENT');
    refused.result(at('10.145'), at('10.1452'), 'refused', { connection: null, stage: 'connect' });
    const silent = new HandMadeConnection(trace, 2).opens(at('11'), null);
    silent.again('c1', 'syn', at('12')).closes(at('12.5'), 'c1');
    silent.result(at('11'), at('12.5'), 'timeout', { connection: null, stage: 'connect' });
    const lives = livesOf(trace);
    expect(lives).toMatchObject([
      {
        name: 'c1@10.145',
        number: null,
        establishedAt: null,
        with: null,
        broken: null,
        end: { how: 'refused', error: 'ECONNREFUSED', reset: { by: 'n2', reason: 'closed-port' } },
      },
      { name: 'c1@11', end: { how: 'silence', error: null, reset: null } },
    ]);
    expect(reportOf(trace.events, pairFacts()).connection('c1').name).toBe('c1@11');
    expect(countConnections(lives)).toMatchObject({
      asked: 2,
      opened: 0,
      broken: 0,
      retransmissions: 1,
      hangsSince: null,
    });
    // A pool gives up without an attempt to its name, or is still at it when the run ends.
    const abandoned = one((it) => it.opens(at('1'), null).again('c1', 'syn', at('2')).closes(at('3'), 'c1'));
    expect(abandoned.end).toMatchObject({ how: 'silence', at: at('3') });
    expect(one((it) => it.opens(at('1'), null).again('c1', 'syn', at('2')))).toMatchObject({
      end: { how: 'open' },
      hangsSince: null,
    });
  });

  test('what is not acknowledged until the end hangs; a keepalive probe does not', () => {
    const hanging = one((it) =>
      it
        .opens(at('1'), 'n1')
        .asks(at('1.1'), at('2'), 'n1')
        .again('c1', 'tail-probe', at('5'))
        .again('c1', 'timeout', at('6'), at('8')),
    );
    expect(hanging).toMatchObject({ hangsSince: at('5'), broken: null });
    expect(countConnections([hanging])).toMatchObject({ open: 1, hangsSince: at('5') });
    expect(one((it) => it.opens(at('1'), 'n1').again('c1', 'keepalive', at('5'))).hangsSince).toBeNull();
  });

  test('the same two ends a second time are another connection', () => {
    const trace = new HandMadeTrace();
    const both = new HandMadeConnection(trace, 1);
    both.opens(at('1'), 'n1').changes(at('2'), 'closed').opens(at('70'), 'n2').changes(at('71'), 'closed');
    expect(livesOf(trace).map(({ name, with: node, end }) => [name, node, end.at])).toEqual([
      ['c1#1', 'n1', at('2')],
      ['c1#1@70', 'n2', at('71')],
    ]);
    const pool = new HandMadeTrace();
    for (let number = 1; number <= 3; number++) new HandMadeConnection(pool, number).opens(at('1'), null);
    expect(livesOf(pool).map(({ name }) => name)).toEqual(['c1@1', 'c1@1/2', 'c1@1/3']);
  });

  test('without the events of a kernel the program tells enough', () => {
    const trace = new HandMadeTrace();
    new HandMadeConnection(trace, 1)
      .changes(at('1'), 'opened')
      .asks(at('1'), at('2'), 'n1')
      .changes(at('3'), 'reset');
    expect(livesOf(trace)).toMatchObject([
      { establishedAt: at('1'), with: 'n1', broken: { by: 'reset', node: null } },
    ]);
  });

  test('connections of nodes that are no clients, and events of unknown connections, are left alone', () => {
    const trace = new HandMadeTrace();
    const ends = { local: '10.0.0.1:1', remote: '10.0.0.2:2' };
    trace
      .add(1, 'tcp.opened', 'n1', { ...ends, side: 'active' })
      .add(2, 'tcp.reset', 'n9', { ...ends, state: 'ESTABLISHED' })
      .add(3, 'client.result', 'c1', {
        client: 'c1',
        server: 'nonsense',
        attempt: 1,
        result: 'reset',
        by: null,
        sentAt: 2,
        connection: 77,
        stage: 'reply',
        detail: null,
      });
    expect(livesOf(trace)).toEqual([]);
  });

  test('a server with an IPv6 address', () => {
    const trace = new HandMadeTrace();
    const server = '[2001:db8::100]:5432';
    new HandMadeConnection(trace, 1, server)
      .opens(at('1'), 'n1')
      .result(at('1'), at('1') + MILLISECOND, 'ok', { by: 'n1' });
    const clients = [{ name: 'c1', node: 'c1', target: '2001:db8::100' }];
    expect(connectionsOf(trace.events, clients, END)).toMatchObject([
      { name: 'c1#1', target: '2001:db8::100' },
    ]);
    expect(
      reportOf(trace.events, {
        ...keptConnectionStory().facts,
        clients,
      }).client('c1').targets[0],
    ).toMatchObject({ attempts: 1, ok: 1 });
  });
});

describe('a client that keeps one connection and asks on it without a limit', () => {
  const lifeUntil = (end: number, asksEvery?: number) => {
    const trace = new HandMadeTrace();
    new HandMadeConnection(trace, 1).opens(at('1'), 'n1').asks(at('1'), at('3'), 'n1');
    return connectionsOf(
      trace.events,
      C1.map((client) => ({ ...client, ...(asksEvery === undefined ? {} : { asksEvery }) })),
      end,
    )[0];
  };

  test('hangs since the request that was due and that nobody answered, though nothing is sent again', () => {
    const life = lifeUntil(END, 200 * MILLISECOND);
    expect(life?.requests).toHaveLength(10);
    expect(life?.hangsSince).toBe(at('3'));
    // What is not known to ask is not known to wait.
    expect(lifeUntil(END)?.hangsSince).toBeNull();
  });

  test('does not hang if the run ends within a pace of what was due', () => {
    expect(lifeUntil(at('3.1'), 200 * MILLISECOND)?.hangsSince).toBeNull();
  });
});
