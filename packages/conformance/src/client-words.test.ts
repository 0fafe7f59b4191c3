import { MILLISECOND, type TraceEvent } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { ClientNotes } from './client-words.js';

const CLIENTS = new Map([
  ['c1', 'short'],
  ['c1/2', 'persist'],
]);

const result = (
  client: string,
  fields: Partial<TraceEvent<'client.result'>> & { at: number; sent: number },
): TraceEvent<'client.result'> => ({
  name: 'client.result',
  node: 'c1',
  client,
  server: '192.168.1.100:8080',
  attempt: 1,
  result: 'ok',
  by: null,
  connection: null,
  stage: 'reply',
  detail: null,
  ...fields,
  time: fields.at * MILLISECOND,
  sentAt: fields.sent * MILLISECOND,
});

const connection = (
  client: string,
  at: number,
  local: string,
  change: TraceEvent<'client.connection'>['change'],
): TraceEvent => ({
  time: at * MILLISECOND,
  name: 'client.connection',
  node: 'c1',
  client,
  server: '192.168.1.100:8080',
  connection: 1,
  local,
  change,
});

const opened = (
  at: number,
  local: string,
  side: 'active' | 'passive' = 'active',
  node = 'c1',
): TraceEvent => ({
  time: at * MILLISECOND,
  name: 'tcp.opened',
  node,
  local,
  remote: '192.168.1.100:8080',
  side,
});

function notes(client: string, ...events: TraceEvent[]): string[] {
  const noted = new ClientNotes(CLIENTS);
  for (const event of events) noted.note(event);
  return (noted.sorted().get(client) ?? []).map(
    ({ time, took, result, server }) => `${time / MILLISECOND}+${took / MILLISECOND} ${result} ${server}`,
  );
}

describe("a simulated client in the recorder's words", () => {
  test('an answer names the server, anything else nobody', () => {
    expect(
      notes(
        'short',
        result('c1', { at: 3, sent: 1, by: 'n1' }),
        result('c1', { at: 5, sent: 4, result: 'error', by: 'n1', detail: '500 Internal Server Error' }),
      ),
    ).toEqual(['1+2 ok n1', '4+1 500 Internal Server Error null']);
  });

  test('what failed while a held connection was made says so, of a short one it does not', () => {
    const failed = { result: 'unreachable', stage: 'connect', at: 9, sent: 1 } as const;
    expect(notes('persist', result('c1/2', failed))).toEqual(['1+8 connect-host-unreachable null']);
    expect(notes('short', result('c1', failed))).toEqual(['1+8 host-unreachable null']);
    expect(notes('short', result('c1', { ...failed, detail: 'ENETUNREACH' }))).toEqual([
      '1+8 net-unreachable null',
    ]);
  });

  test('a timeout of the kernel is one like the client’s own', () => {
    const detail = 'ETIMEDOUT';
    expect(notes('persist', result('c1/2', { at: 9, sent: 1, result: 'timeout', detail }))).toEqual([
      '1+8 timeout null',
    ]);
  });

  test('the opening of a held connection lasts from its SYN on', () => {
    const local = '192.168.1.50:40001';
    expect(
      notes(
        'persist',
        opened(10, '192.168.1.50:39999'),
        opened(11, local),
        opened(12, local, 'passive'),
        opened(13, local, 'active', 'n1'),
        connection('c1/2', 15, local, 'opened'),
        result('c1/2', { at: 16, sent: 15, by: 'n1' }),
        connection('c1/2', 20, local, 'reset'),
      ),
    ).toEqual(['11+4 open null', '15+1 ok n1']);
    expect(notes('short', opened(11, local), connection('c1', 15, local, 'opened'))).toEqual([]);
  });

  test('attempts come in order of their beginnings, and clients that nobody recorded are left out', () => {
    expect(
      notes(
        'short',
        result('c1', { at: 1200, sent: 200, result: 'timeout' }),
        result('c1', { at: 900, sent: 100, by: 'n1' }),
        result('c1/9', { at: 900, sent: 100, by: 'n1' }),
      ),
    ).toEqual(['100+800 ok n1', '200+1000 timeout null']);
    expect(notes('persist')).toEqual([]);
  });
});
