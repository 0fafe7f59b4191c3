import { type Nanoseconds, SECOND } from '../engine/index.js';
import { MAC_MOVE_PROFILES } from '../switch/index.js';
import {
  type Ipv4Address,
  ipv4Address,
  type MacAddress,
  macAddress,
  tryParseIpv4,
  tryParseMac,
} from '../wire/index.js';
import type { StormControlDesign, SwitchDesign, SwitchPortDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { LinkPlan, PortPlan, SwitchPlan } from './plan.js';
import type { ReadSpan } from './plan-draft.js';

/** CAM ageing of 802.1D and of nearly every switch. */
const DEFAULT_AGEING: Nanoseconds = 300 * SECOND;
const DEFAULT_VLAN = 1;

/** 02:0b (locally administered) and the switch's place in the lab: room for the number of a port is left at the end. */
const OWN_MACS = 0x020b_0000_0000;
/** Where a querier has no address of its own: link-local ones (RFC 3927), by the switch's place in the lab. */
const OWN_QUERIERS = ipv4Address('169.254.0.0');

/** @param place of the switch among those of the lab, from 1 */
export function planSwitch(
  name: string,
  place: number,
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
    const given = portDesigns[port] ?? {};
    const { stormControl = design.stormControl } = given;
    return {
      name: port,
      vlan: given.vlan ?? DEFAULT_VLAN,
      trunk: given.trunk ?? [],
      tree: planPortTree(given),
      stormControl: stormControl === undefined ? null : planStormControl(stormControl),
      security: given.security ?? null,
      isTrusted: given.trusted === true,
    };
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
    snooping: planSnooping(name, place, design, problems),
    spanningTree: planTree(name, design, problems, span),
    mac: macAddress(OWN_MACS + place * 0x100),
    arpInspection: planArpInspection(name, design, problems),
    bonds: planBonds(name, design, names, problems),
    static: fixed,
  };
}

function planPortTree({ edge, bpduGuard, cost, priority }: SwitchPortDesign): PortPlan['tree'] {
  return {
    ...(edge === undefined ? {} : { edge }),
    ...(bpduGuard === undefined ? {} : { bpduGuard }),
    ...(cost === undefined ? {} : { cost }),
    ...(priority === undefined ? {} : { priority }),
  };
}

function planStormControl(design: StormControlDesign): PortPlan['stormControl'] {
  return { ...design };
}

function planTree(
  name: string,
  design: SwitchDesign,
  problems: Problems,
  span: ReadSpan,
): SwitchPlan['spanningTree'] {
  const path = ['nodes', name];
  const { spanningTree = 'off', priority, forwardDelay, ports = {} } = design;
  if (priority !== undefined && (priority < 0 || priority > 61_440 || priority % 4096 !== 0))
    problems.error([...path, 'priority'], 'lab/out-of-range', 'expected 0 to 61440 in steps of 4096');
  const delay = span(forwardDelay, 15 * SECOND, [...path, 'forwardDelay']);
  if (delay < 2 * SECOND || delay > 30 * SECOND || delay % SECOND !== 0)
    problems.error([...path, 'forwardDelay'], 'lab/out-of-range', 'expected 2s to 30s in whole seconds');
  for (const [port, { priority: own }] of Object.entries(ports)) {
    if (own !== undefined && (own < 0 || own > 240 || own % 16 !== 0))
      problems.error(
        [...path, 'ports', port, 'priority'],
        'lab/out-of-range',
        'expected 0 to 240 in steps of 16',
      );
  }
  if (spanningTree === 'off') {
    const idle = [
      ...(priority === undefined ? [] : ['priority']),
      ...(forwardDelay === undefined ? [] : ['forwardDelay']),
      ...Object.entries(ports).flatMap(([port, given]) =>
        Object.keys(planPortTree(given)).map((key) => `ports.${port}.${key}`),
      ),
    ];
    const [first] = idle;
    if (first !== undefined)
      problems.warning(
        [...path, ...first.split('.')],
        'lab/no-spanning-tree',
        `${name} speaks no spanning tree, so ${idle.join(', ')} changes nothing: write  spanningTree: rstp`,
      );
    return null;
  }
  return {
    protocol: spanningTree,
    ...(priority === undefined ? {} : { priority }),
    ...(forwardDelay === undefined ? {} : { forwardDelay: delay }),
  };
}

function planSnooping(
  name: string,
  place: number,
  { snooping = true }: SwitchDesign,
  problems: Problems,
): SwitchPlan['snooping'] {
  if (snooping === false) return false;
  if (snooping === true) return {};
  if (snooping === 'link-local') return { snoopLinkLocal: true };
  const { querier = false, filterWithoutQuerier = false, linkLocal = false } = snooping;
  let address: Ipv4Address | undefined;
  if (querier === true) address = (OWN_QUERIERS + place) as Ipv4Address;
  else if (querier !== false) {
    address = tryParseIpv4(querier);
    if (address === undefined)
      problems.error(
        ['nodes', name, 'snooping', 'querier'],
        'lab/bad-address',
        `'${querier}' is not an address such as 192.168.1.2`,
      );
  }
  return {
    ...(address === undefined ? {} : { querier: address }),
    ...(filterWithoutQuerier ? { filterWithoutQuerier } : {}),
    ...(linkLocal ? { snoopLinkLocal: true } : {}),
  };
}

function planArpInspection(
  name: string,
  { arpInspection, ports = {} }: SwitchDesign,
  problems: Problems,
): SwitchPlan['arpInspection'] {
  const path = ['nodes', name];
  if (arpInspection === undefined) {
    for (const [port, { trusted }] of Object.entries(ports)) {
      if (trusted !== undefined)
        problems.warning(
          [...path, 'ports', port, 'trusted'],
          'lab/no-arp-inspection',
          `${name} inspects no ARP, so 'trusted' changes nothing`,
        );
    }
    return null;
  }
  const bindings = Object.entries(arpInspection.bindings ?? {}).flatMap(([text, macs]) => {
    const at = [...path, 'arpInspection', 'bindings', text];
    const ip = tryParseIpv4(text);
    if (ip === undefined) {
      problems.error(at, 'lab/bad-address', `'${text}' is not an address`);
      return [];
    }
    return (typeof macs === 'string' ? [macs] : macs).flatMap((written) => {
      const mac = tryParseMac(written);
      if (mac === undefined) problems.error(at, 'lab/bad-mac', `'${written}' is not a MAC address`);
      return mac === undefined ? [] : [{ ip, mac }];
    });
  });
  return { bindings, ...(arpInspection.rate === undefined ? {} : { rate: arpInspection.rate }) };
}

function planBonds(
  name: string,
  { bonds = {} }: SwitchDesign,
  ports: readonly string[],
  problems: Problems,
): SwitchPlan['bonds'] {
  const taken = new Set<string>();
  return Object.entries(bonds).map(([bond, design]) => {
    const path = ['nodes', name, 'bonds', bond, 'ports'];
    if (design.ports.length < 2)
      problems.error(path, 'lab/small-bond', `${bond} needs at least two ports to be a bundle`);
    for (const port of design.ports) {
      if (!ports.includes(port)) problems.unknownName(path, 'lab/unknown-port', name, port, ports);
      else if (taken.has(port))
        problems.error(path, 'lab/port-taken', `${port} is in two bundles of ${name}`);
      taken.add(port);
    }
    return { name: bond, ports: design.ports, ...(design.hash === undefined ? {} : { hash: design.hash }) };
  });
}
