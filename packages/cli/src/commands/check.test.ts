import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Campaign,
  type CheckVerdict,
  counterexampleOf,
  flapFree,
  type ProveOptions,
  type Scenario,
} from '@viplab/check';
import { formatIpv4, type Ipv4Address, type Lab, SECOND } from '@viplab/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Captured, keepalivedConf, viplab, widest } from '../captured-terminal.fixture.js';
import { BROKEN, HELD, INCONCLUSIVE, PROVED } from '../check/hand-made-verdicts.fixture.js';
import { type CheckOptions, type CheckTools, check } from './check.js';

const FILES = ['n1/keepalived.conf', 'n2/keepalived.conf'];

let folder = '';
const home = process.cwd();
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-check-'));
  process.chdir(folder);
  for (const [name, priority] of [
    ['n1', 150],
    ['n2', 100],
    ['m1', 100],
    ['m2', 100],
  ] as const) {
    mkdirSync(name);
    writeFileSync(`${name}/keepalived.conf`, keepalivedConf(priority));
  }
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** What was asked of a made-up prover. */
interface Asked {
  readonly campaign: Campaign | undefined;
  readonly addresses: readonly Ipv4Address[];
  readonly options: ProveOptions;
}

type Answer = (lab: Lab, options: ProveOptions) => CheckVerdict;

/** Runs the command with a prover that answers as it is told. */
async function checked(
  answer: Answer,
  options: Partial<CheckOptions> = {},
  inputs: readonly string[] = FILES,
  interrupted = new AbortController(),
): Promise<Captured & { readonly asked: readonly Asked[] }> {
  let out = '';
  let err = '';
  let now = 0;
  const asked: Asked[] = [];
  const prove: CheckTools['prove'] = async (lab, given) => {
    const nodes = lab.plan.hosts;
    asked.push({
      campaign: given.causes,
      addresses: nodes.flatMap(
        ({ interfaces }) => interfaces[0]?.addresses.map(({ address }) => address) ?? [],
      ),
      options: given,
    });
    now += 1000;
    const verdict = answer(lab, given);
    return {
      ...verdict,
      ...(given.causes === undefined ? {} : { campaign: given.causes }),
      design: lab.design,
    };
  };
  const tools: CheckTools = {
    prove,
    sample: prove,
    now: () => now,
    listen: () => ({ signal: interrupted.signal, release: () => undefined }),
  };
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    columns: undefined,
    errorColumns: undefined,
    env: {},
  };
  const code = await check(inputs, { color: true, ...options }, terminal, tools);
  return { code, out, err, asked };
}

const LOST: Scenario = {
  seed: 1,
  starts: {},
  ready: {},
  actions: [{ at: 10 * SECOND, deed: { do: 'drop-multicast', node: 'sw1' } }],
  losses: [],
  until: 25 * SECOND,
};

/** Broken where losing the multicast breaks it, proved where not. */
const byLostMulticast: Answer = (lab) => {
  const found = flapFree()
    .map((property) => counterexampleOf(lab, LOST, property))
    .find((counterexample) => counterexample !== null);
  return found === undefined || found === null ? PROVED : { ...BROKEN, counterexamples: [found] };
};

const isGrey = ({ causes }: ProveOptions): boolean =>
  causes?.faults.some((kind) => kind === 'drop-multicast') === true || (causes?.lostFrames ?? 0) > 0;

describe('viplab check', () => {
  test('a proof ends with 0, and the grey campaigns are tried too', async () => {
    const { code, out, err, asked } = await checked((_, options) => (isGrey(options) ? BROKEN : PROVED));
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^n1, n2: 192\.168\.1\.100 \(VI_1, priority 150\/100\)\n/);
    expect(out).toContain(
      "inferred   nodes    n1 192.168.1.11, n2 192.168.1.12 (named by folder, addresses from the VIPs' /24)\n",
    );
    expect(out).toContain('to state them yourself:  viplab init n1/keepalived.conf n2/keepalived.conf\n');
    expect(out).toMatch(/^PROVED {5}flap-free for all time within these bounds$/m);
    expect(out).toMatch(/^grey too {3}PROVED {2}keepalived killed/m);
    expect(out).toMatch(/^ {11}BROKEN {2}multicast lost at a switch/m);
    expect(widest(out)).toBeLessThanOrEqual(100);
    expect(asked[0]?.campaign?.faults).toEqual(['power-off', 'unplug', 'stop', 'check-fails', 'shutdown']);
    expect(asked.length).toBeGreaterThan(5);
    // What one does not need goes to the next; all of them have 60 s.
    const budgets = asked.map(({ options: { budget } }) =>
      typeof budget === 'object' ? budget.nanoseconds : 0,
    );
    expect(budgets[0]).toBe(60 * SECOND);
    expect(budgets.every((budget) => budget > 0)).toBe(true);
  });

  test('a counterexample ends with 1: story, cure and files; the token replays', async () => {
    const { code, out, asked } = await checked(byLostMulticast, { faults: 'drop-multicast' });
    expect(code).toBe(1);
    expect(out).toMatch(/^BROKEN {5}192\.168\.1\.100 /m);
    expect(out).toMatch(/^a {3}10 {6}sw1 stops passing VRRP's multicast/m);
    expect(out).toMatch(
      /^cure {7}unicast adverts do not need the multicast\. Re-checked, same bounds: PROVED$/m,
    );
    expect(out).toContain('+        192.168.1.12    # n2; the address is inferred, put your own\n');
    expect(asked.map(({ campaign }) => campaign?.faults)).toEqual([['drop-multicast'], ['drop-multicast']]);
    const [, kept = ''] = /^wrote {6}(\S+\/): checked\.yaml lab\.yaml story\.md sw1\.pcapng/m.exec(out) ?? [];
    for (const name of ['story.md', 'lab.yaml', 'checked.yaml', 'sw1.pcapng', 'cure.patch'])
      expect(existsSync(join(kept, name)), name).toBe(true);
    expect(readFileSync(join(kept, 'lab.yaml'), 'utf8')).toContain('do: drop-multicast');

    const token = /--replay (vl2-\S+)/.exec(out)?.[1] ?? '';
    const alone = await viplab(['run', '--replay', token]);
    expect([alone.code, alone.out]).toEqual([1, expect.stringContaining('flaps?     DUAL')]);
    expect(alone.out).toContain(`--replay ${token}`);
    const withFiles = await viplab(['run', ...FILES, '--replay', token]);
    expect(withFiles.code).toBe(1);
    const lanes = (text: string): string => text.slice(text.indexOf('  0s  '), text.indexOf('flaps?'));
    expect(lanes(withFiles.out)).toBe(lanes(alone.out));
    expect(lanes((await viplab(['run', join(kept, 'lab.yaml')])).out)).toBe(lanes(alone.out));

    writeFileSync('n2/keepalived.conf', keepalivedConf(110));
    const changed = await viplab(['run', ...FILES, '--replay', token]);
    writeFileSync('n2/keepalived.conf', keepalivedConf(100));
    expect(changed.code).toBe(2);
    expect(changed.err).toMatch(/the token is for lab \w{8}; these files are \w{8}/);
    expect(changed.err).toContain('n2/keepalived.conf:5 priority 100 → 110');
    expect((await viplab(['run', ...FILES, '--replay', `${token}x`])).err).toContain(
      "the token's choices cannot be read",
    );
  });

  test('what is found beside leaves its lab for its token, and counts with --strict', async () => {
    const answer: Answer = (lab, options) => (isGrey(options) ? byLostMulticast(lab, options) : PROVED);
    const { code, out } = await checked(answer);
    expect(code).toBe(0);
    const token = /--replay (vl2-\S+)/.exec(out)?.[1] ?? '';
    expect((await viplab(['run', '--replay', token, '-q'])).code).toBe(1);
    expect((await checked(answer, { strict: true })).code).toBe(1);
  });

  test('held is enough unless a proof is required; nothing of interest is not', async () => {
    expect((await checked(() => HELD)).code).toBe(0);
    expect((await checked(() => HELD, { require: 'held' })).code).toBe(0);
    expect((await checked(() => HELD, { require: 'proved' })).code).toBe(3);
    expect((await checked(() => INCONCLUSIVE)).code).toBe(3);
    expect((await checked(() => HELD)).out).toMatch(
      /^replay {5}viplab check n1\/keepalived\.conf n2\/keepalived\.conf --replay vl2-\w{8}-r20000$/m,
    );
  });

  test('inferred addresses that decide are tried both ways, and the worse is told', async () => {
    const higherFirst: Answer = (lab) => {
      const [first] = lab.plan.hosts[0]?.interfaces[0]?.addresses ?? [];
      return first !== undefined && formatIpv4(first.address) === '192.168.1.12' ? INCONCLUSIVE : PROVED;
    };
    const tied = await checked(higherFirst, { faults: 'clean' }, [
      'm1/keepalived.conf',
      'm2/keepalived.conf',
    ]);
    expect(
      tied.asked.map(({ addresses }) => addresses.slice(0, 2).map((address) => formatIpv4(address))),
    ).toEqual([
      ['192.168.1.11', '192.168.1.12'],
      ['192.168.1.12', '192.168.1.11'],
    ]);
    expect([tied.code, tied.out]).toEqual([3, expect.stringContaining('decisive, so tried both ways')]);
    expect((await checked(() => PROVED, { faults: 'clean' })).asked).toHaveLength(1);
  });

  test('Ctrl-C tells what was found so far and ends with 130', async () => {
    const controller = new AbortController();
    const { code, out, asked } = await checked(
      () => {
        controller.abort();
        return INCONCLUSIVE;
      },
      {},
      FILES,
      controller,
    );
    expect([code, asked.length]).toEqual([130, 1]);
    expect(out).toContain('(interrupted after 1 s)\n');
    expect(out).toContain('not tried');
  });

  test('prints JSON and nothing else', async () => {
    const { code, out, err } = await checked(byLostMulticast, { faults: 'drop-multicast', json: true });
    expect([code, err]).toEqual([1, '']);
    expect(JSON.parse(out)).toMatchObject({
      schema: 'viplab.check/1',
      verdict: 'broken',
      cures: [{ keyword: 'unicast_peer' }],
    });
  });

  test('emits a test, and says so where there is nothing to test', async () => {
    const { code, out } = await checked(byLostMulticast, { faults: 'drop-multicast', emit: 'vitest' });
    expect(code).toBe(1);
    expect(out).toMatch(/^import \{ defineLab \} from '@viplab\/core';\n/);
    expect(out).toContain('.toBeFlapFree()');
    const none = await checked(() => PROVED, { emit: 'vitest' });
    expect([none.code, none.out, none.err]).toEqual([
      0,
      '',
      'nothing is broken, so there is no test to emit\n',
    ]);
  });

  test('a token in the long form needs no files', async () => {
    const { out } = await checked(byLostMulticast, {
      faults: 'drop-multicast',
      portable: true,
      out: 'elsewhere',
    });
    const token = /--replay \\\n +(vl2-\S+-p\S+)/.exec(out)?.[1] ?? '';
    expect(token).not.toBe('');
    rmSync('.viplab', { recursive: true, force: true });
    expect((await viplab(['run', '--replay', token, '-q'])).code).toBe(1);
    expect((await viplab(['run', '--replay', token.slice(0, -40), '-q'])).err).toMatch(
      /cannot be unpacked|is none/,
    );
    expect(existsSync('elsewhere/story.md')).toBe(true);
  });

  test('the options make the campaign', async () => {
    const { asked } = await checked(() => PROVED, {
      faults: 'power-off,freeze',
      lose: '2',
      latency: '50..500us',
      nodes: 'n1',
      budget: '5s',
      seed: 7,
      runs: '300',
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.campaign).toMatchObject({
      faults: ['power-off', 'freeze'],
      lostFrames: 2,
      latency: { lo: 50_000, hi: 500_000 },
      nodes: ['n1'],
    });
    expect(asked[0]?.options).toMatchObject({ seed: 7, runs: 300 });
    const grey = await checked(() => PROVED, { faults: 'grey' });
    expect(grey.asked.length).toBeGreaterThan(5);
    expect(grey.out).toMatch(/^each {7}PROVED/m);
  });
});

describe('viplab check refuses', () => {
  test.each([
    [['--faults', 'freze'], /did you mean freeze/],
    [['--lose', '-1'], /whole number from 0/],
    [['--lose', '1e1'], /whole number from 0/],
    [['--latency', '5ms..1ms'], /there is nothing/],
    [['--latency', 'fast'], /no range of delays/],
    [['--nodes', 'n1,n9'], /there is no node 'n9'/],
    [['--budget', '60'], /duration with its unit/],
    [['--budget', '0s'], /in no time/],
    [['--runs', '0'], /whole number from 1/],
    [['--require', 'perfect'], /proved, held/],
    [['--emit', 'jest'], /vitest/],
    [['--replay', 'vl2-7q2mzk4d-s1'], /names one run/],
    [['--replay', 'nonsense'], /is not a replay token/],
  ])('%j', async (words, says) => {
    const { code, out, err } = await viplab(['check', ...FILES, ...words]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(says);
  });

  test('a folder that cannot be written, once it was named', async () => {
    await expect(
      checked(byLostMulticast, { faults: 'drop-multicast', out: 'n1/keepalived.conf' }),
    ).rejects.toThrow(/cannot be written/);
  });
});

test('a check of an example with real runs finds what it is there for', async () => {
  const { code, out } = await viplab([
    'check',
    'equal-priority-flux',
    '--faults',
    'drop-multicast',
    '--budget',
    '8s',
    '--runs',
    '20',
    '-q',
  ]);
  expect(code).toBe(1);
  expect(out).toMatch(/^BROKEN/);
  expect(out).toMatch(/^cure {7}unicast adverts/m);
});

test('a token of random runs makes the same runs again', async () => {
  const range = await checked(() => HELD, { faults: 'clean' });
  const token = /(vl2-\w{8}-r\d+)/.exec(range.out)?.[1] ?? '';
  const again = await checked(() => HELD, { faults: 'clean', replay: token });
  expect(again.asked.map(({ options: { runs, seed } }) => [runs, seed])).toEqual([[20_000, 1]]);
});

describe('viplab check of what clients live through', () => {
  const names = (asked: readonly Asked[]): readonly (readonly string[] | undefined)[] =>
    asked.map(({ options }) => options.properties?.map(({ name }) => name));

  test('asks nothing of them unless it is told to', async () => {
    const { asked } = await checked(() => PROVED, { faults: 'power-off' });
    expect(names(asked)).toEqual([undefined]);
  });

  test('asks --connections and --client-outage beside what is always asked', async () => {
    const { asked } = await checked(() => HELD, {
      faults: 'power-off',
      connections: true,
      clientOutage: '4s',
    });
    expect(names(asked)).toEqual([
      [...flapFree().map(({ name }) => name), 'keeps-connections', 'client-outage-within-4s'],
    ]);
  });

  test('prints how to get the same runs again', async () => {
    const { out } = await checked(() => HELD, { faults: 'power-off', connections: true, clientOutage: '4s' });
    expect(out.replace(/[\s\\]+/g, ' ')).toContain('--connections --client-outage 4s --replay vl2-');
  });

  test('a span that is none is told', async () => {
    await expect(checked(() => HELD, { clientOutage: '4' })).rejects.toThrow();
  });
});

describe('viplab check of TCP clients', () => {
  const clientLab = `name: database
nodes:
  n1: { address: 192.168.1.11/24, keepalived: { file: n1/keepalived.conf, ready: 60ms } }
  n2: { address: 192.168.1.12/24, keepalived: { file: n2/keepalived.conf, ready: 80ms } }
  c1: { address: 192.168.1.50/24, client: { connect: '192.168.1.100:5432', hold: true, speak: postgres } }
`;
  beforeAll(() => {
    writeFileSync('database.yaml', clientLab);
  });

  test('finds who resets the connection, and the token replays it', async () => {
    const asked = ['check', 'database.yaml', '--faults', 'power-off', '--nodes', 'n1', '--connections'];
    const { code, out } = await viplab([...asked, '--budget', '10s', '-q']);
    expect(code).toBe(1);
    expect(out).toMatch(/^BROKEN {5}c1's connection 1 to \.?[\d.]+:5432 .* is reset by n2/m);
    expect(out).toContain("c1's kept connection to .100 is reset by n2");
    const token = /--replay (vl2-\w+-c\w+)/.exec(out)?.[1] ?? '';
    const replayed = await viplab(['run', 'database.yaml', '--replay', token]);
    expect(replayed.code).toBeLessThan(2);
    expect(replayed.out).toMatch(/connection to \.100 reset by n2/);
  }, 60_000);

  test('a lab without a client is told', async () => {
    const none = clientLab.replace(/ {2}c1.*\n/, '');
    writeFileSync('silent.yaml', none);
    const { code, err } = await viplab(['check', 'silent.yaml', '--connections']);
    expect(code).toBe(2);
    expect(err).toContain('this lab has no client');
  });
});
