import { describe, expect, test } from 'vitest';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { SaidByClient, silentClient } from './client-events.fixture.js';
import { type KeepsConnectionsOptions, keepsConnections } from './keeps-connections.js';

const DESIGN = silentClient(pairDesign(150, 100));
const said = (options?: KeepsConnectionsOptions): SaidByClient =>
  new SaidByClient(DESIGN, [keepsConnections(options)]);

test('a connection that its client closes is kept, and so is one that never opened', () => {
  const client = said().at(5000).connection(1, 'opened').at(6000).connection(1, 'closed');
  expect(client.connection(2, 'reset').connection(3, 'timeout').violations).toEqual([]);
});

test('a reset is told with who sent it and why', () => {
  const client = said().at(5000).connection(1, 'opened').connection(2, 'opened');
  client.at(6000).reset('n2', '192.168.1.50:40002').reset('n1', '192.168.1.99:40001');
  expect(client.at(6001).connection(2, 'reset').violations).toEqual([
    {
      property: 'keeps-connections',
      message:
        "c1's connection 2 to 192.168.1.100:5432 (from 192.168.1.50:40002) is reset by n2, which has no such connection",
    },
  ]);
  // The first one is told, whatever comes after it.
  expect(client.at(6002).connection(1, 'timeout').violations).toMatchObject([
    { message: expect.stringContaining('connection 2') },
  ]);
});

test('a RST for another connection says nothing of this one', () => {
  const client = said().at(5000).connection(1, 'opened').reset('n2', '192.168.1.50:40007');
  expect(client.connection(1, 'reset').violations[0]?.message).toMatch(
    /\(from 192\.168\.1\.50:40001\) is reset$/,
  );
});

test.each([
  ['timeout', /dies in silence/],
  ['unreachable', /nobody answers for the address/],
  ['eof', /ended by the server/],
] as const)('%s is a death of its own', (change, words) => {
  const client = said().at(5000).connection(1, 'opened').result('reset', 5000, { connection: 1 });
  client.connection(1, change);
  expect(client.violations[0]?.message).toMatch(words);
});

test('a client that gives a connection up for its silence has not closed it by its own will', () => {
  const silent = said().at(5000).connection(1, 'opened').at(7000);
  silent.result('timeout', 6000, { connection: 1 }).connection(1, 'closed');
  expect(silent.violations[0]?.message).toMatch(/connection 1 .* dies in silence/);
  const answered = said()
    .at(5000)
    .connection(1, 'opened')
    .at(7000)
    .result('timeout', 5500, { connection: 1 });
  answered.result('ok', 6000, { connection: 1 }).result('timeout', 6000).connection(1, 'closed');
  expect(answered.violations).toEqual([]);
});

test('a server may hang up after the only answer', () => {
  // This client, over UDP, has no connection that it keeps.
  const done = said().at(5000).connection(1, 'opened').result('ok', 5000, { connection: 1 });
  expect(done.connection(1, 'eof').violations).toEqual([]);
});

describe('except', () => {
  const options: KeepsConnectionsOptions = { except: ['power-off'] };

  test('excuses what was open when it was done, however long that takes to die', () => {
    const client = said(options).at(5000).connection(1, 'opened');
    client.at(6000).perform({ do: 'power-off', node: 'n1' });
    expect(client.at(900_000).connection(1, 'timeout').violations).toEqual([]);
  });

  test('excuses what opens before the network has settled', () => {
    const client = said(options).at(6000).perform({ do: 'power-off', node: 'n1' });
    expect(client.at(8000).connection(1, 'opened').at(30_000).connection(1, 'reset').violations).toEqual([]);
  });

  test('excuses nothing that opens later, nor what something else breaks', () => {
    const client = said(options).at(6000).perform({ do: 'power-off', node: 'n1' });
    client.at(20_000).connection(1, 'opened');
    expect(client.at(21_000).connection(1, 'reset').violations).toHaveLength(1);
    const other = said(options).at(5000).connection(1, 'opened').perform({ do: 'unplug', node: 'n1' });
    expect(other.at(7000).connection(1, 'reset').violations).toHaveLength(1);
  });
});

test('a client that is started anew counts from 1 again', () => {
  const client = said({ except: ['power-off'] })
    .at(5000)
    .connection(1, 'opened');
  client.at(6000).perform({ do: 'power-off', node: 'n1' }).at(20_000).connection(1, 'opened');
  expect(client.at(21_000).connection(1, 'reset').violations).toHaveLength(1);
});

test('of names clients, and a wrong name is told', () => {
  expect(
    said({ of: ['c1'] })
      .at(1)
      .connection(1, 'opened')
      .connection(1, 'reset').violations,
  ).toHaveLength(1);
  expect(() => said({ of: ['c2'] })).toThrow("no client 'c2' in this lab: there are c1");
});

test('what it has seen is declared state: a fork goes on with it', () => {
  const client = said({ except: ['power-off'] })
    .at(5000)
    .connection(1, 'opened')
    .connection(2, 'opened');
  client
    .perform({ do: 'power-off', node: 'n1' })
    .at(20_000)
    .connection(3, 'opened')
    .reset('n2', '192.168.1.50:40003');
  const other = client.fork([keepsConnections({ except: ['power-off'] })], DESIGN);
  expect(other.connection(1, 'reset').violations).toEqual([]);
  expect(other.connection(3, 'reset').violations[0]?.message).toMatch(/reset by n2/);
});

describe('coverage', () => {
  const { needs = [], needsOfFaults = [], covers = [] } = keepsConnections();

  test('tells whether a connection was open when something was done', () => {
    const client = new SaidByClient(DESIGN, [...needs, ...covers]);
    client.at(5000).perform({ do: 'stop', node: 'n2', daemon: 'keepalived' });
    expect(client.happening).toEqual([]);
    client.connection(1, 'opened').at(5001);
    expect(client.happening).toEqual(['a client connected']);
    client.connection(1, 'closed').perform({ do: 'start', node: 'n2', daemon: 'keepalived' }).at(5002);
    expect(client.happening).toEqual(['a client connected']);
    client.connection(2, 'opened').perform({ do: 'stop', node: 'n2', daemon: 'keepalived' }).at(5003);
    expect(client.happening).toEqual(['a client connected', 'a connection open at a cause']);
  });

  test('tells whether a request waited for its answer when something was done', () => {
    const client = new SaidByClient(DESIGN, covers).at(5000).result('ok', 4999);
    client.perform({ do: 'stop', node: 'n2', daemon: 'keepalived' }).at(5001).result('ok', 5001);
    expect(client.happening).toEqual([]);
    expect(client.result('timeout', 4999).happening).toEqual(['a request outstanding at a cause']);
  });

  test('tells whether an address went over with a connection open', () => {
    const idle = new SaidByClient(DESIGN, needsOfFaults).at(5000).perform({ do: 'power-off', node: 'n1' });
    expect(idle.at(12_000).happening).toEqual([]);
    const open = new SaidByClient(DESIGN, needsOfFaults).at(5000).connection(1, 'opened');
    open.perform({ do: 'power-off', node: 'n1' });
    expect(open.at(6000).happening).toEqual([]);
    expect(open.at(12_000).happening).toEqual(['a failover with a connection open']);
  });
});
