import { describe, expect, test } from 'vitest';
import { doubledTime, perturb, restoreIntoDirty, sameTwice, walker } from '../engine/guards.testing.js';
import type { ClientDesign, LabDesign } from './design.js';
import { buildOf, isDerived } from './guarded-lab.testing.js';
import { defineLab } from './index.js';
import { node, VIP } from './pair.fixture.js';

const CLIENTS: readonly ClientDesign[] = [
  { connect: `${VIP}:5432`, hold: true, speak: 'postgres', from: '105ms' },
  { connect: `${VIP}:80`, speak: 'http', path: '/health', every: '150ms' },
  {
    connect: `${VIP}:8080`,
    hold: true,
    timeout: '700ms',
    keepAlive: { idle: '5s', interval: '1s', count: 3 },
  },
  {
    connect: `${VIP}:8080`,
    every: '90ms',
    timeout: '400ms',
    pool: { size: 3, retry: { after: '50ms', most: '1s' } },
    userTimeout: '3s',
  },
  { request: `${VIP}:8080`, every: '110ms' },
];

/** Everything that the programs can do, on bad cables, with something done to them every other second. */
const BUSY: LabDesign = {
  name: 'tcp-busy',
  nodes: {
    sw1: { kind: 'switch' },
    n1: { ...node(11, 150, '60ms'), http: { paths: { '/health': 200 }, ready: '800ms' } },
    n2: { ...node(12, 100, '80ms'), postgres: { user: 'app', ready: '2s' } },
    c1: { address: '192.168.1.50/24', client: CLIENTS, drift: 100 },
  },
  links: [
    { between: ['n1', 'sw1'], loss: '2%', delay: ['40us', '90us'] },
    { between: ['n2', 'sw1'], bandwidth: '10Mbit/s', duplicate: '1%' },
    { between: ['c1', 'sw1'], reorder: { share: '3%', by: '2ms' }, corrupt: '1%' },
  ],
  schedule: [
    { at: '4s', do: 'set-health', node: 'n1', daemon: 'http', health: 'sick' },
    { at: '4500ms', do: 'set-health', node: 'n1', daemon: 'echo:8080', health: 'hung' },
    { at: '5s', do: 'set-health', node: 'n1', daemon: 'postgres', health: 'slow', delay: '300ms' },
    { at: '6s', do: 'set-health', node: 'n1', daemon: 'echo:8080', health: 'healthy' },
    { at: '6500ms', do: 'kill-9', node: 'n1', daemon: 'postgres' },
    { at: '7s', do: 'freeze', node: 'n1', daemon: 'http' },
    { at: '7500ms', do: 'start', node: 'n1', daemon: 'postgres' },
    { at: '8s', do: 'thaw', node: 'n1', daemon: 'http' },
    { at: '8500ms', do: 'freeze', node: 'c1', daemon: 'client' },
    { at: '9s', do: 'power-off', node: 'n1' },
    { at: '10s', do: 'thaw', node: 'c1', daemon: 'client' },
    { at: '13s', do: 'power-on', node: 'n1' },
    { at: '14s', do: 'restart', node: 'c1', daemon: 'client/4' },
    { at: '15s', do: 'kill-9', node: 'n2' },
  ],
  duration: '20s',
};

const lab = defineLab(BUSY);
const build = buildOf(lab.plan);

describe('a lab of TCP clients and servers', () => {
  test('shows every fate', () => {
    const run = lab.run();
    const fates = new Set(run.trace.filter('client.result').map(({ result, stage }) => `${result} ${stage}`));
    for (const fate of [
      'ok reply',
      'error reply',
      'timeout reply',
      'timeout connect',
      'refused connect',
      'reset reply',
    ])
      expect([...fates], fate).toContain(fate);
    const served = new Set(run.trace.filter('client.result').map(({ by }) => by));
    expect(served).toEqual(new Set(['n1', 'n2', null]));
    expect(new Set(run.trace.filter('client.connection').map(({ change }) => change))).toContain('reset');
  });

  test('the same twice, and apart from other seeds', () => {
    expect(sameTwice(build, { until: 20e9, seed: 2 })).toEqual([]);
    expect(lab.run({ seed: 2 }).digest).not.toBe(lab.run({ seed: 12 }).digest);
  });

  test('nothing mutable but what is declared', () => {
    const simulation = lab.start();
    const run = (look: () => void): void => {
      for (let part = 1; part <= 67; part++) {
        simulation.runUntil(Math.floor((20e9 * part) / 67));
        look();
      }
    };
    expect(walker([simulation], run, isDerived)).toEqual([]);
  });

  test.each([5.1])('at %f s each word is in the digest and comes back', (at) => {
    const { engine } = lab.start().runUntil(at * 1e9).network;
    engine.afterRestore.length = 0;
    expect(perturb(engine)).toEqual([]);
  });

  test.each([4.701, 7.2, 12.3])(
    'saved at %f s in the midst, restored into simulations of other pasts',
    (at) => {
      const simulation = lab.start().runUntil(at * 1e9);
      const snapshot = simulation.save();
      const whole = lab.run();
      for (const past of [0, 20e9]) {
        const dirty = lab.start().runUntil(past).restore(snapshot);
        expect(dirty.stateDigest).toBe(simulation.stateDigest);
        expect(dirty.runUntil(20e9).traceDigest(), `${past}`).toBe(whole.digest);
      }
      expect(simulation.fork().runUntil(20e9).traceDigest()).toBe(whole.digest);
    },
  );

  test('restored at another instant it goes on alike', () => {
    const atAnother = restoreIntoDirty(build, { until: 7.2e9, further: 9e9 });
    // When a request was sent is told in absolute time, and was before the other instant began.
    expect(atAnother.filter((fault) => !fault.includes('client.result'))).toEqual([]);
  });

  test('in doubled time the same happens at doubled instants', () => {
    expect(doubledTime(build, { until: 20e9 })).toEqual([]);
  });

  test('as bytes the same happens', () => {
    expect(lab.run({ asBytes: true }).digest).toBe(lab.run().digest);
  });
});

test('over IPv6 the same programs do the same', () => {
  const run = defineLab({
    name: 'ipv6',
    nodes: {
      n1: { address: '2001:db8::11/64', echo: 8080, http: {}, postgres: {} },
      c1: {
        address: '2001:db8::50/64',
        client: [
          { connect: '[2001:db8::11]:8080', hold: true },
          { connect: '[2001:db8::11]:80', speak: 'http' },
          { connect: '[2001:db8::11]:5432', speak: 'postgres', query: 'select inet_server_addr()' },
          { connect: '[2001:db8::99]:80', timeout: '5s' },
        ],
      },
    },
    duration: '3500ms',
  }).run();
  const fates = run.trace
    .filter('client.result')
    .map(({ client, server, result, by }) => `${client} ${server} ${result} ${by}`);
  expect(new Set(fates)).toEqual(
    new Set([
      'c1 [2001:db8::11]:8080 ok n1',
      'c1/2 [2001:db8::11]:80 ok n1',
      'c1/3 [2001:db8::11]:5432 ok 2001:db8::11',
      'c1/4 [2001:db8::99]:80 unreachable null',
    ]),
  );
});
