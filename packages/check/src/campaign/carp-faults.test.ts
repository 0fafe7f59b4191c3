import { planLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { scenarioOfPath, scenarioPath } from '../counterexample/scenario-token.js';
import { carpCluster, ucarpCluster } from '../explore/carp-clusters.fixture.js';
import { boundsOf } from './bounds-of.js';
import { CLEAN_FAULTS, OPERATOR_FAULTS } from './campaign.js';
import { FAULT_KINDS } from './check-campaign.js';
import { designOf } from './design-of.js';
import { faultsOf } from './faults-of.js';
import { allLaunches } from './launches.js';
import { defaultCampaign, greyCampaigns, maintenance, oneFaultAndRepair } from './ready-made.js';
import type { Scenario } from './scenario.js';

const ANY = oneFaultAndRepair({ of: FAULT_KINDS });
const labels = (lab: ReturnType<typeof carpCluster>, of = ANY.faults): string[] =>
  faultsOf(lab.plan, { ...ANY, faults: of }).map(({ label }) => label);

describe('what may befall CARP', () => {
  const openbsd = carpCluster([0, 100]);
  const freebsd = carpCluster([0, 100], { system: 'freebsd' });
  const ucarp = ucarpCluster([0, 100]);

  test('a kernel is no daemon; OpenBSD says goodbye at a shutdown', () => {
    expect(labels(openbsd, CLEAN_FAULTS)).toEqual([
      ...['power-off n1', 'power-off n2', 'unplug n1', 'unplug n2', 'shutdown n1', 'shutdown n2'],
    ]);
    expect(labels(freebsd, CLEAN_FAULTS)).toEqual([
      ...['power-off n1', 'power-off n2', 'unplug n1', 'unplug n2'],
    ]);
    expect(labels(openbsd).filter((label) => label.includes('adverts'))).toEqual([
      ...['one-way-loss adverts to n1', 'one-way-loss adverts to n2'],
    ]);
    expect(labels(openbsd, ['drop-multicast'])).toEqual(['drop-multicast sw1']);
  });

  test('ucarp is stopped, killed and stalled by its name', () => {
    const faults = faultsOf(ucarp.plan, oneFaultAndRepair({ of: ['stop', 'kill-9', 'stall'] }));
    expect(faults.map(({ begin }) => [begin.do, begin.node, begin.daemon])).toEqual([
      ...[
        ['stop', 'n1', 'ucarp'],
        ['stop', 'n2', 'ucarp'],
        ['kill-9', 'n1', 'ucarp'],
        ['kill-9', 'n2', 'ucarp'],
        ['freeze', 'n1', 'ucarp'],
        ['freeze', 'n2', 'ucarp'],
      ],
    ]);
    expect(greyCampaigns(ucarp.plan)[0]?.name).toBe('ucarp killed (kill -9) and started again');
    expect(boundsOf(ucarp.plan, defaultCampaign(ucarp.plan))[0]).toBe(
      'at most 1 fault and its repair: power-off/on, unplug/plug, stop/start ucarp',
    );
  });

  test('an operator tells the best node to yield, and demotes any', () => {
    expect(labels(openbsd, OPERATOR_FAULTS)).toEqual([
      ...['carp-state n1 carp0', 'carp-demote n1', 'carp-demote n2'],
    ]);
    const [state, demotion] = faultsOf(freebsd.plan, oneFaultAndRepair({ of: OPERATOR_FAULTS }));
    expect(state?.begin).toEqual({
      ...{ do: 'carp-state', node: 'n1', interface: '1@em0', vhid: 1, state: 'backup' },
    });
    expect(state?.end.state).toBe('master');
    expect([demotion?.begin.by, demotion?.end.by]).toEqual([240, -240]);
    expect(maintenance().faults).toEqual(expect.arrayContaining([...OPERATOR_FAULTS]));
  });

  test.each([openbsd, freebsd, ucarp])(
    'in $name makes only deeds that a schedule and a token take',
    (lab) => {
      for (const { begin, end } of faultsOf(lab.plan, ANY)) {
        const schedule = [
          { at: '1s', ...begin },
          { at: '2s', ...end },
        ] as const;
        const { problems } = planLab({ ...lab.design, schedule });
        expect(problems.list.filter(({ severity }) => severity === 'error')).toEqual([]);
        const scenario: Scenario = {
          ...{ seed: 1, starts: {}, ready: {}, losses: [], until: 9e9 },
          actions: [
            { at: 1e9, deed: begin },
            { at: 2e9, deed: end },
          ],
        };
        expect(scenarioOfPath(lab.plan, scenarioPath(lab.plan, scenario))).toEqual(scenario);
      }
    },
  );
});

describe('start-up times', () => {
  const two = ucarpCluster([0, 100]).design;
  const n1 = two.nodes['n1'];
  if (n1 === undefined || n1.kind === 'switch' || typeof n1.ucarp !== 'object' || 'length' in n1.ucarp)
    throw new Error('no ucarp');
  const second = {
    ...n1.ucarp,
    command: n1.ucarp.command.replace('-v 1', '-v 2').replaceAll('.100', '.101'),
  };
  const design = { ...two, nodes: { ...two.nodes, n1: { ...n1, ucarp: [n1.ucarp, second] } } };
  const { plan } = planLab(design);

  test('a second ucarp of a node has a key of its own, in designs and tokens', () => {
    expect(allLaunches(plan).map(({ key }) => key)).toEqual(['n1', 'n1/ucarp/2', 'n2']);
    const scenario: Scenario = {
      ...{ seed: 1, starts: {}, actions: [], losses: [], until: 9e9 },
      ready: { n1: 40e6, 'n1/ucarp/2': 50e6 },
    };
    expect(scenarioOfPath(plan, scenarioPath(plan, scenario))).toEqual(scenario);
    const written = planLab(designOf(design, scenario)).plan;
    expect(written.hosts[0]?.ucarps.map(({ launch }) => launch.min)).toEqual([40e6, 50e6]);
  });

  test('of CARP in a kernel is from boot to the configured interfaces', () => {
    const lab = carpCluster([0, 100], { ready: ['0ms', '400ms'] });
    expect(boundsOf(lab.plan, defaultCampaign(lab.plan))).toContain(
      'CARP configured 0 s to 400 ms after the boot',
    );
    const written = designOf(lab.design, {
      ...{ seed: 1, starts: {}, actions: [], losses: [], until: 9e9 },
      ready: { n2: 70e6 },
    });
    expect(planLab(written).plan.hosts[1]?.carp?.ready).toEqual({ min: 70e6, max: 70e6 });
  });
});
