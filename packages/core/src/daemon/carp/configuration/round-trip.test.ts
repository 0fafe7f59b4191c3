import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CarpInterfaceConfig, CarpSystem } from '../../../host/carp/carp-config.js';
import {
  formatIp,
  formatIpCidr,
  formatIpv4,
  formatMac,
  type IpCidr,
  type Ipv4Address,
  type Ipv6Address,
  ipv6FromBytes,
  isIpv6Cidr,
  type MacAddress,
  netmask,
} from '../../../wire/index.js';
import { readCarpFiles } from './read-carp-files.js';

type Printed = Omit<CarpInterfaceConfig, 'origin'>;

const ipv4 = fc.integer({ min: 0x0a00_0001, max: 0xdfff_fffe }).map((value) => value as Ipv4Address);
const ipv6 = fc
  .uint8Array({ minLength: 14, maxLength: 14 })
  .map((rest) => ipv6FromBytes(Uint8Array.from([0x20, 0x01, ...rest])) as Ipv6Address);
const cidr: fc.Arbitrary<IpCidr> = fc.oneof(
  fc.record({ address: ipv4, prefixLength: fc.integer({ min: 1, max: 32 }) }),
  fc.record({ address: ipv6, prefixLength: fc.integer({ min: 1, max: 128 }) }),
);
const addresses = fc.uniqueArray(cidr, {
  minLength: 1,
  maxLength: 5,
  selector: ({ address }) => formatIp(address),
});
const password = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019 \'"$\\#;é-'), maxLength: 12 })
  // netstart(8) makes one blank of several.
  .filter((text) => new TextEncoder().encode(text).length <= 19 && !text.includes('  '));

/** As a shell would have to be given it. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const base = fc.record({
  password,
  advbase: fc.integer({ min: 1, max: 255 }),
  advskew: fc.integer({ min: 0, max: 254 }),
  vhid: fc.integer({ min: 1, max: 254 }),
  addresses,
  peer: fc.option(ipv4.filter((address) => address >>> 28 !== 0xe)),
  state: fc.constantFrom(null, 'backup' as const, 'master' as const),
});

const nodes = fc.uniqueArray(
  fc.record({ vhid: fc.integer({ min: 1, max: 254 }), advskew: fc.integer({ min: 0, max: 254 }) }),
  { minLength: 2, maxLength: 32, selector: ({ vhid }) => vhid },
);

const byVhid = (one: { readonly vhid: number }, other: { readonly vhid: number }) => one.vhid - other.vhid;

const plain: Printed = {
  name: 'carp0',
  parent: 'em0',
  nodes: [],
  advbase: 1,
  password: '',
  balancing: 'none',
  addresses: [],
  peer: null,
  peerIpv6: null,
  initialState: null,
  isUp: true,
  groups: ['carp'],
  mac: null,
  vrrp: null,
};

const openBsd: fc.Arbitrary<Printed> = fc
  .record({
    base,
    nodes: fc.option(nodes),
    balancing: fc.constantFrom('ip' as const, 'ip-stealth' as const, 'ip-unicast' as const),
    groups: fc.uniqueArray(fc.constantFrom('web', 'dmz', 'lan')),
    mac: fc.option(fc.integer({ min: 1, max: 0xffff_ffff_ffff }).map((mac) => mac as MacAddress)),
    isUp: fc.boolean(),
  })
  .map(({ base: given, nodes: several, balancing, groups, mac, isUp }) => ({
    ...plain,
    advbase: given.advbase,
    password: given.password,
    addresses: given.addresses,
    peer: given.peer,
    initialState: isUp ? given.state : null,
    isUp,
    mac,
    groups: ['carp', ...groups],
    nodes: several === null ? [{ vhid: given.vhid, advskew: given.advskew }] : [...several].sort(byVhid),
    balancing: several === null ? ('none' as const) : balancing,
  }));

/** hostname.if(5) lines of an interface. */
function printHostnameIf(config: Printed): string {
  const several = config.nodes.length > 1;
  const [first] = config.nodes;
  const lines = [
    several
      ? `carpnodes ${config.nodes.map(({ vhid, advskew }) => `${vhid}:${advskew}`).join(',')} balancing ${config.balancing}`
      : `vhid ${first?.vhid} advskew ${first?.advskew}`,
    `carpdev ${config.parent} advbase ${config.advbase} pass ${quoted(config.password).replaceAll('\\', '\\\\')}`,
    ...config.groups.slice(1).map((group) => `group ${group}`),
    ...(config.mac === null ? [] : [`lladdr ${formatMac(config.mac)}`]),
    ...(config.peer === null ? [] : [`carppeer ${formatIpv4(config.peer)}`]),
    ...config.addresses.map((address) =>
      isIpv6Cidr(address)
        ? `inet6 alias ${formatIp(address.address)} ${address.prefixLength}`
        : `inet alias ${formatIpv4(address.address)} ${formatIpv4(netmask(address.prefixLength))} NONE`,
    ),
    ...(config.isUp ? [] : ['down']),
    ...(config.initialState === null ? [] : [`state ${config.initialState}`]),
  ];
  return `${lines.join('\n')}\n`;
}

const withoutOrigin = ({ origin: _, ...config }: CarpInterfaceConfig): Printed => config;

describe('a configuration that is printed and read back is the same', () => {
  test('hostname.if(5)', () => {
    fc.assert(
      fc.property(openBsd, (config) => {
        const read = readCarpFiles({ 'hostname.carp0': printHostnameIf(config) });
        expect(read.diagnostics).toEqual([]);
        expect(read.config.interfaces.map(withoutOrigin)).toEqual([config]);
      }),
    );
  });

  const freeBsd: fc.Arbitrary<readonly Printed[]> = fc
    .record({
      vhids: fc.uniqueArray(base, { minLength: 1, maxLength: 3, selector: ({ vhid }) => vhid }),
      peerIpv6: fc.option(ipv6),
      vrrp: fc.option(
        fc.record({
          priority: fc.integer({ min: 1, max: 255 }),
          intervalCs: fc.integer({ min: 1, max: 4095 }),
        }),
      ),
    })
    .filter(({ vhids }) => {
      const all = vhids.flatMap(({ addresses: own }) => own.map(({ address }) => formatIp(address)));
      return new Set(all).size === all.length;
    })
    .map(({ vhids, peerIpv6, vrrp }) =>
      vhids.map((given) => ({
        ...plain,
        name: `${given.vhid}@em0`,
        advbase: given.advbase,
        password: given.password,
        addresses: given.addresses,
        peer: given.peer,
        peerIpv6,
        vrrp,
        initialState: given.state,
        groups: [],
        nodes: [{ vhid: given.vhid, advskew: given.advskew }],
      })),
    );

  /** ifconfig lines of a vhid, one for each address. */
  function printIfconfig(config: Printed): string {
    const [node] = config.nodes;
    const settings = [
      `advbase ${config.advbase} advskew ${node?.advskew} pass ${quoted(config.password)}`,
      ...(config.peer === null ? [] : [`peer ${formatIpv4(config.peer)}`]),
      ...(config.peerIpv6 === null ? [] : [`peer6 ${config.peerIpv6}`]),
      ...(config.vrrp === null
        ? []
        : [`carpver 3 vrrpprio ${config.vrrp.priority} vrrpinterval ${config.vrrp.intervalCs}`]),
    ].join(' ');
    const lines = config.addresses.map((address, index) => {
      const family = isIpv6Cidr(address) ? 'inet6' : 'inet';
      const more = index === 0 ? ` ${settings}` : '';
      return `ifconfig ${config.parent} ${family} vhid ${node?.vhid}${more} alias ${formatIpCidr(address)}`;
    });
    if (config.initialState !== null) {
      lines.push(`ifconfig ${config.parent} vhid ${node?.vhid} state ${config.initialState}`);
    }
    return `${lines.join('\n')}\n`;
  }

  test('ifconfig lines of FreeBSD', () => {
    fc.assert(
      fc.property(freeBsd, (configs) => {
        const read = readCarpFiles({ carp: configs.map(printIfconfig).join('') }, { system: 'freebsd' });
        expect(read.diagnostics).toEqual([]);
        expect(read.config.interfaces.map(withoutOrigin)).toEqual(configs);
      }),
    );
  });

  test('rc.conf(5)', () => {
    const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019-'), minLength: 1, maxLength: 19 });
    const vip = fc.record({
      vhid: fc.integer({ min: 1, max: 255 }),
      skew: fc.integer({ min: 1, max: 254 }),
      pass: word,
      addresses,
    });
    fc.assert(
      fc.property(vip, fc.constantFrom<CarpSystem>('freebsd', 'freebsd-13'), (given, system) => {
        const lines = given.addresses.map((address, index) => {
          const family = isIpv6Cidr(address) ? 'inet6' : 'inet';
          return `ifconfig_em0_alias${index}="${family} vhid ${given.vhid} advskew ${given.skew} pass ${given.pass} alias ${formatIpCidr(address)}"`;
        });
        const read = readCarpFiles({ 'rc.conf': `ifconfig_em0="up"\n${lines.join('\n')}\n` }, { system });
        expect(read.diagnostics).toEqual([]);
        expect(read.config.interfaces.map(withoutOrigin)).toEqual([
          {
            ...plain,
            name: `${given.vhid}@em0`,
            groups: [],
            password: given.pass,
            nodes: [{ vhid: given.vhid, advskew: given.skew }],
            // rc(8) comes to the IPv4 aliases first.
            addresses: [
              ...given.addresses.filter((address) => !isIpv6Cidr(address)),
              ...given.addresses.filter(isIpv6Cidr),
            ],
          },
        ]);
      }),
    );
  });
});
