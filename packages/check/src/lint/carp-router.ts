import {
  type CarpConfig,
  type CarpInterfaceConfig,
  type CarpSystem,
  carpInstanceName,
  formatIp,
  type IpAddress,
  type Ipv4Address,
  isLinkLocalIpv6,
  isOpenBsd,
  type LabPlan,
  type RelatedPlace,
  type SourcePlace,
  type UcarpConfig,
} from '@viplab/core';
import { gather } from './cluster.js';
import type { Lan } from './lan.js';
import { placeText } from './router.js';

/** What kernels and ucarp have in common. */
interface AnyCarpRouter {
  readonly node: string;
  /** `carp0`, `carp0:2`, `1@em0`, `ucarp`. */
  readonly name: string;
  readonly vhid: number;
  /** Seconds. */
  readonly advbase: number;
  /** As configured. */
  readonly advskew: number;
  readonly password: string;
  readonly addresses: readonly IpAddress[];
  /** The interface that its adverts leave by. */
  readonly port: string;
  /** The broadcast domain of that interface. */
  readonly segment: string;
  /** Where its IPv4 adverts come from. */
  readonly source: Ipv4Address | undefined;
  /** Whether its interface has an IPv6 address of its own. */
  readonly hasOwnIpv6: boolean;
  readonly preempt: boolean;
}

/** One virtual host of a BSD kernel. */
export interface KernelRouter extends AnyCarpRouter {
  readonly kind: 'kernel';
  readonly system: CarpSystem;
  readonly config: CarpConfig;
  readonly iface: CarpInterfaceConfig;
}

/** One virtual host of FreeBSD that speaks VRRPv3. */
export type VrrpSpeaker = KernelRouter & {
  readonly iface: { readonly vrrp: NonNullable<CarpInterfaceConfig['vrrp']> };
};

/** One ucarp process. */
export interface UcarpRouter extends AnyCarpRouter {
  readonly kind: 'ucarp';
  readonly ucarp: UcarpConfig;
  readonly deadRatio: number;
  readonly byteOrder: 'little' | 'big';
  /** Whether libpcap keeps packets back. */
  readonly capture: 'blocks' | 'immediate';
}

/** Somebody who takes part in a CARP election, with what the rules ask of it. */
export type CarpRouter = KernelRouter | UcarpRouter;

/** Routers that compete for the same addresses under one vhid; one alone is a cluster too. */
export interface CarpCluster {
  readonly routers: readonly CarpRouter[];
}

/** Who speaks CARP, and who competes with whom. */
export interface CarpLineup {
  readonly routers: readonly CarpRouter[];
  readonly clusters: readonly CarpCluster[];
}

/** Every virtual host and every ucarp of every node, in the lab's order. */
export function carpRoutersOf(plan: LabPlan, lan: Lan): CarpRouter[] {
  return plan.hosts.flatMap((host): CarpRouter[] => {
    const place = (port: string) => {
      const nic = host.interfaces.find(({ name }) => name === port);
      if (nic === undefined) return undefined;
      return {
        node: host.name,
        port,
        segment: lan.segmentOf(host.name, port),
        source: nic.addresses[0]?.address,
        hasOwnIpv6: nic.addressesIpv6.length > 0,
      };
    };
    const config = host.carp?.config;
    const kernels = (config?.interfaces ?? []).flatMap((iface): KernelRouter[] => {
      const at = place(iface.parent);
      if (at === undefined || config === undefined) return [];
      return iface.nodes.map((node) => ({
        ...at,
        kind: 'kernel',
        name: carpInstanceName(iface, node),
        vhid: node.vhid,
        advbase: iface.advbase,
        advskew: node.advskew,
        password: iface.password,
        addresses: iface.addresses.map(({ address }) => address),
        preempt: config.sysctl.preempt,
        system: config.system,
        config,
        iface,
      }));
    });
    const ucarps = host.ucarps.flatMap(({ name, config: ucarp, byteOrder, capture }): UcarpRouter[] => {
      const at = place(ucarp.interface);
      if (at === undefined) return [];
      const { vhid, advbase, advskew, deadRatio, password, preempt, source } = ucarp;
      const own = { vhid, advbase, advskew, deadRatio, password, preempt, source };
      return [{ ...at, ...own, addresses: [ucarp.address], kind: 'ucarp', name, ucarp, byteOrder, capture }];
    });
    return [...kernels, ...ucarps];
  });
}

/** Puts routers together that share an address and a vhid on one LAN, or that name each other as peers. */
export const carpLineupOf = (routers: readonly CarpRouter[]): CarpLineup => ({
  routers,
  clusters: gather(routers, belongTogether).map((members) => ({ routers: members })),
});

function belongTogether(one: CarpRouter, other: CarpRouter): boolean {
  if (one.node === other.node || one.vhid !== other.vhid || !sharesVip(one, other)) return false;
  return one.segment === other.segment || isPeerOf(one, other) || isPeerOf(other, one);
}

/** Whether two routers may hold the same address. */
export const sharesVip = (one: CarpRouter, other: CarpRouter): boolean =>
  one.addresses.some((address) => other.addresses.includes(address));

/** Whether a kernel's IPv4 adverts go to another router by name. */
export const isPeerOf = (sender: CarpRouter, peer: CarpRouter): boolean =>
  sender.kind === 'kernel' && sender.iface.peer !== null && sender.iface.peer === peer.source;

/** Whether it is one of OpenBSD's kernels. */
export const isOpenBsdRouter = (
  router: CarpRouter,
): router is KernelRouter & { readonly system: `openbsd${string}` } =>
  router.kind === 'kernel' && isOpenBsd(router.system);

/** Whether it is one of FreeBSD's kernels. */
export const isFreeBsdRouter = (
  router: CarpRouter,
): router is KernelRouter & { readonly system: `freebsd${string}` } =>
  router.kind === 'kernel' && !isOpenBsd(router.system);

/** Whether it speaks VRRPv3 instead of CARP (FreeBSD `carpver 3`). */
export const speaksVrrp = (router: CarpRouter): router is VrrpSpeaker =>
  router.kind === 'kernel' && router.iface.vrrp !== null;

/** Whether it is one of several virtual hosts that share their addresses. */
export const isBalanced = (router: CarpRouter): boolean =>
  router.kind === 'kernel' && (router.iface.nodes.length > 1 || router.iface.balancing !== 'none');

/** What its digests cover, in one text: two routers with the same text believe each other. */
export function digestedText({ addresses }: CarpRouter, withLinkLocal: boolean): string {
  const covered = addresses.filter(
    (address) => withLinkLocal || typeof address === 'number' || !isLinkLocalIpv6(address),
  );
  return [...new Set(covered.map(formatIp))].sort().join(', ');
}

/** Its addresses as text. */
export const vipsOf = ({ addresses }: CarpRouter): readonly string[] => addresses.map(formatIp);

/** The first address, as it is called after it was written in full: `.100`. */
export function vipNameOf({ addresses }: CarpRouter): string {
  const [first] = addresses;
  if (first === undefined) return 'the address';
  const text = formatIp(first);
  return typeof first === 'number' ? text.slice(text.lastIndexOf('.')) : text;
}

/** How ucarp's options are called where the kernels have words. */
const OPTIONS: Readonly<Record<string, string>> = {
  vhid: 'v',
  advbase: 'b',
  advskew: 'k',
  pass: 'p',
  address: 'a',
  preempt: 'P',
};

const NOWHERE: SourcePlace = {
  file: '',
  range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
};
/** Long enough for the first word of anything, `ucarp`. */
const FIRST_WORD = 5;

/** Where a setting of a router was written, if it was. */
export function writtenAt(router: CarpRouter, keyword: string): SourcePlace | undefined {
  const origin = router.kind === 'kernel' ? router.iface.origin : router.ucarp.origin;
  const place = origin[router.kind === 'ucarp' ? (OPTIONS[keyword] ?? keyword) : keyword];
  return place === undefined ? undefined : onOneLine(place);
}

/** Where a setting was written: the first of the words given that is there, else where it all begins. */
export function carpPlaceOf(router: CarpRouter, ...keywords: readonly string[]): SourcePlace {
  for (const keyword of [...keywords, 'block', 'command']) {
    const place = writtenAt(router, keyword);
    if (place !== undefined) return place;
  }
  return NOWHERE;
}

/** Where a kernel's sysctl was written, if it was. */
export function sysctlAt({ config }: KernelRouter, sysctl: string): SourcePlace | undefined {
  const place = config.origin[sysctl];
  return place === undefined ? undefined : onOneLine(place);
}

/** Where a kernel's sysctl was written, else where its first interface is. */
export function sysctlPlaceOf(router: KernelRouter, sysctl: string): SourcePlace {
  const first = (router.config.interfaces[0] ?? router.iface).origin['block'];
  return sysctlAt(router, sysctl) ?? (first === undefined ? NOWHERE : onOneLine(first));
}

/** Of a place of several lines (a command that goes on behind a backslash) its first word. */
function onOneLine({ file, range: { start, end } }: SourcePlace): SourcePlace {
  if (start.line === end.line) return { file, range: { start, end } };
  return { file, range: { start, end: { line: start.line, column: start.column + FIRST_WORD } } };
}

/** A setting as it is written there: `advskew 100`, `-k 100`. */
export const settingText = ({ kind }: CarpRouter, keyword: string, value: string | number): string =>
  kind === 'ucarp' ? `-${OPTIONS[keyword] ?? keyword} ${value}` : `${keyword} ${value}`;

/** A place in another node's file that has to do with a finding. */
export const carpRelated = (
  router: CarpRouter,
  message: string,
  ...keywords: readonly string[]
): RelatedPlace => ({ ...carpPlaceOf(router, ...keywords), message });

/** Where another router says something: `n1/hostname.carp0:1:58`. */
export const whereCarpSaid = (router: CarpRouter, ...keywords: readonly string[]): string =>
  placeText(carpPlaceOf(router, ...keywords));
