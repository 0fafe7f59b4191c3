import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import { carpInstanceName, isOpenBsd } from '../host/carp/carp-config.js';
import {
  advertInterval,
  tickedSpan,
  vrrpAdvertInterval,
  vrrpMasterDownInterval,
} from '../host/carp/carp-timers.js';
import { serialisation } from '../link/index.js';
import type { RunFacts, VipFacts } from '../report/run-facts.js';
import { formatIp, formatIpv4 } from '../wire/index.js';
import { targetOf } from './actions.js';
import type { LabDesign } from './design.js';
import type { CarpPlan, HolderPlan, HostPlan, LabPlan, VipPlan } from './plan.js';
import { formatToken } from './token.js';
import { askedVip } from './vip-shares.js';

/** Two masters that see each other's adverts disagree for a latency each way. */
const DUAL_LATENCIES = 2;

/** An advert of VRRPv2 with the twenty addresses that fit, in bytes: Ethernet, IPv4, header, addresses, authentication. */
const ADVERT_LENGTH = 14 + 20 + 8 + 20 * 4 + 8;

/** The longest way through the network, one direction: two cables by default, one more between switches. */
function latencyOf(plan: LabPlan): Nanoseconds {
  const longest = Math.max(
    0,
    ...plan.links.map(
      ({ delay, bandwidth }) => delay.hi + (bandwidth === null ? 0 : serialisation(ADVERT_LENGTH, bandwidth)),
    ),
  );
  const hops = Math.min(plan.links.length, plan.switches.length + 1);
  return longest * hops + Math.max(0, ...plan.switches.map((part) => part.latency)) * plan.switches.length;
}

/** A delay of up to 1 s, and 1 s in which nobody objects (RFC 4862 §5.4.2; dad_transmits 1, retrans_time 1 s). */
const DUPLICATE_ADDRESS_DETECTION: Nanoseconds = 2 * SECOND;

/** How long a handover may follow its cause: boot, detection by a script, waiting times, and the longest down timer. */
function settlingOf(plan: LabPlan, vip: VipPlan, latency: Nanoseconds): Nanoseconds {
  let longest = 0;
  for (const host of plan.hosts) {
    const config = host.keepalived?.config;
    const instances =
      config?.instances.filter((instance) =>
        vip.holders.some((holder) => holder.node === host.name && holder.instance === instance.name),
      ) ?? [];
    if (host.keepalived === null || config === undefined || instances.length === 0) continue;
    const script = Math.max(
      0,
      ...config.scripts.map((part) => Math.max(part.rise, part.fall) * part.intervalUs + part.timeoutUs),
    );
    const preempt = Math.max(0, ...instances.map((instance) => instance.preemptDelayUs));
    const advert = Math.max(...instances.map((instance) => instance.advertIntervalUs));
    // RFC 4862 §5.4: a booting machine's link-local address, from which adverts come, is detected as unique first.
    const detection = instances.some(({ family }) => family === 'inet6') ? DUPLICATE_ADDRESS_DETECTION : 0;
    const tracked = instances.some((instance) => instance.trackScripts.length > 0) ? script : 0;
    longest = Math.max(
      longest,
      Math.max(host.keepalived.launch.max, detection) +
        (tracked + preempt + advert + config.global.startupDelayUs) * MICROSECOND,
    );
  }
  for (const host of plan.hosts)
    longest = Math.max(longest, carpReadiness(host, vip), ucarpReadiness(host, vip));
  return longest + patienceOf(plan, vip) + DUAL_LATENCIES * latency + MILLISECOND;
}

/** The most that demotion makes of a skew (FreeBSD `CARP_MAXSKEW`). */
const MOST_DEMOTED_SKEW = 240;

/** How long a kernel's CARP may take until its master-down timer runs, or until a master that demotes itself says so. */
function carpReadiness({ name, carp }: HostPlan, vip: VipPlan): Nanoseconds {
  const names = new Set(vip.holders.filter(({ node }) => node === name).map(({ instance }) => instance));
  if (carp === null) return 0;
  const { system, interfaces } = carp.config;
  const adverts = interfaces.flatMap((iface) =>
    iface.nodes
      .filter((node) => names.has(carpInstanceName(iface, node)))
      .map(({ advskew }) =>
        iface.vrrp === null
          ? advertInterval(
              system,
              iface.advbase,
              isOpenBsd(system) ? advskew : Math.max(advskew, MOST_DEMOTED_SKEW),
            )
          : vrrpAdvertInterval(iface.vrrp.intervalCs),
      ),
  );
  if (adverts.length === 0) return 0;
  const detection = typeof vip.address === 'number' ? 0 : DUPLICATE_ADDRESS_DETECTION;
  return Math.max(carp.ready.max, detection) + carp.rc + Math.max(...adverts);
}

/** ucarp.h: while its NIC is not running it sleeps 10 s (`docarp`), after SIGUSR2 3 s. */
const UCARP_LINK_SLEEP: Nanoseconds = 10 * SECOND;
const UCARP_SIGNAL_SLEEP: Nanoseconds = 3 * SECOND;

/** The same for ucarp. */
function ucarpReadiness({ name, ucarps }: HostPlan, vip: VipPlan): Nanoseconds {
  return Math.max(
    0,
    ...vip.holders.map(({ node, instance, advertInterval: advert }) => {
      const ucarp = node === name ? ucarps.find((process) => process.name === instance) : undefined;
      if (ucarp === undefined) return 0;
      const sleep = ucarp.config.ignoresLinkState ? UCARP_SIGNAL_SLEEP : UCARP_LINK_SLEEP;
      return ucarp.launch.max + sleep + advert;
    }),
  );
}

/** How long the most patient backup of a VIP waits, its kernel's clock included. */
const patienceOf = (plan: LabPlan, vip: VipPlan): Nanoseconds =>
  Math.max(
    0,
    ...vip.holders.map((holder) => Math.max(holder.masterDownInterval, kernelPatience(plan, vip, holder))),
  );

/** FreeBSD's VRRPv3 counts in these. */
const CENTISECOND: Nanoseconds = 10 * MILLISECOND;

/** The same of a virtual host in a kernel; 0: it is none. */
function kernelPatience({ hosts }: LabPlan, { holders }: VipPlan, holder: HolderPlan): Nanoseconds {
  const carp = hosts.find(({ name }) => name === holder.node)?.carp ?? null;
  if (carp === null || !nodesOf(carp).some(({ name }) => name === holder.instance)) return 0;
  // It goes by the interval of whoever it has heard last, and by 1 s before (`vrrp_input_c`).
  const slowest = Math.max(SECOND, ...holders.map(({ advertInterval: advert }) => advert)) / CENTISECOND;
  const span =
    holder.protocol === 'vrrp' ? vrrpMasterDownInterval(holder.priority, slowest) : holder.masterDownInterval;
  return carp.timers === 'ticks' ? Math.max(span, tickedSpan(carp.config.system, span).max) : span;
}

const nodesOf = ({ config }: CarpPlan): { readonly name: string; readonly vhid: number }[] =>
  config.interfaces.flatMap((iface) =>
    iface.nodes.map((node) => ({ name: carpInstanceName(iface, node), vhid: node.vhid })),
  );

/** The vhid of an instance; null: keepalived, which has none. */
function vhidOf({ hosts }: LabPlan, { node, instance }: HolderPlan): number | null {
  const host = hosts.find(({ name }) => name === node);
  const nodes = host?.carp ? nodesOf(host.carp) : [];
  return (
    nodes.find(({ name }) => name === instance)?.vhid ??
    host?.ucarps.find(({ name }) => name === instance)?.config.vhid ??
    null
  );
}

/** A master that hears late of another one yields late: an advert may have waited at the other too before it yields. */
const hearingDelayOf = ({ holders }: VipPlan): Nanoseconds =>
  Math.max(0, ...holders.map(({ hearingDelay = 0 }) => hearingDelay));

/** What the lab's own timers allow, by VIP. */
export function vipFactsOf(plan: LabPlan): VipFacts[] {
  const latency = latencyOf(plan);
  return plan.vips.map((vip) => ({
    address: vip.label,
    instances: vip.holders.map((holder) => ({
      node: holder.node,
      name: holder.instance,
      protocol: holder.protocol,
      vhid: vhidOf(plan, holder),
      priority: holder.priority,
      advertIntervalNs: holder.advertInterval,
      masterDownNs: holder.masterDownInterval,
    })),
    settlingNs: settlingOf(plan, vip, latency),
    dualBudgetNs: DUAL_LATENCIES * latency + hearingDelayOf(vip),
    headlessBudgetNs: patienceOf(plan, vip) + latency,
  }));
}

/** What a report must know of a run beside its trace. */
export function factsOf(design: LabDesign, plan: LabPlan, seed: number, duration: Nanoseconds): RunFacts {
  const latency = latencyOf(plan);
  return {
    name: design.name,
    nodes: [
      ...plan.hosts.map((host) => {
        const address = host.interfaces[0]?.addresses[0]?.address;
        return {
          name: host.name,
          kind: 'host' as const,
          ...(address === undefined ? {} : { address: formatIpv4(address) }),
          ...(host.start === 0 ? {} : { start: host.start }),
        };
      }),
      ...plan.switches.map((part) => ({ name: part.name, kind: 'switch' as const })),
    ],
    vips: vipFactsOf(plan),
    clients: plan.hosts.flatMap((host) =>
      host.clients.map((client) => ({
        name: client.name,
        node: host.name,
        target: askedVip(plan.vips, host, client.target)?.label ?? formatIp(client.target),
        ...(client.tcp?.kind === 'held' && client.timeout === null ? { asksEvery: client.every } : {}),
      })),
    ),
    duration,
    seed,
    token: formatToken(design, seed),
    inferred: plan.inferred,
    latencyNs: latency,
    schedule: plan.schedule.map(({ at, action }) => ({
      time: at,
      action: action.do,
      target: targetOf(action),
    })),
  };
}
