import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CAPTURE_EPOCH, formatIpv4, type Lab, linkLocalOf, type Run } from '@viplab/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES, loadExample } from './labs.testing.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

/** Wireshark does not verify these unless it is told to. */
const VERIFY = ['ip.check_checksum:TRUE', 'udp.check_checksum:TRUE', 'tcp.check_checksum:TRUE'].flatMap(
  (option) => ['-o', option],
);

const FIELDS = [
  'frame.time_epoch',
  'frame.comment',
  'ip.src',
  'ipv6.src',
  'vrrp.virt_rtr_id',
  'vrrp.prio',
  'vrrp.adver_int',
  'vrrp.short_adver_int',
  'vrrp.ip_addr',
  'vrrp.ipv6_addr',
  'vrrp.checksum.status',
  'vrrp.auth_type',
  'arp.isgratuitous',
  'arp.src.hw_mac',
  'arp.src.proto_ipv4',
  'icmpv6.nd.na.flag.s',
  'icmpv6.nd.na.target_address',
  'icmpv6.opt.linkaddr',
  'ipv6.dst',
] as const;

type Row = Readonly<Record<(typeof FIELDS)[number], string>>;

/** `1704067213.084437500` as ns from the start of the run, without a rounding. */
const nanoseconds = (epoch: string): number => {
  const [whole = '0', part = ''] = epoch.split('.');
  return Number(BigInt(`${whole}${part.padEnd(9, '0').slice(0, 9)}`) - DEFAULT_CAPTURE_EPOCH);
};

/** Where a node's adverts come from: its first address, over IPv6 its link-local one. */
const sourceOf = (lab: Lab, node: string, isIpv6: boolean): string => {
  const [face] = lab.plan.hosts.find(({ name }) => name === node)?.interfaces ?? [];
  if (face === undefined) return '';
  if (isIpv6) return linkLocalOf(face.mac);
  const [first] = face.addresses;
  return first === undefined ? '' : formatIpv4(first.address);
};

/** Of VRRPv2 in seconds, of VRRPv3 in hundredths. */
const intervalOf = (row: Row): number =>
  row['vrrp.adver_int'] === ''
    ? Number(row['vrrp.short_adver_int']) * 1e7
    : Number(row['vrrp.adver_int']) * 1e9;

/** An announcement of an address: gratuitous ARP, or a neighbour advertisement to all nodes that nobody asked for. */
const announcementIn = (row: Row): string | null => {
  const time = nanoseconds(row['frame.time_epoch']);
  if (/^(1|True)$/.test(row['arp.isgratuitous']))
    return `${time} ${row['arp.src.hw_mac']} ${row['arp.src.proto_ipv4']}`;
  const isUnsolicited = /^(0|False)$/.test(row['icmpv6.nd.na.flag.s']) && row['ipv6.dst'] === 'ff02::1';
  return isUnsolicited ? `${time} ${row['icmpv6.opt.linkaddr']} ${row['icmpv6.nd.na.target_address']}` : null;
};

describe.skipIf(!isInstalled)(
  `captures in Wireshark's eyes${isInstalled ? '' : ' (skipped: tshark is not installed)'}`,
  () => {
    let folder = '';
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'viplab-captures-'));
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    const tshark = (file: string, filter: string, fields: readonly string[] = []): string[] => {
      const columns =
        fields.length === 0 ? [] : ['-T', 'fields', '-E', 'separator=|', ...fields.flatMap((f) => ['-e', f])];
      return execFileSync('tshark', ['-n', '-r', file, ...VERIFY, '-Y', filter, ...columns], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 1 << 28,
      })
        .split('\n')
        .filter((line) => line !== '');
    };

    const readRows = (file: string): Row[] =>
      tshark(file, 'vrrp || arp || icmpv6.type == 136', FIELDS).map((line) => {
        const cells = line.split('|');
        return Object.fromEntries(FIELDS.map((field, index) => [field, cells[index] ?? ''])) as Row;
      });

    describe.each(EXAMPLES)('%s', (example) => {
      let lab: Lab;
      let run: Run;
      let file = '';
      let rows: readonly Row[] = [];
      beforeAll(async () => {
        lab = await loadExample(example);
        run = lab.run();
        file = join(folder, `${example.replace('/', '-')}.pcapng`);
        writeFileSync(file, run.pcapng('sw1'));
        rows = readRows(file);
      });

      test('no frame is malformed, no checksum is bad, nothing is an error', () => {
        const bad = ['ip', 'udp', 'tcp', 'icmp', 'icmpv6', 'igmp', 'vrrp'].map(
          (protocol) => `${protocol}.checksum.status == 0`,
        );
        const filter = ['_ws.malformed', '_ws.expert.severity == error', ...bad].join(' || ');
        expect(tshark(file, filter)).toEqual([]);
      });

      test('each advert of the trace, with its fields, when it entered the switch', () => {
        const inCapture = rows
          .filter((row) => row['vrrp.prio'] !== '' && row['frame.comment'] === '')
          .map((row) => ({
            time: nanoseconds(row['frame.time_epoch']),
            source: row['ip.src'] || row['ipv6.src'],
            vrid: Number(row['vrrp.virt_rtr_id']),
            priority: Number(row['vrrp.prio']),
            interval: intervalOf(row),
            addresses: row['vrrp.ip_addr'] || row['vrrp.ipv6_addr'],
            checksum: row['vrrp.checksum.status'],
          }));
        const inTrace = run.trace
          .filter('vrrp.advert-sent')
          .filter(({ time }) => time + 50_000 <= run.until)
          .map(({ time, node, instance, vrid, priority, interval, destination }) => ({
            time: time + 50_000,
            source: sourceOf(lab, node, destination.includes(':')),
            vrid,
            priority,
            interval,
            addresses: run.report.vips
              .filter(({ facts }) =>
                facts.instances.some((each) => each.node === node && each.name === instance),
              )
              .map(({ address }) => address)
              .join(','),
            checksum: '1',
          }));
        expect(inTrace.length).toBeGreaterThan(10);
        expect(inCapture).toEqual(inTrace);
      });

      test('each announcement of the trace, with its MAC address', () => {
        const inCapture = rows.map(announcementIn).filter((announcement) => announcement !== null);
        const inTrace = run.trace
          .filter('arp.announced')
          .filter(({ time }) => time + 50_000 <= run.until)
          .map(({ time, mac, address }) => `${time + 50_000} ${mac} ${address}`);
        expect(inTrace.length).toBeGreaterThan(4);
        expect(inCapture).toEqual(inTrace);
      });

      test('what the schedule loses is in the capture, with a comment', () => {
        const isLossy = lab.design.schedule?.some(({ do: word }) => /drop|one-way/.test(word)) === true;
        const dropped = rows.filter((row) => row['vrrp.prio'] !== '' && row['frame.comment'] !== '').length;
        if (isLossy) expect(dropped).toBeGreaterThan(10);
        else expect(dropped).toBe(0);
      });
    });
  },
);
