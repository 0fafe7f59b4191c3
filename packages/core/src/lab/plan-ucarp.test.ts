import { describe, expect, test } from 'vitest';
import type { HostDesign, LabDesign, UcarpDesign } from './design.js';
import { defineLab } from './index.js';
import { planLab } from './plan-lab.js';

const COMMAND = 'ucarp -i eth0 -s 192.168.1.11 -v 1 -p x -a 192.168.1.100 -k 100 -u ./up -d ./down';
const labOf = (
  ucarp: HostDesign['ucarp'],
  more: Partial<HostDesign> = {},
  rest: Partial<LabDesign> = {},
): LabDesign => ({
  name: 'x',
  nodes: { n1: { address: '192.168.1.11/24', ...(ucarp === undefined ? {} : { ucarp }), ...more } },
  ...rest,
});
const planOf = (ucarp: HostDesign['ucarp'], more: Partial<HostDesign> = {}, rest: Partial<LabDesign> = {}) =>
  planLab(labOf(ucarp, more, rest));
const saidOf = (...parts: Parameters<typeof planOf>): string[] =>
  planOf(...parts).problems.list.map(({ path, severity, code }) => `${severity} ${path.join('.')} ${code}`);

describe('a process', () => {
  test('what is left out', () => {
    const { plan, problems } = planOf(COMMAND);
    expect(problems.list).toEqual([]);
    expect(plan.hosts[0]?.ucarps).toMatchObject([
      {
        name: 'ucarp',
        file: 'n1/ucarp',
        launch: { min: 30e6, max: 60e6 },
        byteOrder: 'little',
        capture: 'blocks',
        autostart: true,
      },
    ]);
    expect(plan.inferred.find(({ what }) => what === 'n1.ucarp scripts')).toEqual({
      what: 'n1.ucarp scripts',
      value: "up adds 192.168.1.100 to eth0 with its network's prefix, down removes it",
      why: 'the text of ./up and ./down is not given',
    });
  });

  test('its address is held for the effective time: three polls, and a block', () => {
    const [vip] = planOf(COMMAND).plan.vips;
    expect(vip?.holders).toEqual([
      {
        node: 'n1',
        instance: 'ucarp',
        protocol: 'carp',
        priority: 100,
        advertInterval: 1_390_000_000,
        masterDownInterval: 5_170_003_000,
        hearingDelay: 1_000_000_000,
      },
    ]);
    const [other] = planOf({ command: COMMAND, capture: 'immediate' }).plan.vips;
    expect(other?.holders[0]).toMatchObject({ masterDownInterval: 4_170_003_000, hearingDelay: 0 });
  });

  test('texts of scripts make nothing to infer', () => {
    const scripts = { './up': 'ip addr add $2/24 dev $1', './down': 'ip addr del $2/24 dev $1' };
    const { plan } = planOf({ command: COMMAND, scripts, file: 'etc/ucarp.sh', ready: ['10ms', '20ms'] });
    expect(plan.inferred.filter(({ what }) => what.includes('ucarp'))).toEqual([]);
    expect(plan.hosts[0]?.ucarps[0]).toMatchObject({
      file: 'etc/ucarp.sh',
      launch: { min: 10e6, max: 20e6 },
    });
  });

  test('several, by number; the first is what stop and start mean', () => {
    const second = COMMAND.replace('-v 1', '-v 2').replace('.100', '.101');
    const { plan, problems } = planOf(
      [COMMAND, { command: second }],
      {},
      {
        schedule: [
          { at: '1s', do: 'stop', node: 'n1' },
          { at: '2s', do: 'stop', node: 'n1', daemon: 'ucarp/2' },
        ],
      },
    );
    expect(problems.list).toEqual([]);
    expect(plan.hosts[0]?.ucarps.map(({ name, file }) => `${name} ${file}`)).toEqual([
      'ucarp n1/ucarp',
      'ucarp/2 n1/ucarp/2',
    ]);
    const run = defineLab(
      labOf([COMMAND, second], {}, { schedule: [{ at: '5s', do: 'stop', node: 'n1' }] }),
    ).run();
    expect(run.trace.filter('daemon.stopped').map(({ daemon }) => daemon)).toEqual(['ucarp']);
  });
});

describe('what is wrong', () => {
  test('is told with the place in the design', () => {
    expect(saidOf({ command: COMMAND, byteOrder: 'middle' as never })).toEqual([
      'error nodes.n1.ucarp.byteOrder lab/unknown-word',
    ]);
    expect(saidOf([{ command: COMMAND, capture: 'late' as never }])).toEqual([
      'error nodes.n1.ucarp.0.capture lab/unknown-word',
    ]);
    expect(saidOf({ command: COMMAND, ready: ['2s', '1s'] })).toEqual([
      'error nodes.n1.ucarp.ready lab/bad-range',
    ]);
    expect(saidOf(COMMAND, { services: { ucarp: 99 } })).toEqual([
      'error nodes.n1.services.ucarp lab/duplicate-daemon',
    ]);
  });

  test('a source that the node has not: without its group ucarp ends at once, by broadcast it runs', () => {
    expect(saidOf(COMMAND.replace('.11', '.12'))).toEqual(['error nodes.n1.ucarp lab/no-source']);
    expect(saidOf(`${COMMAND.replace('.11', '.12')} -M`)).toEqual(['warning nodes.n1.ucarp lab/no-source']);
  });

  test('a command at which ucarp exits is an error of its file, and like the daemon nobody runs', () => {
    const bad: UcarpDesign = { command: `${COMMAND} -v 300` };
    expect(planOf(bad).diagnostics.map(({ severity, code, file }) => [severity, code, file])).toEqual([
      ['error', 'conf/out-of-range', 'n1/ucarp'],
    ]);
    const { plan, diagnostics } = planOf({ ...bad, likeDaemon: true });
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
    expect(plan.hosts[0]?.ucarps).toEqual([]);
  });
});
