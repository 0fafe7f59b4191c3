import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_CAPTURE_EPOCH, formatIpv4, type Lab, linkLocalOf, type Run } from '@viplab/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXAMPLES, loadExample } from './labs.testing.js';

const isInstalled = spawnSync('tshark', ['--version']).status === 0;

/** Wireshark does not verify these, nor tell CARP from VRRP, unless it is told to. */
const OPTIONS = [
  'ip.check_checksum:TRUE',
  'udp.check_checksum:TRUE',
  'tcp.check_checksum:TRUE',
  'ip.try_heuristic_first:TRUE',
].flatMap((option) => ['-o', option]);

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
  'carp.vhid',
  'carp.advskew',
  'carp.adver_int',
  'carp.demotion',
  'carp.checksum.status',
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

/** Where a node's adverts come from: the first address of their NIC, over IPv6 its link-local one. */
const sourceOf = (lab: Lab, node: string, isIpv6: boolean, nic?: string): string => {
  const host = lab.plan.hosts.find(({ name }) => name === node);
  const face = host?.interfaces.find(({ name }) => nic === undefined || name === nic);
  if (face === undefined) return '';
  if (isIpv6) return linkLocalOf(face.mac);
  const [first] = face.addresses;
  return first === undefined ? '' : formatIpv4(first.address);
};

/** The NIC that a virtual host of CARP sends from. */
const nicOf = (lab: Lab, node: string, instance: string): string | undefined =>
  lab.plan.hosts
    .find(({ name }) => name === node)
    ?.carp?.config.interfaces.find(({ name }) => name === instance.replace(/:\d+$/, ''))?.parent;

/** Whether anybody tells where a virtual address is: not of one that several nodes have at once. */
const isAnnouncing = ({ plan }: Lab): boolean =>
  plan.hosts.every(({ carp }) =>
    (carp?.config.interfaces ?? []).every(({ balancing }) => balancing === 'none'),
  );

/** Where to listen: at sw1, or where LANs have names at the switch of each. */
const switchesOf = ({ plan }: Lab): string[] => {
  const names = plan.switches.map(({ name }) => name);
  return names.includes('sw1') ? ['sw1'] : names;
};

/** Two LANs are heard one after the other, even in one instant. */
const inOrder = (
  a: { readonly time: number; readonly source: string },
  b: { readonly time: number; readonly source: string },
): number => a.time - b.time || (a.source < b.source ? -1 : 1);

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
      return execFileSync('tshark', ['-n', '-r', file, ...OPTIONS, '-Y', filter, ...columns], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 1 << 28,
      })
        .split('\n')
        .filter((line) => line !== '');
    };

    const readRows = (file: string): Row[] =>
      tshark(file, 'vrrp || carp || arp || icmpv6.type == 136', FIELDS).map((line) => {
        const cells = line.split('|');
        return Object.fromEntries(FIELDS.map((field, index) => [field, cells[index] ?? ''])) as Row;
      });

    describe.each(EXAMPLES)('%s', (example) => {
      let lab: Lab;
      let run: Run;
      let files: readonly string[] = [];
      let rows: readonly Row[] = [];
      beforeAll(async () => {
        lab = await loadExample(example);
        run = lab.run();
        files = switchesOf(lab).map((name) => {
          const file = join(folder, `${example.replace('/', '-')}-${name}.pcapng`);
          writeFileSync(file, run.pcapng(name));
          return file;
        });
        rows = files
          .flatMap(readRows)
          .toSorted((a, b) => nanoseconds(a['frame.time_epoch']) - nanoseconds(b['frame.time_epoch']));
      });

      test('no frame is malformed, no checksum is bad, nothing is an error', () => {
        const bad = ['ip', 'udp', 'tcp', 'icmp', 'icmpv6', 'igmp', 'vrrp', 'carp'].map(
          (protocol) => `${protocol}.checksum.status == 0`,
        );
        const filter = ['_ws.malformed', '_ws.expert.severity == error', ...bad].join(' || ');
        expect(files.flatMap((file) => tshark(file, filter))).toEqual([]);
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
        const carps = run.trace.filter('carp.advert-sent');
        expect(inTrace.length + carps.length).toBeGreaterThan(10);
        expect(inCapture).toEqual(inTrace);
        const carpsInCapture = rows
          .filter((row) => row['carp.vhid'] !== '' && row['frame.comment'] === '')
          .map((row) => ({
            time: nanoseconds(row['frame.time_epoch']),
            source: row['ip.src'],
            vhid: Number(row['carp.vhid']),
            advbase: Number(row['carp.adver_int']),
            advskew: Number(row['carp.advskew']),
            demotion: Number(row['carp.demotion']),
            checksum: row['carp.checksum.status'],
          }));
        const carpsInTrace = carps
          .filter(({ time }) => time + 50_000 <= run.until)
          .map(({ time, node, instance, vhid, advbase, advskew, demotion }) => ({
            time: time + 50_000,
            source: sourceOf(lab, node, false, nicOf(lab, node, instance)),
            vhid,
            advbase,
            advskew,
            demotion,
            checksum: '1',
          }));
        expect(carpsInCapture.toSorted(inOrder)).toEqual(carpsInTrace.toSorted(inOrder));
      });

      test('each announcement of the trace, with its MAC address', () => {
        const inCapture = rows
          .filter((row) => row['frame.comment'] === '')
          .map(announcementIn)
          .filter((announcement) => announcement !== null);
        const inTrace = run.trace
          .filter('arp.announced')
          .filter(({ time }) => time + 50_000 <= run.until)
          .map(({ time, mac, address }) => `${time + 50_000} ${mac} ${address}`);
        if (isAnnouncing(lab)) expect(inTrace.length).toBeGreaterThan(1);
        else expect(inTrace).toEqual([]);
        expect(inCapture.toSorted()).toEqual(inTrace.toSorted());
      });

      test('what the schedule loses is in the capture, with a comment', () => {
        const isLossy = lab.design.schedule?.some(({ do: word }) => /drop|one-way/.test(word)) === true;
        const dropped = rows.filter(
          (row) => row['vrrp.prio'] + row['carp.vhid'] !== '' && row['frame.comment'] !== '',
        ).length;
        if (isLossy) expect(dropped).toBeGreaterThan(10);
        else expect(dropped).toBe(0);
      });
    });
  },
);
