import {
  formatIp,
  type Ipv4Address,
  type KeepalivedConfig,
  type LabPlan,
  type SourcePlace,
  type VrrpInstanceConfig,
} from '@viplab/core';
import { masterDownIntervalUs, skewTimeUs } from '@viplab/core/network';
import type { Lan } from './lan.js';

/** One `vrrp_instance` of one node, with what the rules ask of it. Spans are microseconds, as in its configuration. */
export interface Router {
  readonly node: string;
  readonly instance: VrrpInstanceConfig;
  readonly config: KeepalivedConfig;
  /** The interface that its adverts leave by. */
  readonly port: string;
  /** The broadcast domain of that interface. */
  readonly segment: string;
  /** Where its adverts come from: `mcast_src_ip`, `unicast_src_ip`, else the interface's first address. */
  readonly address: Ipv4Address | undefined;
  /** keepalived 2.2.7, or strictly the RFC. */
  readonly behaviour: 'keepalived-2.2.7' | 'rfc';
}

/** Every instance of every node that has an interface, in the lab's order. */
export function routersOf(plan: LabPlan, lan: Lan): Router[] {
  return plan.hosts.flatMap((host) => {
    const { keepalived } = host;
    if (keepalived === null || keepalived.config.fatal) return [];
    return keepalived.config.instances.flatMap((instance): Router[] => {
      const iface = host.interfaces.find(({ name }) => name === instance.interface);
      if (iface === undefined) return [];
      const source = instance.sourceAddress;
      return [
        {
          node: host.name,
          instance,
          config: keepalived.config,
          port: iface.name,
          segment: lan.segmentOf(host.name, iface.name),
          address: source?.family === 'inet' ? source.address : iface.addresses[0]?.address,
          behaviour: keepalived.behaviour,
        },
      ];
    });
  });
}

/** Where a keyword of an instance was written: the first of those given that is there, else the instance's name. */
export function placeOf({ instance }: Router, ...keywords: readonly string[]): SourcePlace {
  for (const keyword of [...keywords, 'name', 'block']) {
    const place = instance.origin[keyword];
    if (place !== undefined) return place;
  }
  return { file: '', range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } } };
}

/** `n1/keepalived.conf:9:14` */
export const placeText = ({ file, range }: SourcePlace): string =>
  `${file}:${range.start.line}:${range.start.column}`;

/** Whether a keyword was written in the instance itself. */
export const isWritten = ({ instance }: Router, keyword: string): boolean =>
  instance.origin[keyword] !== undefined;

/** Skew_Time by its own interval and base priority, or another priority. */
export const skewOf = ({ instance }: Router, priority: number = instance.basePriority): number =>
  skewTimeUs(instance.version, priority, instance.advertIntervalUs);

/** Master_Down_Interval by its own interval and base priority, or another priority. */
export const downIntervalOf = ({ instance }: Router, priority: number = instance.basePriority): number =>
  masterDownIntervalUs(instance.version, priority, instance.advertIntervalUs, instance.downTimerAdverts);

/** From its first state to MASTER if it hears nobody: an address owner does not wait (RFC 5798 §6.4.1). */
export const loneStartOf = (router: Router): number => (router.instance.owner ? 0 : downIntervalOf(router));

/** The addresses that it may hold, advertised or not, as text. */
export const addressesOf = ({ instance }: Router): readonly string[] =>
  [...instance.virtualAddresses, ...instance.excludedAddresses].map(({ address }) =>
    formatIp(address.address),
  );

/** The advertised addresses as text. */
export const advertisedOf = ({ instance }: Router): readonly string[] =>
  instance.virtualAddresses.map(({ address }) => formatIp(address.address));

/** The first address, as it is called after it was written in full: `.100`. */
export function vipOf(router: Router): string {
  const [first] = addressesOf(router);
  if (first === undefined) return 'the address';
  return router.instance.family === 'inet' ? first.slice(first.lastIndexOf('.')) : first;
}

/** Whether adverts of `sender` get to the process of `listener` at all: sockets are bound to the group or the source. */
export function hears(listener: Router, sender: Router): boolean {
  const [to, from] = [listener.instance, sender.instance];
  if (to.family !== from.family || to.virtualRouterId !== from.virtualRouterId) return false;
  if (to.unicast !== from.unicast) return false;
  if (from.unicast) return lists(sender, listener);
  if (listener.segment !== sender.segment) return false;
  return multicastGroupOf(listener) === multicastGroupOf(sender);
}

/** Whether `router` sends its adverts to `peer` by name. */
export const lists = (router: Router, peer: Router): boolean =>
  router.instance.unicast &&
  router.instance.unicastPeers.some(
    ({ address }) => address.family === 'inet' && address.address === peer.address,
  );

/** The group that its adverts are sent to, and listened for, as text. */
export function multicastGroupOf({ instance }: Router): string {
  const { multicastGroup } = instance;
  return formatIp(multicastGroup.address);
}

/** Microseconds as seconds for a sentence: `3.61 s`, `0.2 ms`. */
export function inSeconds(microseconds: number): string {
  if (microseconds >= 100_000) return `${(microseconds / 1_000_000).toFixed(2)} s`;
  if (microseconds >= 1_000) return `${trimZeros((microseconds / 1_000).toFixed(1))} ms`;
  return `${trimZeros(microseconds.toFixed(1))} µs`;
}

const trimZeros = (text: string): string =>
  text.replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : zeros));
