import { MultiMap } from 'mnemonist';
import { masterDownIntervalUs } from '../daemon/keepalived/vrrp-timers.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { MICROSECOND, type Nanoseconds, SECOND, tryParseDuration } from '../engine/index.js';
import { type Ipv4Address, inSubnet, tryParseCidr, tryParseIpv4 } from '../wire/index.js';
import type { InferenceNote, LabDesign, SwitchDesign } from './design.js';
import { Problems } from './design-problem.js';
import type { HostPlan, LabPlan, VipPlan } from './plan.js';
import { echoPortsOf, planClients } from './plan-clients.js';
import type { Draft, ReadSpan } from './plan-draft.js';
import { checkFilters } from './plan-filters.js';
import { checkAddresses, planInterfaces } from './plan-interfaces.js';
import { planKeepalived } from './plan-keepalived.js';
import { checkLoops, planLinks } from './plan-links.js';
import { planDrift, planSchedule } from './plan-schedule.js';
import { planSwitch } from './plan-switch.js';
import { planSysctls } from './sysctls.js';

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
    else drafts.push({ name, design: node, interfaces: [], keepalived: null });
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
    draft.interfaces = planInterfaces(draft, problems);
  }
  checkAddresses(drafts, problems);
  const links = planLinks(design, drafts, switchDesigns, problems, span);
  const clients = new Map(drafts.map((draft) => [draft.name, planClients(draft, problems, span)]));
  const vips = planVips(drafts);
  const echoPorts = echoPortsOf([...clients.values()].flat(), vips);
  checkLoops(links, switchDesigns, problems);

  const hosts = drafts.map((draft): HostPlan => {
    const holds = vips.some((vip) => vip.holders.some((holder) => holder.node === draft.name));
    const ports = new Set(draft.design.echo === undefined ? [] : [draft.design.echo]);
    checkFilters(
      draft.design.drop ?? [],
      draft.interfaces.map((iface) => iface.name),
      ['nodes', draft.name, 'drop'],
      problems,
    );
    if (holds) for (const port of echoPorts) ports.add(port);
    return {
      name: draft.name,
      interfaces: draft.interfaces,
      keepalived: draft.keepalived,
      clients: clients.get(draft.name) ?? [],
      echoPorts: [...ports],
      services: Object.entries(draft.design.services ?? {}).map(([name, port]) => ({ name, port })),
      files: draft.design.files ?? [],
      sysctl: planSysctls(
        draft.design.sysctl ?? {},
        draft.interfaces.map((iface) => iface.name),
        ['nodes', draft.name, 'sysctl'],
        problems,
      ),
      routes: planRoutes(draft, problems),
      drop: draft.design.drop ?? [],
      programs: draft.design.programs ?? [],
      driftPpm: planDrift(draft.design.drift, ['nodes', draft.name, 'drift'], problems),
      start: span(draft.design.start, 0, ['nodes', draft.name, 'start']),
    };
  });
  const switches = switchDesigns.map(([name, node]) => planSwitch(name, node, links, problems, span));
  const duration = span(design.duration, DEFAULT_DURATION, ['duration']);
  const plan: LabPlan = {
    name: design.name,
    switches,
    hosts,
    links,
    schedule: planSchedule(design, hosts, switches, links, duration, problems),
    duration,
    expect: design.expect ?? [],
    vips,
    inferred,
  };
  return { plan, problems, diagnostics };
}

function planRoutes(draft: Draft, problems: Problems): HostPlan['routes'] {
  return (draft.design.routes ?? []).flatMap((route, index) => {
    const path = ['nodes', draft.name, 'routes', index];
    const destination = route.to === 'default' ? tryParseCidr('0.0.0.0/0') : tryParseCidr(route.to);
    const via = route.via === undefined ? undefined : tryParseIpv4(route.via);
    if (destination === undefined)
      problems.error(
        [...path, 'to'],
        'lab/bad-address',
        `'${route.to}' is not a network such as 10.0.0.0/8, or default`,
      );
    if (route.via !== undefined && via === undefined)
      problems.error([...path, 'via'], 'lab/bad-address', `'${route.via}' is not an address`);
    if (
      via !== undefined &&
      !draft.interfaces.some((face) => face.addresses.some((cidr) => inSubnet(via, cidr)))
    ) {
      problems.error(
        [...path, 'via'],
        'lab/bad-gateway',
        `no interface of ${draft.name} is in one subnet with the gateway ${route.via}`,
      );
      return [];
    }
    if (route.interface !== undefined && !draft.interfaces.some((face) => face.name === route.interface)) {
      const names = draft.interfaces.map((face) => face.name);
      problems.unknownName([...path, 'interface'], 'lab/unknown-interface', 'route', route.interface, names);
      return [];
    }
    if (destination === undefined) return [];
    return [
      {
        destination,
        ...(via === undefined ? {} : { via }),
        ...(route.interface === undefined ? {} : { interface: route.interface }),
        ...(route.metric === undefined ? {} : { metric: route.metric }),
      },
    ];
  });
}

function planVips(drafts: readonly Draft[]): VipPlan[] {
  const holders = new MultiMap<Ipv4Address, VipPlan['holders'][number]>();
  for (const draft of drafts) {
    for (const instance of draft.keepalived?.config.instances ?? []) {
      const { version, basePriority, advertIntervalUs, downTimerAdverts } = instance;
      const masterDownUs = masterDownIntervalUs(version, basePriority, advertIntervalUs, downTimerAdverts);
      for (const { address } of [...instance.virtualAddresses, ...instance.excludedAddresses]) {
        if (address.family !== 'inet') continue;
        holders.set(address.address, {
          node: draft.name,
          instance: instance.name,
          priority: basePriority,
          advertInterval: advertIntervalUs * MICROSECOND,
          masterDownInterval: masterDownUs * MICROSECOND,
        });
      }
    }
  }
  return [...holders.associations()].map(([address, list]) => ({ address, holders: list }));
}
