import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../../engine/index.js';
import {
  DEFAULT_CAPTURE_EPOCH,
  type EthernetFrame,
  emitFrame,
  TCP_FIN,
  TCP_RST,
  TCP_SYN,
  writePcapng,
} from '../../wire/index.js';
import { eth0, ip, Lan, macOf } from '../lan.testing.js';
import { pattern, Talker } from './talk.testing.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

/** Wireshark does not verify these unless it is told to. */
const VERIFY = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE'].flatMap((option) => ['-o', option]);
const ANALYSIS = [
  'retransmission',
  'fast_retransmission',
  'spurious_retransmission',
  'out_of_order',
] as const;

interface Captured {
  readonly time: number;
  readonly frame: EthernetFrame;
}

/** Everything that can befall a few connections, seen from both ends. */
function scene() {
  const lan = new Lan({ delay: 5 * MILLISECOND, seed: 7 });
  const c = lan.host('c', 1, ['10.0.0.1/24']);
  const s = lan.host('s', 2, ['10.0.0.2/24']);
  const link = lan.cable(eth0(c), eth0(s), { bandwidth: 100_000_000 });
  eth0(c).neighbours.setPermanent(ip('10.0.0.2'), macOf(0x200));
  eth0(s).neighbours.setPermanent(ip('10.0.0.1'), macOf(0x100));
  const captures = { c: [] as Captured[], s: [] as Captured[] };
  lan.trace.frames = {
    onFrame: (time, port, fate, frame) => {
      if (fate === 'sent' || fate === 'delivered')
        captures[port.startsWith('c') ? 'c' : 's'].push({ time, frame: frame as EthernetFrame });
    },
  };
  let isReading = true;
  const client = new Talker(c, { reads: () => isReading });
  const server = new Talker(s);
  const to = ip('10.0.0.2');
  server.sockets.listen(80);
  // The SYN is lost twice, then the SYN-ACK once.
  link.dropOnly(link.aToB, 'tcp');
  const socket = client.connect(to, 80, { keepAlive: { idle: 20 * SECOND, interval: 5 * SECOND, count: 3 } });
  lan.run(1500 * MILLISECOND);
  link.dropOnly(link.aToB, 'nothing');
  link.dropOnly(link.bToA, 'tcp');
  lan.run(2100 * MILLISECOND);
  link.dropOnly(link.bToA, 'nothing');
  lan.run(6 * SECOND);
  const other = server.accepted[0] as number;
  // Bulk both ways over a bad cable.
  link.setLoss(30_000);
  client.write(socket, pattern(700_000));
  server.write(other, pattern(400_000));
  lan.run(300 * SECOND);
  link.setLoss(0);
  lan.run(400 * SECOND);
  // A window that closes for 5 s.
  isReading = false;
  server.write(other, pattern(200_000));
  lan.run(405 * SECOND);
  isReading = true;
  client.read(socket);
  lan.run(410 * SECOND);
  // Silence: keepalive; then a lone request whose answer is lost.
  lan.run(470 * SECOND);
  link.cutOneWay(link.bToA);
  client.write(socket, pattern(100));
  lan.run(472 * SECOND);
  link.mendOneWay(link.bToA);
  lan.run(480 * SECOND);
  // Half-close: the other direction goes on. The FIN is lost once.
  link.cutOneWay(link.aToB);
  client.sockets.shutdown(socket);
  lan.run(480 * SECOND + 100 * MILLISECOND);
  link.mendOneWay(link.aToB);
  lan.run(482 * SECOND);
  server.write(other, pattern(30_000));
  lan.run(483 * SECOND);
  server.sockets.close(other);
  lan.run(484 * SECOND);
  client.sockets.close(socket);
  // Another one that is given up with RST, and one that is refused.
  const second = client.connect(to, 80);
  lan.run(485 * SECOND);
  client.write(second, pattern(5000));
  lan.run(486 * SECOND);
  client.sockets.abort(second);
  client.connect(to, 81);
  lan.run(600 * SECOND);
  return { lan, captures, client, server, socket, other };
}

describe.skipIf(!isInstalled)(
  `TCP in Wireshark's eyes${isInstalled ? '' : ' (skipped: tshark is not installed)'}`,
  () => {
    let folder = '';
    let played: ReturnType<typeof scene>;
    const files = { c: '', s: '' };
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'viplab-tcp-'));
      played = scene();
      for (const end of ['c', 's'] as const) {
        files[end] = join(folder, `${end}.pcapng`);
        const frames = played.captures[end].map(({ time, frame }) => ({
          interface: 0,
          time,
          bytes: emitFrame(frame),
        }));
        writeFileSync(files[end], writePcapng({ interfaces: [{ name: `${end}:eth0` }], frames }));
      }
    }, 60_000);
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    const tshark = (file: string, filter: string, fields: readonly string[] = []): string[] =>
      execFileSync(
        'tshark',
        [
          ...['-n', '-r', file, ...VERIFY, '-Y', filter],
          ...(fields.length === 0
            ? []
            : [
                '-T',
                'fields',
                '-E',
                'separator=|',
                '-E',
                'occurrence=f',
                ...fields.flatMap((field) => ['-e', field]),
              ]),
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
      )
        .split('\n')
        .filter((line) => line !== '');

    /** `1704067213.084437500` as ns from the start of the run, without a rounding. */
    const nanoseconds = (epoch: string): number => {
      const [whole = '0', part = ''] = epoch.split('.');
      return Number(BigInt(`${whole}${part.padEnd(9, '0').slice(0, 9)}`) - DEFAULT_CAPTURE_EPOCH);
    };
    /** The segments of one end that have a flag of the analysis: `time sequence`, in order. */
    const flagged = (end: 'c' | 's', flags: readonly string[]): string[] => {
      const source = end === 'c' ? '10.0.0.1' : '10.0.0.2';
      const any = flags.map((flag) => `tcp.analysis.${flag}`).join(' || ');
      return tshark(files[end], `ip.src == ${source} && (${any})`, ['frame.time_epoch', 'tcp.seq_raw'])
        .map((line) => line.split('|'))
        .map(([time = '', sequence = '']) => `${nanoseconds(time)} ${sequence}`)
        .sort();
    };
    /** What an end says it has sent again. */
    const told = (end: 'c' | 's', kinds: readonly string[]): string[] =>
      played.lan.trace
        .filter('tcp.retransmitted')
        .filter(({ node, kind }) => node === end && kinds.includes(kind))
        .map(({ time, sequence }) => `${time} ${sequence}`)
        .sort();

    test('the scene has everything in it', () => {
      const { lan, client, server, socket, other } = played;
      const kinds = lan.trace.filter('tcp.retransmitted').map(({ node, kind }) => `${node} ${kind}`);
      for (const kind of [
        'c syn',
        's syn-ack',
        'c timeout',
        'c fast',
        's fast',
        'c tail-probe',
        's window-probe',
        'c keepalive',
      ])
        expect(kinds, kind).toContain(kind);
      // The second connection gets the same number, as descriptors do.
      expect(server.heardFrom(other)).toHaveLength(700_100 + 5000);
      expect(client.heardFrom(socket)).toHaveLength(630_000);
      expect(server.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
      expect(client.failures.map(({ error }) => error)).toEqual(['ECONNREFUSED']);
    });

    test.each(['c', 's'] as const)(
      'no frame at %s is malformed, no checksum is bad, nothing is an error',
      (end) => {
        const filter =
          '_ws.malformed || _ws.expert.severity == error || ip.checksum.status == 0 || tcp.checksum.status == 0';
        expect(tshark(files[end], filter)).toEqual([]);
        expect(tshark(files[end], 'tcp && tcp.checksum.status != 1')).toEqual([]);
      },
    );

    // Where a segment comes again within a round trip of the newest one, tshark says that it came out of order: it cannot
    // know that a capture at the sender has no order to lose.
    test.each(['c', 's'] as const)('what %s has sent again is flagged, and nothing else', (end) => {
      const kinds = ['timeout', 'fast', 'tail-probe', 'syn', 'syn-ack'];
      expect(told(end, kinds).length).toBeGreaterThan(5);
      expect(flagged(end, ANALYSIS)).toEqual(told(end, kinds));
    });

    test.each(['c', 's'] as const)(
      'probes of %s, for a window or for a sign of life, look like keepalive',
      (end) => {
        const kinds = ['keepalive', 'window-probe'];
        expect(told(end, kinds).length).toBeGreaterThan(0);
        expect(flagged(end, ['keep_alive'])).toEqual(told(end, kinds));
      },
    );

    test('a window of 0 is flagged on each segment that says so', () => {
      const sayingZero = played.captures.c.flatMap(({ time, frame }) => {
        if (frame.source !== macOf(0x100) || frame.payload.kind !== 'ipv4') return [];
        const { payload } = frame.payload;
        if (payload.kind !== 'tcp' || payload.window !== 0) return [];
        return (payload.flags & (TCP_SYN | TCP_FIN | TCP_RST)) === 0 ? [`${time} ${payload.sequence}`] : [];
      });
      expect(sayingZero.length).toBeGreaterThan(2);
      expect(flagged('c', ['zero_window'])).toEqual(sayingZero.sort());
    });

    test('handshake, SACK, goodbye and resets are what tshark reads', () => {
      const count = (filter: string): number => tshark(files.c, filter).length;
      expect(
        count(
          'tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.options.mss_val == 1460 && tcp.options.wscale.shift == 7 && tcp.options.sack_perm',
        ),
      ).toBe(6);
      expect(count('tcp.options.sack_le')).toBeGreaterThan(10);
      expect(count('tcp.flags.fin == 1 && ip.src == 10.0.0.2')).toBe(1);
      expect(count('tcp.flags.reset == 1 && ip.src == 10.0.0.1')).toBe(1);
      expect(count('tcp.flags.reset == 1 && ip.src == 10.0.0.2')).toBe(1);
      expect(new Set(tshark(files.c, 'tcp', ['tcp.stream'])).size).toBe(3);
    });
  },
);
