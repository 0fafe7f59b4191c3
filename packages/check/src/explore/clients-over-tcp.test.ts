import { type ClientDesign, defineLab, type LabDesign, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { oneFault, oneFaultAndRepair } from '../campaign/ready-made.js';
import type { Scenario } from '../campaign/scenario.js';
import { runOfCounterexample } from '../counterexample/counterexample-of.js';
import { confOf } from '../counterexample/pair.fixture.js';
import { scenarioOfToken } from '../counterexample/scenario-token.js';
import { storyOfBreak } from '../counterexample/story.js';
import { scenarioWith } from '../counterexample/verdict.fixture.js';
import { vitestSource } from '../counterexample/write-up.js';
import { clientOutageWithin } from '../property/client-outage-within.js';
import { flapFree } from '../property/flap-free.js';
import { type KeepsConnectionsOptions, keepsConnections } from '../property/keeps-connections.js';
import { neverLoses } from '../property/never-loses.js';
import { prove } from '../prove.js';
import { holdsInRuns } from '../sample/holds-in-runs.js';
import { runScenario } from '../sample/run-scenario.js';
import { judgeConnections } from '../vitest/judge-clients.js';

const HELD = { connect: '192.168.1.100:5432', hold: true, speak: 'postgres' } as const;

/** n1 and n2 share 192.168.1.100; c1 has a connection to the database there. */
const databaseOf = (client: ClientDesign): LabDesign => ({
  name: 'database',
  nodes: {
    n1: { address: '192.168.1.11/24', keepalived: { conf: confOf(150), ready: '60ms' } },
    n2: { address: '192.168.1.12/24', keepalived: { conf: confOf(100), ready: '80ms' } },
    c1: { address: '192.168.1.50/24', client },
  },
});
const database = defineLab(databaseOf(HELD));

const deedsAt = (...deeds: readonly (readonly [number, Scenario['actions'][number]['deed']])[]): Scenario =>
  scenarioWith({
    actions: deeds.map(([at, deed]) => ({ at: at * SECOND, deed })),
    until: 60 * SECOND,
  });

describe('a held connection to a pair', () => {
  test('is broken by the loss of its server: the story names who reset it, and the token replays', async () => {
    const { word, exploration, counterexamples, covered } = await prove(database, {
      causes: oneFault({ of: ['power-off'], nodes: ['n1'] }),
      properties: [...flapFree(), keepsConnections()],
    });
    expect(word).toBe('broken');
    expect(exploration).toMatchObject({ method: 'concrete', isClosed: false });
    expect(covered).toContainEqual({ what: 'a failover with a connection open', share: 1 });
    const [counterexample] = counterexamples;
    if (counterexample === undefined) throw new Error('broken without a counterexample');
    expect(counterexample.message).toMatch(
      /^c1's connection 1 to 192\.168\.1\.100:5432 \(from 192\.168\.1\.50:\d+\) is reset by n2, which has no such connection$/,
    );
    expect(counterexample.scenario.actions).toEqual([
      { at: 10 * SECOND, deed: { do: 'power-off', node: 'n1' } },
    ]);
    const run = runOfCounterexample(counterexample);
    const told = storyOfBreak(run.report, counterexample).map(({ text }) => text);
    expect(told.join('\n')).toMatch(
      /n1 loses power.*\nn2 \(100\) becomes master of \.100.*\nc1's kept connection to \.100 is reset by n2 \(it hung 3\.\d+ s first\)\./,
    );
    const scenario = scenarioOfToken(database, counterexample.token);
    const again = runScenario(database, scenario, [keepsConnections()]);
    expect(again.at).toBe(counterexample.at);
    expect(again.violation?.message).toBe(counterexample.message);
    // The run of the token, as `viplab run --replay` makes it, says so itself.
    const judged = judgeConnections(run);
    expect(judged.pass).toBe(false);
    expect(judged.message).toContain('is reset by n2, which has no such connection (keeps-connections)');
    expect(vitestSource(counterexample)).toContain('toKeepConnections()');
  });

  test('is kept while only the backup loses its cable, and gets it back', () => {
    const scenario = deedsAt([10, { do: 'unplug', node: 'n2' }], [20, { do: 'plug', node: 'n2' }]);
    const outcome = runScenario(database, scenario, [keepsConnections(), neverLoses()]);
    expect(outcome.violation).toBeNull();
    expect(outcome.worst.filter(({ what }) => what === 'client outage')).toEqual([]);
  });

  test('is not proved kept where no address ever went over', async () => {
    const { word, exploration } = await prove(database, {
      causes: oneFault({ of: ['unplug'], nodes: ['n2'] }),
      properties: [keepsConnections()],
      runs: 20,
    });
    expect(word).toBe('inconclusive');
    expect(exploration.endedBy).toContain('a failover in none of');
  });

  test('may break where that is excepted, and what the client lives through is measured', async () => {
    const { word, worst } = await prove(database, {
      causes: oneFault({ of: ['power-off'], nodes: ['n1'] }),
      properties: [keepsConnections({ except: ['power-off'] })],
    });
    expect(word).toBe('held');
    const outage = worst.find(({ what }) => what === 'client outage');
    expect(outage).toMatchObject({ client: 'c1', phase: 'settled' });
    // An owner after 3.6 s, and the next retransmission reaches it.
    expect(outage?.lasted).toBeGreaterThan(3.6 * SECOND);
    expect(outage?.lasted).toBeLessThan(7 * SECOND);
  });
});

describe('maintenance from n1 to n2 and back', () => {
  const goodbye = deedsAt(
    [10, { do: 'stop', node: 'n1', daemon: 'keepalived' }],
    [15, { do: 'start', node: 'n1', daemon: 'keepalived' }],
  );
  const outcomeOf = (client: ClientDesign, options?: KeepsConnectionsOptions) =>
    runScenario(defineLab(databaseOf(client)), goodbye, [keepsConnections(options)], {
      stopAtViolation: false,
    });

  test('keeps a connection that is idle meanwhile: the first server still has it', () => {
    const outcome = outcomeOf({ ...HELD, from: '5s', every: '25s' });
    expect(outcome.failovers.get('192.168.1.100')).toBe(2);
    expect(outcome.violation).toBeNull();
  });

  test('breaks a connection that speaks meanwhile', () => {
    expect(outcomeOf({ ...HELD, from: '5s', every: '1s' }).violation?.message).toMatch(/reset by n2/);
  });
});

test('a connection whose server falls silent for good dies of its own timers', () => {
  const lab = defineLab(databaseOf({ ...HELD, userTimeout: '10s' as const }));
  const both = deedsAt([10, { do: 'power-off', node: 'n2' }], [12, { do: 'silent-cut', node: 'n1' }]);
  const { violation, at } = runScenario(lab, both, [keepsConnections()]);
  expect(violation?.message).toMatch(/dies in silence|nobody answers for the address/);
  expect(at).toBeGreaterThan(14 * SECOND);
  expect(at).toBeLessThan(24 * SECOND);
});

test('short connections are lost one by one while nobody owns the address, and none is kept', async () => {
  const lab = defineLab(databaseOf({ connect: '192.168.1.100:5432' }));
  const { word, counterexamples } = await prove(lab, {
    causes: oneFaultAndRepair({ of: ['power-off'], nodes: ['n1'] }),
    properties: [clientOutageWithin('3s')],
  });
  expect(word).toBe('broken');
  expect(counterexamples[0]?.message).toBe(
    'c1 is without service of 192.168.1.100:5432 for longer than 3.00 s',
  );
});

test('who owns what is proved where nobody asks about clients, whatever servers there are', async () => {
  const { nodes, ...rest } = databaseOf({ ...HELD, keepAlive: true });
  const servers = { postgres: {}, http: { ready: '800ms' } } as const;
  const served = Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [name, name === 'c1' ? node : { ...node, ...servers }]),
  );
  const lab = defineLab({ ...rest, nodes: served as LabDesign['nodes'] });
  const { word, exploration } = await prove(lab, { causes: oneFault({ of: ['power-off', 'stop'] }) });
  expect(word).toBe('proved');
  expect(exploration).toMatchObject({ method: 'symbolic', isClosed: true });
});

describe('random runs of a held connection', () => {
  test('find how it breaks, with the fewest causes, and the token replays it', async () => {
    const verdict = await holdsInRuns(
      database,
      oneFaultAndRepair({ of: ['power-off', 'unplug'] }),
      [keepsConnections()],
      { runs: 30 },
    );
    expect(verdict.word).toBe('broken');
    const [counterexample] = verdict.counterexamples;
    expect(counterexample?.scenario.actions).toHaveLength(1);
    const scenario = scenarioOfToken(database, counterexample?.token ?? '');
    expect(runScenario(database, scenario, [keepsConnections()]).violation?.message).toBe(
      counterexample?.message,
    );
  });

  test('measure the worst outage of a client, and a failover must have met a connection', async () => {
    const quiet = [keepsConnections({ except: ['power-off', 'power-on'] })];
    const campaign = oneFaultAndRepair({ of: ['power-off'] });
    const held = await holdsInRuns(database, campaign, quiet, { runs: 20 });
    expect(held.word).toBe('held');
    const outage = held.worst.find(({ what }) => what === 'client outage');
    expect(outage).toMatchObject({ client: 'c1', address: '192.168.1.100', phase: 'settled' });
    expect(outage?.token).toMatch(/^vl2-/);
    const idle = defineLab(databaseOf({ ...HELD, from: '1h' as const }));
    const nothing = await holdsInRuns(idle, campaign, quiet, { runs: 20 });
    expect(nothing.word).toBe('inconclusive');
    expect(nothing.exploration.endedBy).toBe('a client connected in none of 20 runs');
  });
});
