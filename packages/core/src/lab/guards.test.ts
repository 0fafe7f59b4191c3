import { describe, expect, test } from 'vitest';
import { doubledTime, perturb, restoreIntoDirty, sameTwice, walker } from '../engine/guards.testing.js';
import type { LabDesign } from './design.js';
import { buildOf, isDerived } from './guarded-lab.testing.js';
import { defineLab, defineProgram } from './index.js';
import { node, VIP } from './pair.fixture.js';

const beacon = defineProgram({
  name: 'beacon',
  ports: [9999],
  state: { sent: 0, heard: '' },
  on: {
    start: (p) => p.timer('tick').arm('700ms'),
    tick: (p) => {
      p.state.sent++;
      p.udp(9999).send('192.168.1.255:9999', `beacon ${p.state.sent}`);
      p.timer('tick').arm('700ms');
    },
    receive: (p, datagram) => {
      p.state.heard = datagram.text;
    },
  },
});
const SCRIPT = 'vrrp_script chk {\n  script "/usr/bin/killall -0 haproxy"\n  interval 1\n  weight -60\n}\n';
const tracked = (last: number, priority: number) => ({
  ...node(last, priority, '60ms', 'track_script { chk }\n garp_master_refresh 3', SCRIPT),
  services: { haproxy: 9000 },
  programs: [beacon],
});

/** Everything at once: two switches, bad cables, drifting clocks, programs, scripts, and a fault every other second. */
const BUSY: LabDesign = {
  name: 'busy',
  nodes: {
    sw1: { kind: 'switch', latency: '5us', macMove: 'catalyst', ageing: '7s' },
    sw2: { kind: 'switch', capacity: 4 },
    n1: { ...tracked(11, 150), drift: 200 },
    n2: { ...tracked(12, 140), sysctl: { arp_announce: 2 } },
    n3: { ...node(13, 130, '80ms', 'use_vmac'), drift: -300, files: ['/etc/motd'], start: '1700ms' },
    c1: {
      address: '192.168.1.50/24',
      client: [
        { request: `${VIP}:8080`, every: '90ms' },
        { request: '192.168.1.12:8080', every: '330ms', timeout: '400ms' },
      ],
      drop: [{ direction: 'in', protocol: 'icmp' }],
    },
  },
  links: [
    { between: ['n1', 'sw1'], loss: '2%', delay: ['40us', '90us'] },
    { between: ['n2', 'sw1'], bandwidth: '10Mbit/s', queue: 4000, duplicate: '1%' },
    { between: ['n3', 'sw2'], carrier: { down: '20ms', up: '300ms' }, reorder: { share: '3%', by: '2ms' } },
    { between: ['c1', 'sw2'], corrupt: '1%' },
    { between: ['sw1:x', 'sw2:x'], delay: '400us' },
  ],
  schedule: [
    { at: '5s', do: 'stop', node: 'n1', daemon: 'haproxy' },
    { at: '7s', do: 'arping', node: 'c1', address: VIP, count: 4 },
    { at: '8s', do: 'lose-next', node: 'n3', only: 'vrrp' },
    { at: '8500ms', do: 'lose-next', node: 'c1', only: 'arp' },
    { at: '9s', do: 'freeze', node: 'n2' },
    { at: '11s', do: 'unplug', node: 'n3' },
    { at: '12s', do: 'thaw', node: 'n2' },
    { at: '13s', do: 'plug', node: 'n3' },
    { at: '14s', do: 'start', node: 'n1', daemon: 'haproxy' },
    { at: '15s', do: 'kill-9', node: 'n2', daemon: 'keepalived' },
    { at: '16s', do: 'drop-multicast', node: 'sw1' },
    { at: '18s', do: 'power-off', node: 'n1' },
    { at: '19s', do: 'heal' },
    { at: '20s', do: 'power-on', node: 'n1' },
    { at: '21s', do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrrp' },
    { at: '22s', do: 'clock-drift', node: 'n1', ppm: -5000 },
    { at: '23s', do: 'set-loss', node: 'c1', loss: '20%' },
    { at: '24s', do: 'flush-neighbours', node: 'c1' },
    { at: '25s', do: 'power-off', node: 'sw2' },
    { at: '27s', do: 'power-on', node: 'sw2' },
    { at: '28s', do: 'restart', node: 'n3' },
  ],
  duration: '34s',
};

const lab = defineLab(BUSY);
const build = buildOf(lab.plan);

describe('a lab in which everything happens', () => {
  test('does show it', () => {
    const run = lab.run();
    for (const name of [
      'vrrp.state',
      'track.result',
      'arp.failed',
      'cam.forgotten',
      'cam.full',
      'node.frozen',
      'frame.lost',
    ] as const)
      expect(run.trace.filter(name).length, name).toBeGreaterThan(0);
    expect(run.trace.filter('vip.owner').length).toBeGreaterThan(6);
    expect(run.trace.filter('client.result').some(({ result }) => result !== 'ok')).toBe(true);
  });

  test.each([1, 2, 3])('seed %i: the same twice, and apart from other seeds', (seed) => {
    expect(sameTwice(build, { until: 34e9, seed })).toEqual([]);
    expect(lab.run({ seed }).digest).not.toBe(lab.run({ seed: seed + 10 }).digest);
  });

  test('nothing mutable but what is declared', () => {
    const simulation = lab.start();
    const run = (look: () => void): void => {
      for (let part = 1; part <= 211; part++) {
        simulation.runUntil(Math.floor((34e9 * part) / 211));
        look();
      }
    };
    expect(walker([simulation], run, isDerived)).toEqual([]);
  });

  test.each([6.3, 9.7, 11.01, 15.6, 18.5, 21.3, 26.2])(
    'at %f s each word is in the digest and comes back',
    (at) => {
      const { engine } = lab.start().runUntil(at * 1e9).network;
      // The made-up words are no routes and no cables, so nothing is worked out of them.
      engine.afterRestore.length = 0;
      expect(perturb(engine)).toEqual([]);
    },
  );

  test.each([6.3, 9.7, 11.01, 15.6, 18.5, 21.3, 26.2])(
    'saved at %f s, restored into simulations of other pasts',
    (at) => {
      const simulation = lab.start().runUntil(at * 1e9);
      const snapshot = simulation.save();
      const whole = lab.run();
      for (const past of [0, 1, 8e9, 18.2e9, 34e9]) {
        const dirty = lab.start().runUntil(past).restore(snapshot);
        expect(dirty.stateDigest).toBe(simulation.stateDigest);
        expect(dirty.runUntil(34e9).traceDigest(), `${past}`).toBe(whole.digest);
        expect(dirty.stateDigest).toBe(whole.simulation.stateDigest);
      }
    },
  );

  test('restored at another instant it goes on alike', () => {
    const atAnother = restoreIntoDirty(build, { until: 14.5e9, further: 15e9 });
    // When a request was sent is told in absolute time, and was before the other instant began.
    expect(atAnother.filter((fault) => !fault.includes('client.result'))).toEqual([]);
  });

  test('in doubled time the same happens at doubled instants', () => {
    expect(doubledTime(build, { until: 34e9 })).toEqual([]);
  });

  test('as bytes the same happens', () => {
    expect(lab.run({ asBytes: true }).digest).toBe(lab.run().digest);
  });
});
