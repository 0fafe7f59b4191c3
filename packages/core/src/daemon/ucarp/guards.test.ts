import { describe, expect, test } from 'vitest';
import { doubledTime, perturb, restoreIntoDirty, sameTwice, walker } from '../../engine/guards.testing.js';
import { buildOf, isDerived } from '../../lab/guarded-lab.testing.js';
import { defineLab, type LabDesign } from '../../lab/index.js';
import { commandOf, VIP } from './lan.fixture.js';

const process = (source: string, advskew: number, more: string, ready: '40ms' | '47ms') => ({
  ready,
  command: commandOf({ source, advskew, more }),
  scripts: { './vip-up.sh': 'ip addr add $2/24 dev $1', './vip-down.sh': 'ip addr del $2/24 dev $1' },
});

/** Captures of both kinds, lost and late frames, drifting clocks, and a fault every other second. */
const BUSY: LabDesign = {
  name: 'busy-ucarp',
  nodes: {
    sw1: { kind: 'switch', latency: '5us' },
    n1: { address: '10.0.0.1/16', ucarp: process('10.0.0.1', 0, '-P -z', '40ms'), drift: 200, echo: 80 },
    n2: {
      address: '10.0.0.2/16',
      ucarp: { ...process('10.0.0.2', 100, '', '47ms'), capture: 'immediate' },
      drift: -300,
      echo: 80,
    },
    n3: {
      address: '10.0.0.3/16',
      ucarp: [
        { ...process('10.0.0.3', 100, '-S -n', '40ms'), byteOrder: 'big' },
        'ucarp -i eth0 -s 10.0.0.3 -v 2 -p other -a 10.0.201.1 -b 0 -k 200 -u ./up -d ./down',
      ],
    },
    c1: { address: '10.0.0.50/16', client: { connect: `${VIP}:80`, every: '190ms', hold: true } },
  },
  links: [
    { between: ['n1', 'sw1'], loss: '2%', delay: ['40us', '90us'] },
    { between: ['n2', 'sw1'], delay: '200us', corrupt: '1%' },
    { between: ['n3', 'sw1'], carrier: { down: '20ms', up: '300ms' } },
    { between: ['c1', 'sw1'] },
  ],
  schedule: [
    { at: '6s', do: 'freeze', node: 'n1', daemon: 'ucarp' },
    { at: '7s', do: 'signal', node: 'n1', daemon: 'ucarp', signal: 'USR2' },
    { at: '11500ms', do: 'thaw', node: 'n1', daemon: 'ucarp' },
    { at: '12s', do: 'send-errors', node: 'n3' },
    { at: '15s', do: 'send-errors', node: 'n3', failing: false },
    { at: '17s', do: 'unplug', node: 'n3' },
    { at: '18s', do: 'plug', node: 'n3' },
    { at: '20s', do: 'kill-9', node: 'n1', daemon: 'ucarp' },
    { at: '22s', do: 'start', node: 'n1', daemon: 'ucarp' },
    { at: '27s', do: 'freeze', node: 'n2' },
    { at: '28s', do: 'stop', node: 'n3', daemon: 'ucarp/2' },
    { at: '32s', do: 'thaw', node: 'n2' },
    { at: '34s', do: 'power-off', node: 'n1' },
    { at: '35s', do: 'power-on', node: 'n1' },
    { at: '37s', do: 'interface-down', node: 'n3' },
  ],
  duration: '44s',
};

const END = 44e9;
const lab = defineLab(BUSY);
const build = buildOf(lab.plan);

describe('a lab in which everything happens to ucarp', () => {
  test('does show it', () => {
    const { trace } = lab.run();
    const reasons = new Set(trace.filter('carp.state').map(({ reason }) => reason));
    for (const reason of [
      'start',
      'timeout',
      'preempts',
      'better-advert',
      'signal',
      'link-down',
      'stopped',
    ] as const)
      expect(reasons, reason).toContain(reason);
    for (const name of ['carp.lower-advert', 'carp.advert-sent', 'arp.announced'] as const)
      expect(trace.filter(name).length, name).toBeGreaterThan(0);
    const lines = trace.filter('daemon.log').map(({ line }) => line);
    expect(lines).toContain('[ERROR] write() error #0/3');
    expect(lines).toContain('[ERROR] exiting: pfds[0].revents = 8');
  });

  test.each([1, 2, 3])('seed %i: the same twice, and apart from other seeds', (seed) => {
    expect(sameTwice(build, { until: END, seed })).toEqual([]);
    expect(lab.run({ seed }).digest).not.toBe(lab.run({ seed: seed + 10 }).digest);
  });

  test('nothing mutable but what is declared', () => {
    const simulation = lab.start();
    const run = (look: () => void): void => {
      for (let part = 1; part <= 211; part++) {
        simulation.runUntil(Math.floor((END * part) / 211));
        look();
      }
    };
    expect(walker([simulation], run, isDerived)).toEqual([]);
  });

  test.each([3.5, 7.2, 11.6, 18.4, 22.1, 29.3, 37.5])(
    'at %f s each word is in the digest and comes back',
    (at) => {
      const { engine } = lab.start().runUntil(at * 1e9).network;
      engine.afterRestore.length = 0;
      expect(perturb(engine)).toEqual([]);
    },
  );

  test.each([3.5, 7.2, 11.6, 18.4, 22.1, 29.3, 37.5])(
    'saved at %f s, restored into simulations of other pasts',
    (at) => {
      const simulation = lab.start().runUntil(at * 1e9);
      const snapshot = simulation.save();
      const whole = lab.run();
      for (const past of [0, 1, 8e9, 24.2e9, END]) {
        const dirty = lab.start().runUntil(past).restore(snapshot);
        expect(dirty.stateDigest).toBe(simulation.stateDigest);
        expect(dirty.runUntil(END).traceDigest(), `${past}`).toBe(whole.digest);
        expect(dirty.stateDigest).toBe(whole.simulation.stateDigest);
      }
    },
  );

  test('restored at another instant it goes on alike', () => {
    const atAnother = restoreIntoDirty(build, { until: 14.5e9, further: 25e9 });
    expect(atAnother.filter((fault) => !fault.includes('client.'))).toEqual([]);
  });

  test('in doubled time the same happens at doubled instants', () => {
    expect(doubledTime(build, { until: END })).toEqual([]);
  });

  test('as bytes the same happens', () => {
    expect(lab.run({ asBytes: true }).digest).toBe(lab.run().digest);
  });
});
