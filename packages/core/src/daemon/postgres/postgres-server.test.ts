import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SECOND } from '../../engine/index.js';
import { latin1Bytes, latin1Text } from '../../protocol/latin1.js';
import {
  int32,
  message,
  query,
  readMessage,
  readStartup,
  startupPacket,
} from '../../protocol/postgres-messages.js';
import { JoinedHosts } from '../../service/joined-sockets.testing.js';
import { Talker } from '../../service/talker.testing.js';
import { ipv4Address } from '../../wire/index.js';
import { PostgresServer, type PostgresServerOptions } from './postgres-server.js';
import {
  RECORDED,
  RECORDED_FULL,
  RECORDED_RESERVED,
  RECORDED_SHUTDOWN,
  RECORDED_STARTING,
  type RecordedExchange,
} from './recorded-exchanges.fixture.js';

const USERS = { app: 'trust', abc: 'trust', postgres: 'trust', pw: 'scram' } as const;

function build(options: Partial<PostgresServerOptions> = {}, talkers = 1) {
  const net = new JoinedHosts();
  const client = net.host('c1', 1);
  const host = net.host('n1', 2);
  const server = new PostgresServer(host, { name: 'postgres', port: 5432, users: USERS, ...options });
  const all = Array.from(
    { length: talkers },
    (_, index) => new Talker(client, `t${index}`, ipv4Address('10.0.0.2'), 5432),
  );
  host.boot();
  client.boot();
  net.seconds(0.01);
  let now = 0.01;
  const ask = (bytes: Uint8Array | string, index = 0): string => {
    const talker = all[index] as Talker;
    talker.say(bytes);
    now += 0.01;
    net.seconds(now);
    return talker.takeHeard();
  };
  return {
    net,
    server,
    all,
    talker: all[0] as Talker,
    ask,
    wait: (span: number) => {
      now += span;
      net.seconds(now);
    },
  };
}

const ofHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
/** A session's process number and secret are the server's own, and here its address is another. */
function comparable(text: string): string {
  const key = text.indexOf(KEY);
  const without = key < 0 ? text : text.slice(0, key) + text.slice(key + KEY.length + 8);
  const at = without.search(/127\.0\.0\.1|10\.0\.0\.2/);
  // The length of the row and that of its column stand before the address.
  const row = 'D\0\0\0L\0\x01\0\0\0L';
  return at < 0
    ? without
    : without.slice(0, at - row.length) + without.slice(at).replace(/^[\d.]+/, 'ADDRESS');
}
const KEY = 'K\0\0\0\x0c';

function replay(exchange: RecordedExchange, { ask, all }: ReturnType<typeof build>, index = 0): void {
  for (const { sent, answered, closed } of exchange.turns) {
    const heard = ask(ofHex(sent), index);
    expect(comparable(heard), latin1Text(ofHex(sent))).toBe(comparable(latin1Text(ofHex(answered))));
    expect(all[index]?.ending, latin1Text(ofHex(sent))).toBe(closed ? 'eof' : 'open');
  }
}

const login = startupPacket({ user: 'app', database: 'postgres' });

describe('a PostgreSQL server, as the real one was recorded', () => {
  test.each(RECORDED.map((exchange) => [exchange.name, exchange] as const))('%s', (_, exchange) => {
    replay(exchange, build());
  });

  test.each(RECORDED_STARTING.map((exchange) => [exchange.name, exchange] as const))('%s', (_, exchange) => {
    const lab = build({ warmUp: SECOND }, 2);
    replay(exchange, lab);
    lab.wait(1);
    expect(lab.ask(login, 1)).toMatch(/I$/);
  });

  test('sick it lets nobody in, and fails the queries of those inside', () => {
    const lab = build({}, 2);
    lab.ask(login, 1);
    lab.server.setHealth('sick');
    replay(RECORDED_STARTING[0] as RecordedExchange, lab);
    expect(lab.ask(query('select 1'), 1)).toContain('C58030\0');
    lab.server.setHealth('healthy');
    expect(lab.ask(query('select 1'), 1)).toMatch(/SELECT 1/);
  });

  test('the last three connections are reserved, and then there is none', () => {
    const lab = build({ connections: 5 }, 7);
    for (const index of [0, 1]) expect(lab.ask(login, index)).toMatch(/I$/);
    replay(RECORDED_RESERVED, lab, 2);
    const superuser = startupPacket({ user: 'postgres' });
    for (const index of [3, 4, 5]) expect(lab.ask(superuser, index)).toMatch(/I$/);
    replay(RECORDED_FULL, lab, 6);
  });

  test('stopped it tells every session', () => {
    const { ask, server, wait, talker } = build();
    ask(login);
    server.stop();
    wait(0.1);
    expect(talker.takeHeard()).toBe(latin1Text(ofHex(RECORDED_SHUTDOWN)));
    expect(talker.ending).toBe('eof');
  });

  test('killed it tells nobody', () => {
    const { ask, server, wait, talker } = build();
    ask(login);
    server.kill();
    wait(0.1);
    expect(talker.takeHeard()).toBe('');
    expect(talker.ending).toBe('eof');
  });
});

describe('what has no record', () => {
  test('a slow query can be cancelled by who knows its secret', () => {
    const { ask, server, wait, all } = build({}, 3);
    const [, after = ''] = ask(login).split(KEY);
    const key = after.slice(0, 8);
    server.setHealth('slow', 5 * SECOND);
    ask(query('select 1'));
    const cancel = (text: string): string => latin1Text(int32(16)) + latin1Text(int32(80_877_102)) + text;
    ask(cancel(`${key.slice(0, 7)}x`), 1);
    // The request itself is as slow to be taken.
    wait(4.9);
    ask(cancel(key), 2);
    expect(all[0]?.takeHeard()).toBe('');
    wait(0.2);
    expect(all[0]?.takeHeard()).toMatch(/SELECT 1/);
    expect(all[1]?.ending).toBe('eof');
  });

  test('a cancel request finds the query waiting', () => {
    const { ask, server, wait, all } = build({}, 2);
    const [, after = ''] = ask(login).split(KEY);
    server.setHealth('slow', SECOND);
    all[1]?.say(int32(16), int32(80_877_102), after.slice(0, 8));
    wait(0.5);
    ask(query('select 1'));
    wait(0.6);
    expect(all[0]?.takeHeard()).toContain('C57014\0Mcanceling statement due to user request\0');
    wait(5);
    expect(all[0]?.takeHeard()).toBe('');
  });

  test('a password is asked for, and none is right; who is not known is not told where nobody is trusted', () => {
    const { ask, talker } = build();
    expect(ask(startupPacket({ user: 'pw' }))).toBe('R\0\0\0\x17\0\0\0\nSCRAM-SHA-256\0\0');
    expect(ask(message('p', latin1Bytes('SCRAM-SHA-256\0')))).toContain(
      'C28P01\0Mpassword authentication failed for user "pw"\0',
    );
    expect(talker.ending).toBe('eof');
    const strict = build({ users: { pw: 'scram' } });
    expect(strict.ask(startupPacket({ user: 'nobody' }))).toMatch(/SCRAM/);
  });

  test('queries it does not know, and the extended protocol, are refused until Sync', () => {
    const { ask, talker } = build();
    ask(login);
    expect(ask(query('insert into t values (1)'))).toContain('C0A000\0');
    const parse = message('P', latin1Bytes('\0select 1\0\0\0'));
    expect(ask(parse)).toContain('C0A000\0');
    expect(ask(message('B', latin1Bytes('\0\0\0\0\0\0')))).toBe('');
    expect(ask(query('select 1'))).toBe('');
    expect(ask(message('S'))).toBe('Z\0\0\0\x05I');
    expect(ask(query('SHOW  cluster_name ;'))).toMatch(/n1C/);
    expect(talker.ending).toBe('open');
  });

  test('a packet may come byte by byte, and never comes in vain', () => {
    const { ask } = build();
    const bytes = latin1Text(login);
    for (const letter of bytes.slice(0, -1)) expect(ask(letter)).toBe('');
    expect(ask(bytes.slice(-1))).toContain('R\0\0\0\x08\0\0\0\0S');
  });

  test('whatever comes is read, or ends the connection', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
        fc.boolean(),
        (parts, isInside) => {
          const { ask } = build();
          if (isInside) ask(login);
          for (const part of parts) ask(part);
        },
      ),
      { numRuns: 60 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const startup = readStartup(bytes);
        if ('length' in startup) expect(startup.length).toBeLessThanOrEqual(bytes.length);
        const read = readMessage(bytes);
        if (typeof read === 'object' && read !== null) expect(read.length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  test('impossible options are refused', () => {
    expect(() => build({ connections: 3 })).toThrow(RangeError);
  });
});
