import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_CAPTURE_EPOCH,
  formatMac,
  ipv4Address,
  type Lab,
  type Network,
  type Run,
} from '@viplab/core';
import { type Host, Process } from '@viplab/core/network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadExample } from './labs.testing.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

/** Wireshark does not verify these unless it is told to. */
const VERIFY = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE'].flatMap((option) => ['-o', option]);

/**
 * What Wireshark's TCP analysis says of a segment that was sent before. One that follows newer ones within a round trip,
 * and that is not the first that is missing, it takes for one out of order; at its sender there are none.
 */
const AGAIN = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
  'keep_alive',
]
  .map((flag) => `tcp.analysis.${flag}`)
  .join(' || ');

const failover = (): Promise<Lab> => loadExample('failover-seen-by-a-client/lab.yaml');

/** The lab with one client that does something else. */
async function withClient(name: 'short' | 'kept', changes: Readonly<Record<string, unknown>>): Promise<Lab> {
  const lab = await failover();
  const node = lab.design.nodes[name];
  if (node === undefined || node.kind === 'switch' || node.client === undefined || 'length' in node.client)
    throw new Error(name);
  const client = { ...node.client, ...changes } as typeof node.client;
  return lab.with({ nodes: { ...lab.design.nodes, [name]: { ...node, client } } });
}

const BULK = 'half a megabyte over a cable that loses 2 %';

type TcpSockets = ReturnType<Host['tcpSockets']>;

/** Takes all that comes on port 9 (discard, RFC 863). */
class Sink extends Process {
  private readonly sockets: TcpSockets;

  constructor(host: Host) {
    super(host, 'sink');
    this.sockets = host.tcpSockets(this, {
      acceptable: (port) => {
        while (this.sockets.accept(port) !== null);
      },
      readable: (socket) => {
        for (let part = this.sockets.receive(socket); part !== null && part.length > 0; )
          part = this.sockets.receive(socket);
      },
    });
  }

  protected override onStart(): void {
    this.sockets.listen(9);
  }

  protected override onStop(): void {}
  protected override onReset(): void {}
}

/** Sends half a megabyte to n1. */
class Upload extends Process {
  private readonly sockets: TcpSockets;
  private left = 500_000;

  constructor(host: Host) {
    super(host, 'upload');
    const pump = (socket: number): void => {
      while (this.left > 0) {
        const taken = this.sockets.send(socket, new Uint8Array(Math.min(this.left, 50_000)).fill(7));
        this.left -= taken;
        if (taken === 0) return;
      }
    };
    this.sockets = host.tcpSockets(this, { connected: pump, writable: pump });
  }

  protected override onStart(): void {
    this.sockets.connect(ipv4Address('192.168.1.11'), 9);
  }

  protected override onStop(): void {}
  protected override onReset(): void {}
}

const LABS: readonly (readonly [string, () => Promise<Lab>])[] = [
  ['power-off', failover],
  [
    'frames lost on the cable of each client and of the server',
    async () =>
      (await withClient('short', { every: '100ms' })).with({
        schedule: (['short', 'kept', 'n1'] as const).map((node) => ({
          at: '6s' as const,
          do: 'set-loss' as const,
          node,
          loss: '10%' as const,
        })),
      }),
  ],
  [
    'keepalive',
    async () =>
      (await withClient('kept', { every: '7s', keepAlive: { idle: '1s', interval: '1s', count: 9 } })).with({
        schedule: [],
      }),
  ],
  [
    BULK,
    async () =>
      (await failover()).with({
        schedule: [{ at: '0s', do: 'set-loss', node: 'n1', loss: '2%' }],
        duration: '20s',
      }),
  ],
  ['a flip every 5 s', () => loadExample('equal-priority-flux/multicast-lost-databases.yaml')],
];

describe.skipIf(!isInstalled)(
  `what was sent again, in Wireshark's eyes${isInstalled ? '' : ' (skipped: tshark is not installed)'}`,
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'viplab-retransmissions-'));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    const tshark = (file: string, filter: string, fields: readonly string[]): string[][] =>
      execFileSync(
        'tshark',
        [
          '-n',
          '-r',
          file,
          ...VERIFY,
          '-Y',
          filter,
          '-T',
          'fields',
          ...fields.flatMap((field) => ['-e', field]),
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
      )
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t'));

    /** `1704067213.084437500` as ns from the start of the run, without a rounding. */
    const nanoseconds = (epoch: string): number => {
      const [whole = '0', part = ''] = epoch.split('.');
      return Number(BigInt(`${whole}${part.padEnd(9, '0').slice(0, 9)}`) - DEFAULT_CAPTURE_EPOCH);
    };

    describe.each(LABS)('%s', (title, load) => {
      let run: Run;
      const attach = (network: Network): void => {
        if (title !== BULK) return;
        new Sink(network.host('n1'));
        new Upload(network.host('kept'));
      };
      const files = new Map<string, string>();
      const macs = new Map<string, string>();
      beforeAll(async () => {
        const lab = await load();
        run = lab.run({ attach });
        for (const { name, interfaces } of lab.plan.hosts) {
          for (const { mac } of interfaces) macs.set(name, formatMac(mac));
          const file = join(folder, `${title.replace(/\W+/g, '-')}-${name}.pcapng`);
          writeFileSync(file, run.pcapng(name));
          files.set(name, file);
        }
      });

      test('no segment is malformed, no checksum is bad', () => {
        for (const file of files.values()) {
          const bad = '_ws.malformed || _ws.expert.severity == error || tcp.checksum.status == 0';
          expect(tshark(file, bad, ['frame.number'])).toEqual([]);
        }
      });

      test('each segment that the report says was sent again, and no other', () => {
        let count = 0;
        for (const [node, file] of files) {
          // At the sender, where every segment is seen, also those that are lost.
          const seen = tshark(file, `tcp && eth.src == ${macs.get(node)} && (${AGAIN})`, [
            'frame.time_epoch',
            'tcp.seq_raw',
            'tcp.len',
          ]).map(([time = '', sequence, length]) => `${nanoseconds(time)} ${sequence} ${length}`);
          const told = run.report.events.flatMap((event) =>
            event.name === 'tcp.retransmitted' && event.node === node
              ? [`${event.time} ${event.sequence} ${event.length}`]
              : [],
          );
          expect(seen).toEqual(told);
          count += told.length;
        }
        expect(count).toBeGreaterThan(4);
        if (title === BULK)
          expect(run.trace.filter('tcp.retransmitted').some(({ kind }) => kind === 'fast')).toBe(true);
        // The lives of the connections have them all.
        const lives = run.report.connections.flatMap(({ retransmissions }) => retransmissions);
        expect(lives).toHaveLength(count);
      });
    });
  },
);
