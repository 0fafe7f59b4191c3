import { MultiMap, StaticDisjointSet } from 'mnemonist';
import { matchesPath } from '../daemon/keepalived/configuration/file-name-pattern.js';
import type { KeepalivedConfig } from '../daemon/keepalived/configuration/keepalived-config.js';
import { readKeepalivedConf } from '../daemon/keepalived/configuration/reader.js';
import { masterDownIntervalUs } from '../daemon/keepalived/vrrp-timers.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import {
  type DurationInput,
  fingerprint,
  MICROSECOND,
  MILLISECOND,
  type Nanoseconds,
  SECOND,
  tryParseDuration,
} from '../engine/index.js';
import { MAC_MOVE_PROFILES } from '../switch/index.js';
import {
  formatIpv4,
  type Ipv4Address,
  type Ipv4Cidr,
  type MacAddress,
  tryParseCidr,
  tryParseIpv4,
  tryParseMac,
} from '../wire/index.js';
import type {
  ClientDesign,
  HostDesign,
  InferenceNote,
  InterfaceDesign,
  KeepalivedDesign,
  LabDesign,
  LinkDesign,
  SwitchDesign,
} from './design.js';
import { Problems } from './design-problem.js';
import type {
  ClientPlan,
  EndPlan,
  HostPlan,
  InterfacePlan,
  KeepalivedPlan,
  LabPlan,
  LinkPlan,
  PortPlan,
  SwitchPlan,
  VipPlan,
} from './plan.js';
import { checkFilters } from './plan-filters.js';
import { planSchedule } from './plan-schedule.js';
import { tryParseBandwidth, tryParseShare } from './rates.js';
import { planSysctls } from './sysctls.js';

/** One way over a cable, unless the design says otherwise. */
const DEFAULT_DELAY: Nanoseconds = 50 * MICROSECOND;
/** CAM ageing of 802.1D and of nearly every switch. */
const DEFAULT_AGEING: Nanoseconds = 300 * SECOND;
const DEFAULT_DURATION: Nanoseconds = 60 * SECOND;
/** keepalived from launch to first state, as recorded on a machine of two cores. */
const DEFAULT_LAUNCH = { min: 30 * MILLISECOND, max: 150 * MILLISECOND };
const DEFAULT_VLAN = 1;
const DEFAULT_MTU = 1500;
/** 02:00 (locally administered), followed by the bytes of the first address. */
const LOCAL_MAC_PREFIX = 0x0200_0000_0000;

/** What comes of a design: the plan where it can be built, and what there is to complain about. */
export interface PlanResult {
  readonly plan: LabPlan;
  readonly problems: Problems;
  /** Complaints about the configuration files. */
  readonly diagnostics: readonly Diagnostic[];
}

interface Draft {
  readonly name: string;
  readonly design: HostDesign;
  interfaces: InterfacePlan[];
  keepalived: KeepalivedPlan | null;
}

/** Works a design out: names, addresses, cables, configurations. Complaints are collected, not thrown. */
export function planLab(design: LabDesign): PlanResult {
  const problems = new Problems();
  const diagnostics: Diagnostic[] = [];
  const inferred: InferenceNote[] = [...(design.inferred ?? [])];
  const span = (
    input: DurationInput | undefined,
    otherwise: Nanoseconds,
    path: readonly (string | number)[],
  ): Nanoseconds => {
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
      driftPpm: draft.design.drift ?? 0,
    };
  });
  const switches = switchDesigns.map(([name, node]) => planSwitch(name, node, links, problems, span));
  const duration = span(design.duration, DEFAULT_DURATION, ['duration']);
  const plan: LabPlan = {
    name: design.name,
    switches,
    hosts,
    links,
    schedule: planSchedule(design, hosts, switches, duration, problems),
    duration,
    expect: design.expect ?? [],
    vips,
    inferred,
  };
  return { plan, problems, diagnostics };
}

type ReadSpan = (
  input: DurationInput | undefined,
  otherwise: Nanoseconds,
  path: readonly (string | number)[],
) => Nanoseconds;

function planKeepalived(
  draft: Draft,
  problems: Problems,
  diagnostics: Diagnostic[],
  span: ReadSpan,
): KeepalivedPlan | null {
  const given = draft.design.keepalived;
  if (given === undefined) return null;
  const design: KeepalivedDesign = typeof given === 'string' ? { conf: given } : given;
  const file = design.file ?? `${draft.name}/keepalived.conf`;
  const includes = design.includes ?? {};
  const read = readKeepalivedConf(design.conf, {
    file,
    hostName: draft.name,
    likeDaemon: design.likeDaemon ?? false,
    ...(draft.design.interfaces === undefined
      ? {}
      : { interfaces: ['lo', ...Object.keys(draft.design.interfaces)] }),
    resolveInclude: (pattern, fromFile) => {
      const folder = fromFile.includes('/') ? fromFile.slice(0, fromFile.lastIndexOf('/') + 1) : '';
      const wanted = pattern.startsWith('/') ? pattern : normalise(folder + pattern);
      return Object.entries(includes)
        .filter(([name]) => matchesPath(name, wanted))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, text]) => ({ file: name, text }));
    },
  });
  diagnostics.push(...read.diagnostics);
  const path = ['nodes', draft.name, 'keepalived', 'ready'];
  const ready = design.ready;
  const launch =
    ready === undefined
      ? DEFAULT_LAUNCH
      : typeof ready === 'object' && 'length' in ready
        ? { min: span(ready[0], 0, path), max: span(ready[1], 0, path) }
        : { min: span(ready, 0, path), max: span(ready, 0, path) };
  if (launch.min > launch.max) problems.error(path, 'lab/bad-range', 'the range ends before it begins');
  return {
    config: read.config,
    file,
    launch,
    behaviour: design.behaviour ?? 'keepalived-2.2.7',
    autostart: design.autostart ?? true,
  };
}

/** `a/./b/../c` → `a/c`. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The interface names that a configuration uses, in the order in which they appear. */
function interfaceNamesOf(config: KeepalivedConfig | undefined): string[] {
  const names = new Set<string>();
  for (const instance of config?.instances ?? [])
    if (instance.interface !== undefined) names.add(instance.interface);
  return [...names];
}

function planInterfaces(draft: Draft, problems: Problems): InterfacePlan[] {
  const { design, name } = draft;
  const path = ['nodes', name];
  const fromFile = interfaceNamesOf(draft.keepalived?.config);
  let designs: [string, InterfaceDesign, readonly (string | number)[]][];
  if (design.interfaces !== undefined) {
    if (design.address !== undefined)
      problems.error(
        [...path, 'address'],
        'lab/two-addresses',
        `${name} has 'address' and 'interfaces': give the address inside 'interfaces'`,
      );
    designs = Object.entries(design.interfaces).map(([key, value]) => [
      key,
      value,
      [...path, 'interfaces', key],
    ]);
  } else {
    if (design.address === undefined)
      problems.error(path, 'lab/no-address', `${name} has no address: write  address: 192.168.1.11/24`);
    const only: InterfaceDesign = {
      ...(design.address === undefined ? {} : { address: design.address }),
      ...(design.mac === undefined ? {} : { mac: design.mac }),
    };
    designs = [[fromFile.length === 1 ? (fromFile[0] as string) : 'eth0', only, path]];
  }
  const names = new Set(designs.map(([key]) => key));
  for (const wanted of fromFile) {
    if (!names.has(wanted) && wanted !== 'lo') {
      problems.error(
        [...path, 'interfaces'],
        'lab/no-interface',
        `${draft.keepalived?.file} uses interface ${wanted}, which ${name} does not have (it has ${[...names].join(', ')})`,
      );
    }
  }
  return designs.map(([key, value, at]) => {
    const texts =
      value.address === undefined ? [] : typeof value.address === 'string' ? [value.address] : value.address;
    const addresses: Ipv4Cidr[] = [];
    for (const text of texts) {
      const cidr = tryParseCidr(text);
      if (cidr === undefined || !text.includes('/'))
        problems.error(
          [...at, 'address'],
          'lab/bad-address',
          `'${text}' is not an address with its prefix length, such as 192.168.1.11/24`,
        );
      else addresses.push(cidr);
    }
    let mac =
      addresses[0] === undefined
        ? LOCAL_MAC_PREFIX + (fingerprint(`${name}:${key}`) % 0x1_0000_0000)
        : LOCAL_MAC_PREFIX + addresses[0].address;
    if (value.mac !== undefined) {
      const parsed = tryParseMac(value.mac);
      if (parsed === undefined)
        problems.error(
          [...at, 'mac'],
          'lab/bad-mac',
          `'${value.mac}' is not a MAC address such as 02:00:00:00:01:01`,
        );
      else mac = parsed;
    }
    return { name: key, mac: mac as MacAddress, addresses, mtu: value.mtu ?? DEFAULT_MTU };
  });
}

function checkAddresses(drafts: readonly Draft[], problems: Problems): void {
  const seen = new Map<number, string>();
  const macs = new Map<number, string>();
  for (const draft of drafts) {
    for (const iface of draft.interfaces) {
      for (const { address } of iface.addresses) {
        const other = seen.get(address);
        if (other !== undefined)
          problems.warning(
            ['nodes', draft.name, 'address'],
            'lab/duplicate-address',
            `${draft.name} has the address ${formatIpv4(address)} of ${other} too`,
          );
        seen.set(address, draft.name);
      }
      const twin = macs.get(iface.mac);
      if (twin !== undefined)
        problems.warning(
          ['nodes', draft.name],
          'lab/duplicate-mac',
          `${draft.name} has the MAC address of ${twin}: give it one with 'mac'`,
        );
      macs.set(iface.mac, draft.name);
    }
  }
}

function planLinks(
  design: LabDesign,
  drafts: readonly Draft[],
  switches: readonly [string, SwitchDesign][],
  problems: Problems,
  span: ReadSpan,
): LinkPlan[] {
  const hosts = new Map(drafts.map((draft) => [draft.name, draft]));
  const switchNames = new Set(switches.map(([name]) => name));
  const known = [...hosts.keys(), ...switchNames];
  let designs: readonly LinkDesign[];
  if (design.links !== undefined) designs = design.links;
  else {
    if (switches.length > 1)
      problems.error(['links'], 'lab/no-links', `with ${switches.length} switches the links must be given`);
    const only = switches[0]?.[0] ?? 'sw1';
    designs = drafts.flatMap((draft) =>
      draft.interfaces.map((iface): LinkDesign => [`${draft.name}:${iface.name}`, only]),
    );
  }
  const plugged = new Map<string, number>();
  const links: LinkPlan[] = [];
  designs.forEach((link, index) => {
    const path = ['links', index];
    const [a, b] = 'between' in link ? link.between : link;
    const end = (text: string, peer: string): EndPlan | undefined => {
      const [node = '', port] = text.split(':', 2);
      if (switchNames.has(node)) {
        const [peerNode = '', peerPort] = peer.split(':', 2);
        const single = hosts.get(peerNode)?.interfaces.length === 1 || peerPort === undefined;
        return { node, port: port ?? (single ? peerNode : peer) };
      }
      const host = hosts.get(node);
      if (host === undefined) {
        problems.unknownName(path, 'lab/unknown-node', 'link', node, known);
        return undefined;
      }
      const iface =
        port === undefined && host.interfaces.length === 1
          ? host.interfaces[0]
          : host.interfaces.find((candidate) => candidate.name === port);
      if (iface === undefined) {
        problems.error(
          path,
          'lab/unknown-interface',
          port === undefined
            ? `${node} has several interfaces: write ${node}:${host.interfaces[0]?.name ?? 'eth0'}`
            : `${node} has no interface ${port} (${host.interfaces.map((known_) => known_.name).join(', ')})`,
        );
        return undefined;
      }
      return { node, port: iface.name };
    };
    const [first, second] = [end(a, b), end(b, a)];
    if (first === undefined || second === undefined) return;
    for (const { node, port } of [first, second]) {
      const key = `${node}:${port}`;
      if (plugged.has(key)) problems.error(path, 'lab/port-taken', `${key} has two cables`);
      plugged.set(key, index);
    }
    links.push(planLink(link, [first, second], path, problems, span));
  });
  for (const draft of drafts) {
    for (const iface of draft.interfaces) {
      if (!plugged.has(`${draft.name}:${iface.name}`))
        problems.error(
          ['nodes', draft.name],
          'lab/no-link',
          `${draft.name}:${iface.name} (${iface.addresses.map((cidr) => formatIpv4(cidr.address)).join(', ') || 'no address'}) is on no link`,
        );
    }
  }
  return links;
}

function planLink(
  design: LinkDesign,
  ends: readonly [EndPlan, EndPlan],
  path: readonly (string | number)[],
  problems: Problems,
  span: ReadSpan,
): LinkPlan {
  const long = 'between' in design ? design : { between: design };
  const share = (text: string | undefined, key: string): number => {
    if (text === undefined) return 0;
    const ppm = tryParseShare(text);
    if (ppm === undefined)
      problems.error([...path, key], 'lab/bad-share', `'${text}' is not a share such as 0.1%`);
    return ppm ?? 0;
  };
  const bandwidth = long.bandwidth === undefined ? null : (tryParseBandwidth(long.bandwidth) ?? null);
  if (long.bandwidth !== undefined && bandwidth === null)
    problems.error(
      [...path, 'bandwidth'],
      'lab/bad-bandwidth',
      `'${long.bandwidth}' is not a bandwidth such as 1Gbit/s`,
    );
  const delay = long.delay;
  const range = delay !== undefined && typeof delay === 'object' && 'length' in delay;
  const lo = span(range ? delay[0] : delay, DEFAULT_DELAY, [...path, 'delay']);
  const hi = range ? span(delay[1], DEFAULT_DELAY, [...path, 'delay']) : lo;
  if (lo < 1 || hi < lo)
    problems.error(
      [...path, 'delay'],
      'lab/bad-delay',
      'a link delays by at least 1ns, and a range must not end before it begins',
    );
  return {
    ends,
    delay: { lo: Math.max(1, lo), hi: Math.max(1, lo, hi) },
    bandwidth,
    queueBytes: long.queue ?? null,
    lossPpm: share(long.loss, 'loss'),
    duplicatePpm: share(long.duplicate, 'duplicate'),
    reorder:
      long.reorder === undefined
        ? null
        : {
            ppm: share(long.reorder.share, 'reorder'),
            delay: span(long.reorder.by, 0, [...path, 'reorder', 'by']),
          },
    corruptPpm: share(long.corrupt, 'corrupt'),
    carrier:
      long.carrierSeen === false
        ? null
        : {
            detectDown: span(long.carrier?.down, 0, [...path, 'carrier', 'down']),
            detectUp: span(long.carrier?.up, 0, [...path, 'carrier', 'up']),
          },
  };
}

/** Spanning tree is not modelled, so a loop of switches is a mistake, not a storm to wait for. */
function checkLoops(
  links: readonly LinkPlan[],
  switches: readonly [string, SwitchDesign][],
  problems: Problems,
): void {
  const indices = new Map(switches.map(([name], index) => [name, index]));
  const joined = new StaticDisjointSet(switches.length);
  links.forEach((link, index) => {
    const [a, b] = [link.ends[0].node, link.ends[1].node];
    const [first, second] = [indices.get(a), indices.get(b)];
    if (first === undefined || second === undefined) return;
    if (joined.connected(first, second)) {
      problems.error(
        ['links', index],
        'lab/loop',
        `the link between ${a} and ${b} closes a loop of switches: without spanning tree, which is not modelled, every broadcast would circle for ever`,
      );
    }
    joined.union(first, second);
  });
}

function planSwitch(
  name: string,
  design: SwitchDesign,
  links: readonly LinkPlan[],
  problems: Problems,
  span: ReadSpan,
): SwitchPlan {
  const path = ['nodes', name];
  const names = links.flatMap((link) => link.ends.filter((end) => end.node === name).map((end) => end.port));
  const portDesigns = design.ports ?? {};
  const profiles = ['linux', ...Object.keys(MAC_MOVE_PROFILES)];
  if (design.macMove !== undefined && !profiles.includes(design.macMove))
    problems.unknownName([...path, 'macMove'], 'lab/unknown-profile', name, design.macMove, profiles);
  for (const port of Object.keys(portDesigns)) {
    if (!names.includes(port))
      problems.unknownName([...path, 'ports', port], 'lab/unknown-port', `${name}`, port, names);
  }
  const ports = names.map((port): PortPlan => {
    const given = portDesigns[port];
    return { name: port, vlan: given?.vlan ?? DEFAULT_VLAN, trunk: given?.trunk ?? [] };
  });
  const fixed = Object.entries(design.static ?? {}).map(([text, port]) => {
    const mac = tryParseMac(text);
    if (mac === undefined)
      problems.error([...path, 'static', text], 'lab/bad-mac', `'${text}' is not a MAC address`);
    if (!names.includes(port))
      problems.unknownName([...path, 'static', text], 'lab/unknown-port', `${name}`, port, names);
    return { mac: mac ?? (0 as MacAddress), port };
  });
  return {
    name,
    ports,
    ageing: span(design.ageing, DEFAULT_AGEING, [...path, 'ageing']),
    capacity: design.capacity ?? null,
    latency: span(design.latency, 0, [...path, 'latency']),
    macMove: design.macMove ?? 'linux',
    snooping: design.snooping ?? true,
    static: fixed,
  };
}

function planClients(draft: Draft, problems: Problems, span: ReadSpan): ClientPlan[] {
  const given = draft.design.client;
  if (given === undefined) return [];
  const designs: readonly ClientDesign[] = 'length' in given ? given : [given];
  return designs.flatMap((client, index) => {
    const path = ['nodes', draft.name, 'client', ...('length' in given ? [index] : [])];
    const [host = '', port = ''] = client.request.split(':', 2);
    const target = tryParseIpv4(host);
    const portNumber = Number(port);
    if (target === undefined || !Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65_535) {
      problems.error(
        [...path, 'request'],
        'lab/bad-target',
        `'${client.request}' is not address:port, such as 192.168.1.100:8080`,
      );
      return [];
    }
    const every = span(client.every, 200 * MILLISECOND, [...path, 'every']);
    if (every < 1) problems.error([...path, 'every'], 'lab/bad-duration', 'a client cannot ask every 0s');
    return [
      {
        name: index === 0 ? draft.name : `${draft.name}/${index + 1}`,
        target,
        port: portNumber,
        every: Math.max(1, every),
        timeout: span(client.timeout, SECOND, [...path, 'timeout']),
        from: span(client.from, 0, [...path, 'from']),
      },
    ];
  });
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

/** The ports on which clients ask for a virtual address. */
function echoPortsOf(clients: readonly ClientPlan[], vips: readonly VipPlan[]): number[] {
  const targets = new Set(vips.map((vip) => vip.address));
  return [...new Set(clients.filter((client) => targets.has(client.target)).map((client) => client.port))];
}
