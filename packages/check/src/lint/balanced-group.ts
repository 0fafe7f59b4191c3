import { type CarpRouter, isBalanced, type KernelRouter, sharesVip } from './carp-router.js';
import { gather } from './cluster.js';

/** One node's part in a load that several share: the leader of its list, which speaks for the others. */
export interface Share {
  readonly leader: KernelRouter;
  /** All its virtual hosts, in order of vhid. */
  readonly nodes: readonly KernelRouter[];
}

/** Nodes that share addresses, of which one at least balances: at least two. */
export function balancedGroupsOf(routers: readonly CarpRouter[]): (readonly Share[])[] {
  const kernels = routers.filter((router): router is KernelRouter => router.kind === 'kernel');
  const leaders = kernels.filter(({ iface, vhid }) => iface.nodes[0]?.vhid === vhid);
  const groups = gather(
    leaders,
    (one, other) => one.node !== other.node && one.segment === other.segment && sharesVip(one, other),
  );
  return groups
    .filter((group) => group.length > 1 && group.some(isBalanced))
    .map((group) =>
      group.map((leader) => ({
        leader,
        nodes: kernels.filter(({ node, iface }) => node === leader.node && iface === leader.iface),
      })),
    );
}
