import { MultiMap } from 'mnemonist';
import { masterDownIntervalUs } from '../daemon/keepalived/vrrp-timers.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { MICROSECOND, type Nanoseconds, SECOND, tryParseDuration } from '../engine/index.js';
import {
  type IpAddress,
  inSubnet,
  inSubnetIpv6,
  isIpv6Cidr,
  isLinkLocalIpv6,
  tryParseIp,
  tryParseIpCidr,
} from '../wire/index.js';
import type { InferenceNote, LabDesign, SwitchDesign } from './design.js';
import { Problems } from './design-problem.js';
import type { HolderPlan, HostPlan, LabPlan, VipPlan } from './plan.js';
import { carpHolders, planCarp } from './plan-carp.js';
import { planClients } from './plan-clients.js';
import type { Draft, ReadSpan } from './plan-draft.js';
import { checkFilters } from './plan-filters.js';
import { checkAddresses, planInterfaces } from './plan-interfaces.js';
import { planKeepalived } from './plan-keepalived.js';
import { checkLoops, planLinks } from './plan-links.js';
import { planDrift, planSchedule } from './plan-schedule.js';
import { clientsOfVips, planServers } from './plan-servers.js';
import { planSwitch } from './plan-switch.js';
import { checkUcarpSources, planUcarps, ucarpHolders } from './plan-ucarp.js';
import { planSysctls } from './sysctls.js';
import { vipsOf } from './vip-shares.js';

const DEFAULT_DURATION: Nanoseconds = 60 * SECOND;

/** What comes of a design: the plan where it can be built, and what there is to complain about. */
export interface PlanResult {
  readonly plan: LabPlan;
  readonly problems: Problems;
  /** Complaints about the configuration files. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Works a design out: names, addresses, cables, configurations. Complaints are collected, not thrown. */
export function planLab(design: LabDesign): PlanResult {
  const problems = new Problems();
  const diagnostics: Diagnostic[] = [];
  const inferred: InferenceNote[] = [...(design.inferred ?? [])];
  const span: ReadSpan = (input, otherwise, path) => {
    if (input === undefined) return otherwise;
    const parsed = typeof input === 'object' ? input.nanoseconds : tryParseDuration(input);
    if (parsed === undefined)
      problems.error(
        path,
        'lab/bad-duration',
        `'${String(input)}' is not a duration: write 200ms, 1.5s or 2min`,
      );
    return parsed ?? otherwise;
  };

  const drafts: Draft[] = [];
  const switchDesigns: [string, SwitchDesign][] = [];
  for (const [name, node] of Object.entries(design.nodes)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) {
      problems.error(
        ['nodes', name],
        'lab/bad-name',
        `'${name}' cannot name a node: use letters, digits, '-', '_' and '.'`,
      );
    }
    if (node.kind === 'switch') switchDesigns.push([name, node]);
    else
      drafts.push({ name, design: node, interfaces: [], keepalived: null, carp: null, ucarps: [], nics: [] });
  }
  if (drafts.length === 0) problems.error(['nodes'], 'lab/no-hosts', 'a lab needs at least one host');
  if (switchDesigns.length === 0 && design.links === undefined && drafts.length > 0) {
    const name = drafts.some((draft) => draft.name === 'sw1') ? 'switch1' : 'sw1';
    switchDesigns.push([name, { kind: 'switch' }]);
    inferred.push({
      what: 'network',
      value: `one switch ${name}, links 50 µs, no loss, carrier seen`,
      why: 'no links are given',
    });
  }

  for (const draft of drafts) {
    draft.keepalived = planKeepalived(draft, problems, diagnostics, span);
    draft.carp = planCarp(draft, problems, diagnostics, span);
    draft.ucarps = planUcarps(draft, problems, diagnostics, span, inferred);
    draft.interfaces = planInterfaces(draft, problems);
  }
  checkAddresses(drafts, problems);
  checkUcarpSources(drafts, problems);
  const links = planLinks(design, drafts, switchDesigns, problems, span);
  const clients = new Map(drafts.map((draft) => [draft.name, planClients(draft, problems, span)]));
  const vips = planVips(drafts);
  checkLoops(links, switchDesigns, problems);

  const hosts = drafts.map((draft): HostPlan => {
    const asking = clientsOfVips(draft.name, [...clients.values()].flat(), vips);
    checkFilters(
      draft.design.drop ?? [],
      draft.interfaces.map((iface) => iface.name),
      ['nodes', draft.name, 'drop'],
      problems,
    );
    return {
      name: draft.name,
      interfaces: draft.interfaces,
      keepalived: draft.keepalived,
      carp: draft.carp,
      ucarps: draft.ucarps,
      clients: clients.get(draft.name) ?? [],
      ...planServers(draft, asking, problems, span),
      services: Object.entries(draft.design.services ?? {}).map(([name, port]) => ({ name, port })),
      files: draft.design.files ?? [],
      sysctl: planSysctls(
        draft.design.sysctl ?? {},
        draft.interfaces.map((iface) => iface.name),
        ['nodes', draft.name, 'sysctl'],
        problems,
      ),
      ...planRoutes(draft, problems),
      hasIpv6: hasIpv6(draft),
      drop: draft.design.drop ?? [],
      programs: draft.design.programs ?? [],
      driftPpm: planDrift(draft.design.drift, ['nodes', draft.name, 'drift'], problems),
      start: span(draft.design.start, 0, ['nodes', draft.name, 'start']),
    };
  });
  const switches = switchDesigns.map(([name, node], index) =>
    planSwitch(name, index + 1, node, links, problems, span),
  );
  const duration = span(design.duration, DEFAULT_DURATION, ['duration']);
  const plan: LabPlan = {
    name: design.name,
    switches,
    hosts,
    links,
    schedule: planSchedule(design, hosts, switches, links, duration, problems),
    duration,
    timersFirst: planTies(design, problems),
    expect: design.expect ?? [],
    vips,
    inferred,
  };
  return { plan, problems, diagnostics };
}

const TIES: readonly string[] = ['packet-first', 'timer-first'];

function planTies({ ties }: LabDesign, problems: Problems): boolean {
  if (ties !== undefined && !TIES.includes(ties))
    problems.unknownName(['ties'], 'lab/unknown-word', 'ties', ties, TIES);
  return ties === 'timer-first';
}

/** Whether a host speaks IPv6: it has an address of its own, or is to hold a virtual one. */
function hasIpv6({ interfaces, keepalived, carp }: Draft): boolean {
  if (interfaces.some((face) => face.addressesIpv6.length > 0)) return true;
  if (carp?.config.interfaces.some(({ addresses }) => addresses.some(isIpv6Cidr)) === true) return true;
  return (keepalived?.config.instances ?? []).some(
    ({ family, virtualAddresses, excludedAddresses }) =>
      family === 'inet6' ||
      [...virtualAddresses, ...excludedAddresses].some(({ address }) => address.family === 'inet6'),
  );
}

function planRoutes(draft: Draft, problems: Problems): Pick<HostPlan, 'routes' | 'routesIpv6'> {
  const routes: HostPlan['routes'][number][] = [];
  const routesIpv6: HostPlan['routesIpv6'][number][] = [];
  (draft.design.routes ?? []).forEach((route, index) => {
    const path = ['nodes', draft.name, 'routes', index];
    const isDefault = route.to === 'default';
    const via = route.via === undefined ? undefined : tryParseIp(route.via);
    const everything = typeof via === 'string' ? '::/0' : '0.0.0.0/0';
    const destination = tryParseIpCidr(isDefault ? everything : route.to);
    if (destination === undefined)
      problems.error(
        [...path, 'to'],
        'lab/bad-address',
        `'${route.to}' is not a network such as 10.0.0.0/8 or 2001:db8::/32, or default`,
      );
    if (route.via !== undefined && via === undefined)
      problems.error([...path, 'via'], 'lab/bad-address', `'${route.via}' is not an address`);
    if (destination !== undefined && via !== undefined && typeof via !== typeof destination.address) {
      problems.error(
        [...path, 'via'],
        'lab/bad-address',
        `the gateway ${route.via} and the network ${route.to} are not of one family`,
      );
      return;
    }
    if (via !== undefined && !isGatewayOnLink(draft, via, route.interface)) {
      problems.error(
        [...path, 'via'],
        'lab/bad-gateway',
        `no interface of ${draft.name} is in one subnet with the gateway ${route.via}`,
      );
      return;
    }
    if (route.interface !== undefined && !draft.interfaces.some((face) => face.name === route.interface)) {
      const names = draft.interfaces.map((face) => face.name);
      problems.unknownName([...path, 'interface'], 'lab/unknown-interface', 'route', route.interface, names);
      return;
    }
    if (destination === undefined) return;
    const common = {
      ...(route.interface === undefined ? {} : { interface: route.interface }),
      ...(route.metric === undefined ? {} : { metric: route.metric }),
    };
    if (isIpv6Cidr(destination)) {
      const gateway = typeof via === 'string' ? { via } : {};
      if (via === undefined && route.interface === undefined) {
        problems.error(path, 'lab/bad-gateway', `the route to ${route.to} needs 'via' or 'interface'`);
      } else routesIpv6.push({ destination, ...gateway, ...common });
    } else routes.push({ destination, ...(typeof via === 'number' ? { via } : {}), ...common });
  });
  return { routes, routesIpv6 };
}

/** Whether a gateway is on a link of the host; a link-local one is wherever the interface is named. */
function isGatewayOnLink({ interfaces }: Draft, via: IpAddress, name: string | undefined): boolean {
  if (typeof via === 'number') {
    return interfaces.some((face) => face.addresses.some((cidr) => inSubnet(via, cidr)));
  }
  if (isLinkLocalIpv6(via)) return name !== undefined || interfaces.length === 1;
  return interfaces.some((face) => face.addressesIpv6.some((cidr) => inSubnetIpv6(via, cidr)));
}

function planVips(drafts: readonly Draft[]): VipPlan[] {
  const holders = new MultiMap<IpAddress, HolderPlan>();
  for (const draft of drafts) {
    for (const instance of draft.keepalived?.config.instances ?? []) {
      const { version, basePriority, advertIntervalUs, downTimerAdverts } = instance;
      const masterDownUs = masterDownIntervalUs(version, basePriority, advertIntervalUs, downTimerAdverts);
      for (const { address } of [...instance.virtualAddresses, ...instance.excludedAddresses]) {
        holders.set(address.address, {
          node: draft.name,
          instance: instance.name,
          protocol: 'vrrp',
          priority: basePriority,
          advertInterval: advertIntervalUs * MICROSECOND,
          masterDownInterval: masterDownUs * MICROSECOND,
        });
      }
    }
    for (const [address, holder] of [...carpHolders(draft), ...ucarpHolders(draft)])
      holders.set(address, holder);
  }
  return [...holders.associations()].flatMap(([address, list]) => vipsOf(drafts, address, list));
}
