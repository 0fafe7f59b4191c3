import { defineLab, type HostDesign, type Lab, type LabPlan } from '@viplab/core';

/**
 * The lab with the addresses of nodes that may tie the other way round, where these addresses were inferred: a tie of
 * priorities goes to the higher address (RFC 5798 §6.4.3), and nobody has said whose that is.
 *
 * @returns null where the order is known or cannot decide
 */
export function otherOrderOf(lab: Lab): Lab | null {
  const { design, plan } = lab;
  if (!plan.inferred.some(({ what }) => what === 'nodes' || what.endsWith('.address'))) return null;
  const tied = tiedNodes(plan).flatMap((name) => {
    const node = design.nodes[name];
    const place =
      node === undefined || node.kind === 'switch' ? undefined : addressOf(node, interfaceOf(plan, name));
    return node === undefined || node.kind === 'switch' || place === undefined ? [] : [{ name, node, place }];
  });
  if (tied.length < 2) return null;
  // Peers are named by address: whoever wrote them knows the addresses.
  if (tied.some(({ name }) => instancesOf(plan, name).some(({ unicast }) => unicast))) return null;
  // Of both families all at once; where one node is in more subnets than another, they are not each other's.
  if (new Set(tied.map(({ place }) => place.length)).size > 1) return null;
  const addresses = tied.map(({ place }) => place).reverse();
  const swapped = tied.map(({ name, node }, index) => [
    name,
    withAddress(node, interfaceOf(plan, name), addresses[index] ?? []),
  ]);
  return defineLab({ ...design, nodes: { ...design.nodes, ...Object.fromEntries(swapped) } });
}

const instancesOf = (plan: LabPlan, name: string) =>
  plan.hosts.find((host) => host.name === name)?.keepalived?.config.instances ?? [];

/** The interface by which a node advertises; the first instance decides. */
const interfaceOf = (plan: LabPlan, name: string): string => instancesOf(plan, name)[0]?.interface ?? '';

/** The addresses of a node there, however they are written; undefined where it has none. */
function addressOf({ address, interfaces }: HostDesign, iface: string): readonly string[] | undefined {
  const written = interfaces === undefined ? address : interfaces[iface]?.address;
  return typeof written === 'string' ? [written] : written;
}

function withAddress(node: HostDesign, iface: string, addresses: readonly string[]): HostDesign {
  const address = addresses.length === 1 ? (addresses[0] ?? '') : addresses;
  return node.interfaces === undefined
    ? { ...node, address }
    : { ...node, interfaces: { ...node.interfaces, [iface]: { ...node.interfaces[iface], address } } };
}

/** Nodes whose priorities for a VIP are equal, or can become so by what they track. */
function tiedNodes(plan: LabPlan): string[] {
  const tied = new Set<string>();
  for (const vip of plan.vips) {
    // CARP goes by no address in a kernel, and ucarp's source is in its command.
    const holders = vip.holders.filter(({ node }) => instancesOf(plan, node).length > 0);
    for (const one of holders) {
      const canTie = (other: (typeof holders)[number]): boolean =>
        other.node !== one.node &&
        (other.priority === one.priority || [one, other].some(({ node }) => isTracking(plan, node)));
      if (holders.some(canTie)) tied.add(one.node);
    }
  }
  return plan.hosts.map(({ name }) => name).filter((name) => tied.has(name));
}

const isTracking = (plan: LabPlan, node: string): boolean =>
  instancesOf(plan, node).some(({ trackScripts, trackFiles, trackProcesses, trackInterfaces }) =>
    [trackScripts, trackFiles, trackProcesses, trackInterfaces].some((list) =>
      list.some(({ weight }) => weight !== 0),
    ),
  );
