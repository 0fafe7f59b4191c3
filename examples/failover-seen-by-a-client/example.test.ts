import { readFileSync } from 'node:fs';
import { type ConnectionLife, formatSeconds, lifeSteps, type Run, spanInWords } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf, pathOf } from '../labs.testing.js';

const LAB = 'failover-seen-by-a-client/lab.yaml';
const VIP = '192.168.1.100';
const README = pathOf('failover-seen-by-a-client/README.md');

/** What happens to n1 at 10 s, and what repairs it at 25 s. */
const FAULTS = [
  ['power-off', 'power-on', 'loses its power'],
  ['freeze', 'thaw', 'is frozen (a paused virtual machine)'],
  ['unplug', 'plug', 'loses its cable'],
  ['kill-9', 'start', 'keepalived is killed (`kill -9`)'],
  ['stop', 'start', 'keepalived is stopped'],
] as const;

const runOf = async ([fault, repair]: (typeof FAULTS)[number]): Promise<Run> =>
  (await loadExample(LAB))
    .with({
      schedule: [
        { at: '10s', do: fault, node: 'n1' },
        { at: '25s', do: repair, node: 'n1' },
      ],
    })
    .run();

const REPAIR = 25e9;

/** What happened to the kept connection that was open before an instant: `hangs 3.20 s, reset by n2`. */
function fateOf({ broken }: ConnectionLife): string {
  if (broken === null) return 'goes on';
  const hung = broken.hung === null || broken.hung < 1e6 ? '' : `hangs ${spanInWords(broken.hung)}, `;
  return `${hung}reset by ${broken.node}`;
}

/** The outages of `short` that began before or after the repair. */
function outagesOf(run: Run, isRepair: boolean): string {
  const outages = run.report.client('short').outages.filter(({ from }) => from >= REPAIR === isRepair);
  if (outages.length === 0) return 'nothing';
  return outages
    .map(
      ({ from, to, attempts }) =>
        `${spanInWords(to - from)}: ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
    )
    .join(', ');
}

function rowOf(run: Run, fault: string): string {
  const { report } = run;
  const [first, second] = report.client('kept').connections;
  const landed = run.trace
    .filter('vip.landed')
    .find(({ time, at, node }) => time > 10e9 && at === 'n2' && node === 'short');
  const holder =
    first === undefined
      ? []
      : lifeSteps(report, first).filter(({ kind, time }) => kind === 'left-behind' && time === run.until);
  const cells = [
    `\`${fault}\``,
    landed === undefined ? 'never' : formatSeconds(landed.time),
    outagesOf(run, false),
    first === undefined ? '' : fateOf(first),
    holder.length > 0 ? 'to the end' : '',
    outagesOf(run, true),
    second === undefined ? '' : fateOf(second),
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEAD = [
  '| n1 at 10 s | frames go to n2 at | `short` is without service | the connection of `kept` | n1 holds its end | at the repair: `short` | `kept` |',
  '|---|---|---|---|---|---|---|',
];

describe('failover-seen-by-a-client', () => {
  test('the kept connection is reset by the node that has never heard of it, at the fault and at the repair', async () => {
    const run = (await loadExample(LAB)).run();
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "70bfb1688a0921cf",
        "dual": [
          ".100 28.474 to 28.474",
        ],
        "handovers": [
          ".100 13.084 n1 to n2, power-off",
          ".100 28.474 n2 to n1, power-on",
        ],
        "headless": [
          ".100 10.000 to 13.084",
        ],
        "isExpected": true,
        "moves": {
          "arp": 6,
          "cam": 0,
          "landing": 4,
        },
        "outages": [
          "short .100 10.145 to 13.145, 3 attempts, timeout",
          "kept .100 10.145 to 13.349, 1 attempts, reset",
          "kept .100 28.549 to 28.550, 1 attempts, reset",
        ],
        "states": [
          "3.474 n1 VI_1 MASTER",
          "13.084 n2 VI_1 MASTER",
          "28.474 n1 VI_1 MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
    const { connections } = run.report.client('kept');
    expect(connections.map(({ name, with: node, broken }) => [name, node, broken?.node ?? null])).toEqual([
      ['kept#1', 'n1', 'n2'],
      ['kept#2', 'n2', 'n1'],
      ['kept#3', 'n1', null],
    ]);
    expect(run.report.vip(VIP).service.connections.brokenBy.reset).toBe(2);
  });

  test('five ways to lose n1, side by side (vitest -u pastes the table anew)', async () => {
    const rows: string[] = [];
    for (const fault of FAULTS) rows.push(rowOf(await runOf(fault), fault[0]));
    const readme = readFileSync(README, 'utf8');
    const table = [...HEAD, ...rows].join('\n');
    await expect(readme.replace(/^\| n1 at 10 s[\s\S]*?\n(?=\n)/m, `${table}\n`)).toMatchFileSnapshot(README);
  });

  test('nopreempt: the repair hurts nobody', async () => {
    const lab = await loadExample(LAB);
    const { n1, ...others } = lab.design.nodes;
    if (n1 === undefined || n1.kind === 'switch' || typeof n1.keepalived !== 'object') throw new Error('n1');
    const conf = n1.keepalived.conf.replace('state MASTER', 'state BACKUP\n    nopreempt');
    const run = lab
      .with({ nodes: { ...others, n1: { ...n1, keepalived: { ...n1.keepalived, conf } } } })
      .run();
    expect(run.report.client('kept').connections.map(({ broken }) => broken?.node ?? null)).toEqual([
      'n2',
      null,
    ]);
    expect(run.report.vip(VIP).handovers).toHaveLength(1);
  });

  test('TCP_USER_TIMEOUT: the program learns of the silence before the network is whole again', async () => {
    const lab = await loadExample(LAB);
    const { kept, ...others } = lab.design.nodes;
    if (kept === undefined || kept.kind === 'switch' || kept.client === undefined || 'length' in kept.client)
      throw new Error('kept');
    if (kept.client.connect === undefined) throw new Error('kept');
    const run = lab
      .with({ nodes: { ...others, kept: { ...kept, client: { ...kept.client, userTimeout: '1s' } } } })
      .run();
    const [first] = run.report.client('kept').connections;
    expect(first?.broken).toMatchObject({ by: 'silence' });
    expect(first?.end.error).toBe('ETIMEDOUT');
    expect(spanInWords(first?.broken?.hung ?? 0)).toMatchInlineSnapshot(`"1.40 s"`);
    expect(
      run.report.client('kept').outages.map(({ from, to }) => spanInWords(to - from)),
    ).toMatchInlineSnapshot(`
      [
        "3.40 s",
        "0.6 ms",
      ]
    `);
  });
});
