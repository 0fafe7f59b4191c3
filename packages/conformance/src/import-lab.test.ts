import { fileURLToPath } from 'node:url';
import { defineLab, type HostDesign, type LabDesign, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { shippedFolders } from './command.js';
import { importLab } from './import-lab.js';
import { NotReplayable } from './not-replayable.js';
import { fieldOf } from './observation.js';
import { type RecordedAction, type RecordedRun, type Recording, readRecording } from './recording.js';

const RECORDINGS = fileURLToPath(new URL('../recordings', import.meta.url));
const recording = (name: string): Recording => readRecording(`${RECORDINGS}/${name}`);
const k02 = recording('k02');
const k17 = recording('k17');

const firstRun = (of: Recording): RecordedRun => of.runs[0] as RecordedRun;

const hostOf = (design: LabDesign, name: string): HostDesign => design.nodes[name] as HostDesign;

/** An action that the recorder carried out between 11 and 11.005 s. */
function action(verb: string, ...args: string[]): RecordedAction {
  return { action: verb, args, planned: 11 * SECOND, began: 11 * SECOND, ended: 11.005 * SECOND };
}

/** A run of k02 in which nothing was late. */
const punctual: RecordedRun = {
  ...firstRun(k02),
  advertsSent: new Map(),
  clients: new Map([...firstRun(k02).clients].map(([client, attempts]) => [client, attempts.slice(0, 1)])),
};

/** The schedule into which one action of k02's network is translated. */
function translated(verb: string, ...args: string[]): unknown[] {
  const run = { ...punctual, actions: [action(verb, ...args)] };
  return [...(importLab(k02, run).schedule ?? [])];
}

describe('the design of a recorded run', () => {
  const design = importLab(k02, firstRun(k02));
  const n1 = hostOf(design, 'n1');

  test('has the recorded addresses, MAC addresses and configuration', () => {
    expect(n1.interfaces).toEqual({ eth0: { address: '192.168.1.11/24', mac: '02:00:00:00:01:01' } });
    expect(n1.keepalived).toMatchObject({
      file: 'n1.conf',
      conf: k02.config.get('n1.conf'),
      autostart: false,
    });
    expect(n1.echo).toBe(8080);
    expect(design.nodes).toHaveProperty('lan', { kind: 'switch', snooping: false, ageing: '300s' });
    expect(design.links).toContainEqual({ between: ['n1:eth0', 'lan'], delay: '20us' });
    expect(design.duration).toBe('35000000us');
  });

  test('has the clients at their recorded pace and phase', () => {
    const from = (mode: string) => `${(firstRun(k02).clients.get(mode)?.[0]?.time ?? 0) / 1000}us`;
    const connect = '192.168.1.100:8080';
    expect(hostOf(design, 'c1').client).toEqual([
      { connect, hold: false, every: '200000us', timeout: '1s', from: from('short') },
      { connect, hold: true, every: '200000us', from: from('persist') },
    ]);
  });

  test("has the pauses of the recorder's processes, each with its end", () => {
    const pausesOf = (node: string, daemon: string) =>
      (design.schedule ?? []).filter((line) => line.node === node && line.daemon === daemon);
    for (const [node, daemon] of [
      ['n1', 'keepalived'],
      ['c1', 'client/2'],
    ] as const) {
      const verbs = pausesOf(node, daemon)
        .map(({ do: verb }) => verb)
        .filter((verb) => verb === 'freeze' || verb === 'thaw');
      expect(verbs.length).toBeGreaterThan(20);
      expect(verbs).toEqual(verbs.map((_, index) => (index % 2 === 0 ? 'freeze' : 'thaw')));
    }
    expect(pausesOf('c1', 'client')).toEqual([]);
  });

  test('a SIGTERM takes effect when its process runs: with its priority 0', () => {
    const goodbye = firstRun(k02)
      .advertsSent.get('n1')
      ?.find(({ priority }) => priority === 0);
    expect(design.schedule).toContainEqual({
      at: `${(goodbye?.time ?? 0) / 1000}us`,
      do: 'stop',
      node: 'n1',
      daemon: 'keepalived',
    });
  });

  test("has the client's reachable time where the recording shows it", () => {
    const k08 = recording('k08');
    const sysctls = k08.runs.map((run) => hostOf(importLab(k08, run), 'c1').sysctl?.['eth0.reachable_time']);
    expect(sysctls).toEqual(['37378100us', '33544700us', '18565100us']);
    expect(hostOf(design, 'c1').sysctl).not.toHaveProperty('eth0.reachable_time');
  });

  test('starts each daemon at the instant at which the recorded one was ready', () => {
    const ready =
      firstRun(k02).events.find((event) => event.kind === 'state' && fieldOf(event, 'node') === 'n2')?.time ??
      0;
    expect(design.schedule).toContainEqual({
      at: `${ready / 1000}us`,
      do: 'start',
      node: 'n2',
      daemon: 'keepalived',
    });
    expect(design.schedule?.filter(({ do: verb }) => verb === 'start')).toHaveLength(3);
  });

  test('takes a line that was read late for what it is: a timer never fires early', () => {
    // In k21, run 2, n1 is master 3.358 s after its BACKUP line was read, 56 ms sooner than the protocol allows.
    const k21 = recording('k21');
    const run = k21.runs[1] as RecordedRun;
    const timeout = run.events.find((event) => event.kind === 'advert_timeout')?.time ?? 0;
    const ready = (timeout - 3.4140625 * SECOND) / 1000;
    expect(importLab(k21, run).schedule).toContainEqual({
      at: `${Math.round(ready)}us`,
      do: 'start',
      node: 'n1',
      daemon: 'keepalived',
    });
  });

  test("puts the run's folder where its configuration and its commands agree on it", () => {
    const script = importLab(k17, firstRun(k17));
    expect(hostOf(script, 'n1').keepalived).toMatchObject({
      conf: expect.stringContaining('! -e /run/lab/n1.fail'),
    });
    expect(script.schedule).toContainEqual({
      at: '10010700us',
      do: 'create-file',
      node: 'n1',
      file: '/run/lab/n1.fail',
    });
  });

  test.each(shippedFolders(RECORDINGS).map((folder) => [folder.split('/').at(-1) ?? '', folder]))(
    '%s: every run makes a lab without complaints',
    (_, folder) => {
      const read = readRecording(folder);
      for (const run of read.runs) {
        expect(
          defineLab(importLab(read, run)).diagnostics.filter(({ severity }) => severity !== 'note'),
        ).toEqual([]);
      }
    },
  );
});

describe('each action of the recorder', () => {
  const at = '11000000us';
  const ended = '11005000us';
  test.each([
    [['kill9', 'ka-n1'], [{ at, do: 'kill-9', node: 'n1', daemon: 'keepalived' }]],
    [['kill9_parent', 'ka-n1'], [{ at, do: 'stop', node: 'n1', daemon: 'keepalived' }]],
    [['term', 'ka-n1'], [{ at, do: 'stop', node: 'n1', daemon: 'keepalived' }]],
    [['sigint', 'ka-n1'], [{ at, do: 'stop', node: 'n1', daemon: 'keepalived' }]],
    [['stop', 'ka-n1'], [{ at, do: 'freeze', node: 'n1', daemon: 'keepalived' }]],
    [['cont', 'ka-n1'], [{ at, do: 'thaw', node: 'n1', daemon: 'keepalived' }]],
    [['kill9', 'srv-n2'], [{ at, do: 'kill-9', node: 'n2', daemon: 'echo:8080' }]],
    [
      ['stop', 'client'],
      [
        { at, do: 'freeze', node: 'c1', daemon: 'client' },
        { at, do: 'freeze', node: 'c1', daemon: 'client/2' },
      ],
    ],
    [['link_down', 'n1'], [{ at: ended, do: 'unplug', node: 'n1', interface: 'eth0' }]],
    [['link_up', 'n1'], [{ at: ended, do: 'plug', node: 'n1', interface: 'eth0' }]],
    [['power_off', 'n2'], [{ at, do: 'power-off', node: 'n2' }]],
    [['drop', 'n1', 'n2'], [{ at: ended, do: 'one-way-loss', from: 'n1', to: 'n2', only: 'vrrp' }]],
    [['drop_all', 'n1'], [{ at: ended, do: 'silent-cut', node: 'n1', interface: 'eth0' }]],
    [['heal'], [{ at: ended, do: 'heal' }]],
    [['note', 'anything'], []],
    [['sh', 'c1', 'ip neigh flush all'], [{ at: ended, do: 'flush-neighbours', node: 'c1' }]],
    [
      ['sh', 'c1', 'arping -c 2 192.168.1.100'],
      [{ at, do: 'arping', node: 'c1', address: '192.168.1.100', count: 2 }],
    ],
  ])('%j', ([verb = '', ...args], expected) => {
    expect(translated(verb, ...args)).toEqual(expected);
  });

  test('start, kill9_child and power_on start the daemon when the recorded one was ready again', () => {
    const ready = firstRun(k02).events.find(
      (event) => event.kind === 'state' && fieldOf(event, 'node') === 'n1' && event.time > 11 * SECOND,
    )?.time;
    const start = { at: `${(ready ?? 0) / 1000}us`, do: 'start', node: 'n1', daemon: 'keepalived' };
    expect(translated('start', 'ka-n1')).toEqual([start]);
    expect(translated('kill9_child', 'ka-n1')).toEqual([
      { at, do: 'kill-9', node: 'n1', daemon: 'keepalived' },
      start,
    ]);
    expect(translated('power_on', 'n1')).toEqual([
      { at: ended, do: 'heal' },
      { at: ended, do: 'power-on', node: 'n1' },
      start,
    ]);
  });

  test('arping begins with its first recorded request', () => {
    const k01 = recording('k01');
    const schedule = importLab(k01, firstRun(k01)).schedule ?? [];
    expect(schedule.find(({ do: verb }) => verb === 'arping')?.at).toBe('20037100us');
  });

  test('cables are pulled, plugged and cut', () => {
    const cabled: Recording = {
      ...k02,
      cables: [{ nodes: ['n1', 'n2'], interfaces: ['x1', 'x2'], addresses: ['10.0.1.1/30', '10.0.1.2/30'] }],
    };
    const run = {
      ...punctual,
      actions: ['cable_down', 'cable_up', 'cable_drop'].map((verb) => action(verb, 'n2', 'n1')),
    };
    const design = importLab(cabled, run);
    expect(design.links).toContainEqual({ between: ['n1:x1', 'n2:x2'], delay: '20us' });
    expect(hostOf(design, 'n2').interfaces).toMatchObject({
      eth0: {},
      x2: { address: '10.0.1.2/30' },
    });
    expect(design.schedule).toEqual(
      ['unplug', 'plug', 'silent-cut'].map((verb) => ({ at: ended, do: verb, node: 'n1', interface: 'x1' })),
    );
  });

  test.each([
    [['hup', 'ka-n1'], 'action hup ka-n1: the replay does not know this action'],
    [['kill9', 'ka-n7'], 'action kill9 ka-n7: there is no process ka-n7'],
    [['kill9_parent', 'srv-n1'], 'only keepalived has a parent and a child'],
    [['kill9_child', 'srv-n1'], 'only keepalived has a parent and a child'],
    [['link_down', 'n7'], 'there is no node n7'],
    [['drop', 'n1', 'n7'], 'there is no node n7'],
    [['cable_down', 'n1', 'n2'], 'there is no such cable'],
    [['sh', 'n1', 'reboot'], "sh: 'reboot' is no command that the replay understands"],
    [['start', 'ka-n2'], 'ka-n2 never entered a state in run1'],
  ])('%j is refused', ([verb = '', ...args], why) => {
    const silent = { ...firstRun(k02), events: [], actions: [action(verb, ...args)] };
    expect(() => importLab(k02, silent)).toThrow(NotReplayable);
    expect(() => importLab(k02, silent)).toThrow(why);
  });
});

describe('what the simulator has no counterpart of is refused by name', () => {
  const withProcess = (command: string): Recording => ({
    ...k02,
    processes: new Map([...k02.processes, ['extra', { node: 'n1', command }]]),
  });
  test.each([
    [
      withProcess('haproxy -db -f @RUN@/haproxy.cfg'),
      "process extra: the simulator has no counterpart of 'haproxy",
    ],
    [
      withProcess('python3 @LAB@/tools/client.py 192.168.1.100 8080 http'),
      'process extra: the simulator has no counterpart',
    ],
    [
      withProcess('python3 @LAB@/tools/server.py n1 8080'),
      'process extra: a server that does not run from the beginning',
    ],
    [withProcess('keepalived -n -f @RUN@/other.conf'), 'node n1: several keepaliveds'],
    [{ ...k02, config: new Map() }, 'config/n1.conf: is missing'],
    [{ ...k02, bridges: ['lan', 'wan'] }, 'topology: several bridges'],
    [{ ...k02, extraPorts: 1 }, 'topology: several bridges'],
    [{ ...k02, setup: ['n1: sysctl -w x=1'] }, "topology: prepared by 'n1: sysctl -w x=1'"],
  ])('%#', (changed, why) => {
    expect(() => importLab(changed, firstRun(changed))).toThrow(NotReplayable);
    expect(() => importLab(changed, firstRun(changed))).toThrow(why);
  });

  test('a client that made no attempt', () => {
    expect(() => importLab(k02, { ...firstRun(k02), clients: new Map() })).toThrow(
      'client short: made no attempt in run1',
    );
  });
});
