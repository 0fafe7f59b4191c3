import { type Nanoseconds, SECOND } from '../engine/index.js';
import { MAC_MOVE_PROFILES } from '../switch/index.js';
import { type MacAddress, tryParseMac } from '../wire/index.js';
import type { SwitchDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { LinkPlan, PortPlan, SwitchPlan } from './plan.js';
import type { ReadSpan } from './plan-draft.js';

/** CAM ageing of 802.1D and of nearly every switch. */
const DEFAULT_AGEING: Nanoseconds = 300 * SECOND;
const DEFAULT_VLAN = 1;

export function planSwitch(
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
