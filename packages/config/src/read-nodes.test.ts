import { defineLab } from '@viplab/core';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDesign } from './load-lab.js';
import { toYaml } from './to-yaml.js';

const carp0 = (skew: number): string =>
  `inet 192.0.2.1 255.255.255.0 192.0.2.255 vhid 1 carpdev em0 advskew ${skew} pass mekmitasdigoat\n`;
const rcConf = (place: number, skew: number): string =>
  `kld_list="carp"\nifconfig_em0="inet 192.0.2.${place}/24"\nifconfig_em0_alias0="inet vhid 1 advskew ${skew} pass x alias 192.0.2.1/32"\n`;
const ucarp = (place: number, vhid = 1): string =>
  `#!/bin/sh\nexec ucarp -i eth0 -s 192.168.1.${place} -v ${vhid} -p x -a 192.168.1.${99 + vhid} -u /etc/ucarp/up.sh -d ./down.sh\n`;
const configXml = (place: number): string => `<?xml version="1.0"?>
<pfsense>
  <interfaces><lan><enable/><if>em1</if>
    <ipaddr>192.0.2.${place}</ipaddr><subnet>24</subnet></lan></interfaces>
  <virtualip><vip>
    <mode>carp</mode><interface>lan</interface>
    <vhid>1</vhid>
    <advskew>0</advskew>
    <password>x</password>
    <subnet>192.0.2.1</subnet><subnet_bits>24</subnet_bits>
  </vip></virtualip>
</pfsense>
`;

const FILES: ReadonlyMap<string, string> = new Map([
  ['fw1/hostname.carp0', carp0(0)],
  ['fw1/hostname.em0', 'inet 192.0.2.2 255.255.255.0\n'],
  ['fw1/hostname.em10', '\n'],
  ['fw1/hostname.carp0~', 'nonsense\n'],
  ['fw1/sysctl.conf', 'net.inet.carp.preempt=1\n'],
  ['fw2/hostname.carp0', carp0(100)],
  ['fw2/hostname.em0', 'inet 192.0.2.3 255.255.255.0\n'],
  ['bare/a.hostname.carp0', carp0(0)],
  ['bare/b.hostname.carp0', carp0(100)],
  ['bsd1/etc/rc.conf', rcConf(2, 0)],
  ['bsd2/etc/rc.conf', rcConf(3, 100)],
  ['ucarp/a.sh', ucarp(11)],
  ['ucarp/b.sh', ucarp(12)],
  ['ucarp/a-too.sh', ucarp(11, 2)],
  ['ucarp/up.sh', '#!/bin/sh\nip addr add $2/24 dev $1\n'],
  ['ucarp/down.sh', '#!/bin/sh\nip addr del $2/24 dev $1\n'],
  ['x1/conf/config.xml', configXml(2)],
  ['x2/conf/config.xml', configXml(3)],
  ['sick/hostname.carp0', carp0(0).replace('vhid 1', 'vhid 256')],
  [
    'k/keepalived.conf',
    'vrrp_instance V {\n  interface eth0\n  virtual_router_id 7\n  priority 100\n  virtual_ipaddress {\n    192.0.2.77/24\n  }\n}\n',
  ],
  ['other/notes', 'hello\n'],
]);

const read = (...paths: string[]) => readDesign(paths, { files: FILES });
const nodesOf = async (...paths: string[]) => {
  const { design, diagnostics } = await read(...paths);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return design?.nodes ?? {};
};

describe('files of CARP', () => {
  test('of one folder are one node, with the addresses that they say', async () => {
    const nodes = await nodesOf(
      'fw1/hostname.em0',
      'fw1/hostname.carp0',
      'fw1/sysctl.conf',
      'fw2/hostname.em0',
      'fw2/hostname.carp0',
    );
    expect(nodes).toMatchObject({
      sw1: { kind: 'switch' },
      fw1: {
        interfaces: { em0: { address: '192.0.2.2/24' } },
        system: 'openbsd',
        carp: { files: { 'fw1/hostname.carp0': carp0(0), 'fw1/sysctl.conf': 'net.inet.carp.preempt=1\n' } },
      },
      fw2: { interfaces: { em0: { address: '192.0.2.3/24' } } },
      c1: { address: '192.0.2.50/24', client: [{ connect: '192.0.2.1:8080' }, { hold: true }] },
    });
    expect(Object.keys(nodes)).toEqual(['sw1', 'fw1', 'fw2', 'c1']);
  });

  test('are those of a folder, NICs first, and not what an editor left', async () => {
    const { fw1 } = await nodesOf('fw1', 'fw2');
    expect(
      fw1 !== undefined && 'carp' in fw1 && typeof fw1.carp === 'object' && Object.keys(fw1.carp.files),
    ).toEqual(['fw1/hostname.em0', 'fw1/hostname.em10', 'fw1/hostname.carp0', 'fw1/sysctl.conf']);
  });

  test('without those of the NICs get addresses from the subnet', async () => {
    const { design } = await read('fw1/hostname.carp0', 'fw2/hostname.carp0');
    expect(design?.nodes['fw2']).toMatchObject({ interfaces: { em0: { address: '192.0.2.12/24' } } });
    expect(design?.inferred).toContainEqual({
      what: 'kernel',
      value: 'OpenBSD kernel, ideal timers',
      why: '',
    });
  });

  test('may tell their host in front of their names', async () => {
    expect(Object.keys(await nodesOf('bare/a.hostname.carp0', 'bare/b.hostname.carp0'))).toEqual([
      'sw1',
      'a',
      'b',
      'c1',
    ]);
  });

  test('may be rc.conf, whose VIP without a subnet lies in that of the NIC', async () => {
    const { design, diagnostics } = await read('bsd1/etc/rc.conf', 'bsd2/etc/rc.conf');
    expect(diagnostics).toEqual([]);
    expect(design?.nodes['bsd1']).toMatchObject({
      system: 'freebsd',
      interfaces: { em0: { address: '192.0.2.2/24' } },
    });
  });

  test('may be of pfSense: two exports without a skew are read, and run', async () => {
    const { design, diagnostics, sources } = await read('x1/conf/config.xml', 'x2/conf');
    expect(diagnostics).toEqual([]);
    expect(design?.nodes['x2']).toMatchObject({
      system: 'freebsd-13',
      interfaces: { em1: { address: '192.0.2.3/24' } },
    });
    expect(sources.get('x1/conf/config.xml')).toBe(configXml(2));
    if (design === undefined) return;
    const { plan } = defineLab(design);
    // Both start alike and their adverts cross: what lint warns of.
    expect(plan.vips[0]?.holders.map(({ node, priority }) => [node, priority])).toEqual([
      ['x1', 0],
      ['x2', 0],
    ]);
    const [place] = plan.hosts.map(({ carp }) => carp?.config.interfaces[0]?.origin['advskew']);
    expect(place).toEqual({
      file: 'x1/conf/config.xml',
      range: { start: { line: 8, column: 14 }, end: { line: 8, column: 15 } },
    });
  });

  test('with errors are complained about where they are wrong, or run as the system would', async () => {
    const strict = await readDesign(['sick/hostname.carp0'], { files: FILES });
    expect(strict.design).toBeUndefined();
    expect(
      strict.diagnostics.map(({ file, range: { start } }) => `${file}:${start.line}:${start.column}`),
    ).toEqual(['sick/hostname.carp0:1:47']);
    const lax = await readDesign(['sick/hostname.carp0'], { files: FILES, likeDaemon: true });
    expect(lax.diagnostics.some(({ severity }) => severity === 'warning')).toBe(true);
    expect(lax.diagnostics.map(({ code }) => code)).not.toContain('lab/no-carp');
  });
});

describe('commands of ucarp', () => {
  test('are a node each, with the scripts that lie beside them', async () => {
    const nodes = await nodesOf('ucarp/a.sh', 'ucarp/b.sh');
    expect(nodes).toMatchObject({
      a: {
        interfaces: { eth0: { address: '192.168.1.11/24' } },
        ucarp: {
          command: ucarp(11),
          file: 'ucarp/a.sh',
          scripts: { '/etc/ucarp/up.sh': FILES.get('ucarp/up.sh'), './down.sh': FILES.get('ucarp/down.sh') },
        },
      },
      b: { interfaces: { eth0: { address: '192.168.1.12/24' } } },
    });
  });

  test('are those of a folder; with one source address they are one node', async () => {
    const { design } = await read('ucarp');
    const lists = Object.values(design?.nodes ?? {}).flatMap((node) =>
      'ucarp' in node ? [[node.ucarp ?? []].flat().length] : [],
    );
    expect(lists).toEqual([2, 1]);
  });
});

test('nodes of several kinds are one lab, and it is said who runs what', async () => {
  const { design } = await read('k/keepalived.conf', 'fw1', 'fw2');
  expect(Object.keys(design?.nodes ?? {})).toEqual(['sw1', 'k', 'fw1', 'fw2', 'c1']);
  expect(design?.inferred?.slice(-2)).toEqual([
    { what: 'daemon', value: 'keepalived 2.2.7, ready 30 to 150 ms after start, by seed', why: 'on k' },
    { what: 'kernel', value: 'OpenBSD kernel, ideal timers', why: 'on fw1, fw2' },
  ]);
});

test('a folder without any of it is refused', async () => {
  expect((await read('other')).diagnostics.map(({ code }) => code)).toEqual(['file/no-lab']);
});

test.each([[['fw1', 'fw2']], [['x1/conf', 'x2/conf']], [['ucarp/a.sh', 'ucarp/b.sh']], [['ucarp']]])(
  'what is inferred of %s means the same as lab.yaml, with files and with texts',
  async (paths) => {
    const { design } = await readDesign(paths, { files: FILES });
    if (design === undefined) throw new Error('no design');
    const { inferred: _, ...rest } = design;
    for (const named of [true, false]) {
      const files = new Map([...FILES, ['lab.yaml', toYaml(design, { files: named })]]);
      const back = await readDesign(['lab.yaml'], { files });
      expect(back.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(back.design).toEqual(rest);
      expect(defineLab(back.design ?? design).digest).toBe(defineLab(design).digest);
    }
  },
);

test('whatever addresses the files say, the lab that is inferred can be run', async () => {
  const place = fc.integer({ min: 1, max: 60 });
  const nic = fc.option(fc.tuple(place, fc.integer({ min: 20, max: 30 })), { nil: undefined });
  const host = fc.record({ isOpenBsd: fc.boolean(), nic, hasIpv6: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(host, { minLength: 1, maxLength: 3 }),
      place,
      fc.constantFrom(24, 28, 32),
      async (hosts, vip, length) => {
        const files = new Map<string, string>();
        hosts.forEach(({ isOpenBsd, nic: own, hasIpv6 }, index) => {
          const folder = `fw${index + 1}`;
          const address = own === undefined ? '' : `10.0.${index}.${own[0]}/${own[1]}`;
          const six = '2001:db8::1';
          if (isOpenBsd) {
            if (own !== undefined) files.set(`${folder}/hostname.em0`, `inet ${address}\n`);
            files.set(
              `${folder}/hostname.carp0`,
              `inet 192.0.2.${vip}/${length} vhid 1 carpdev em0 advskew ${index} pass x\n${hasIpv6 ? `inet6 ${six} 64\n` : ''}`,
            );
            return;
          }
          files.set(
            `${folder}/rc.conf`,
            `kld_list="carp"\nifconfig_em0="${own === undefined ? 'up' : `inet ${address}`}"\nifconfig_em0_alias0="inet vhid 1 advskew ${index} pass x alias 192.0.2.${vip}/${length}"\n${hasIpv6 ? `ifconfig_em0_ipv6="inet6 vhid 1 ${six}/128"\n` : ''}`,
          );
        });
        const folders = hosts.map((_, index) => `fw${index + 1}`);
        const { design, diagnostics } = await readDesign(folders, { files });
        expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
        expect(defineLab(design ?? { name: '', nodes: {} }).plan.vips.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 60 },
  );
});
