import { StaticDisjointSet } from 'mnemonist';
import { MICROSECOND, type Nanoseconds } from '../engine/index.js';
import { formatIpv4 } from '../wire/index.js';
import type { LabDesign, LinkDesign, SwitchDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { EndPlan, LinkPlan } from './plan.js';
import type { Draft, ReadSpan } from './plan-draft.js';
import { tryParseBandwidth, tryParseShare } from './rates.js';

/** One way over a cable, unless the design says otherwise. */
const DEFAULT_DELAY: Nanoseconds = 50 * MICROSECOND;

export function planLinks(
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

/** A loop in which no switch speaks spanning tree may be meant, but what it does is seldom what is looked for. */
export function checkLoops(
  links: readonly LinkPlan[],
  switches: readonly [string, SwitchDesign][],
  problems: Problems,
): void {
  const indices = new Map(switches.map(([name], index) => [name, index]));
  const joined = new StaticDisjointSet(switches.length);
  const designs = new Map(switches);
  const breaksLoops = (name: string): boolean => (designs.get(name)?.spanningTree ?? 'off') !== 'off';
  /** The cables of a bundle carry each frame once; the first of them stands for all. */
  const isBundled = (node: string, port: string): boolean =>
    Object.values(designs.get(node)?.bonds ?? {}).some((bond) => bond.ports.slice(1).includes(port));
  links.forEach((link, index) => {
    const [a, b] = [link.ends[0].node, link.ends[1].node];
    const [first, second] = [indices.get(a), indices.get(b)];
    if (first === undefined || second === undefined || breaksLoops(a) || breaksLoops(b)) return;
    if (link.ends.some(({ node, port }) => isBundled(node, port))) return;
    if (joined.connected(first, second)) {
      problems.warning(
        ['links', index],
        'lab/loop',
        `the link between ${a} and ${b} closes a loop of switches without spanning tree: the first broadcast circles in it for ever and ends the run. Write  spanningTree: rstp`,
      );
    }
    joined.union(first, second);
  });
}
