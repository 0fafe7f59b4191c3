import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import { serialisation } from '../link/index.js';
import type { RunFacts, VipFacts } from '../report/run-facts.js';
import { formatIp, formatIpv4 } from '../wire/index.js';
import { targetOf } from './actions.js';
import type { LabDesign } from './design.js';
import type { LabPlan, VipPlan } from './plan.js';
import { formatToken } from './token.js';

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
  return (
    longest +
    Math.max(0, ...vip.holders.map((holder) => holder.masterDownInterval)) +
    DUAL_LATENCIES * latency +
    MILLISECOND
  );
}

/** What the lab's own timers allow, by VIP. */
export function vipFactsOf(plan: LabPlan): VipFacts[] {
  const latency = latencyOf(plan);
  return plan.vips.map((vip) => ({
    address: formatIp(vip.address),
    instances: vip.holders.map((holder) => ({
      node: holder.node,
      name: holder.instance,
      priority: holder.priority,
      advertIntervalNs: holder.advertInterval,
    })),
    settlingNs: settlingOf(plan, vip, latency),
    dualBudgetNs: DUAL_LATENCIES * latency,
    headlessBudgetNs: Math.max(0, ...vip.holders.map((holder) => holder.masterDownInterval)) + latency,
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
        target: formatIp(client.target),
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
