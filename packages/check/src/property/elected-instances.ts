import type { IpAddress, Network } from '@viplab/core';
import { Ucarp } from '@viplab/core/network';

/** An instance of an election on a node, as it is now: of keepalived, of CARP in the kernel, or a ucarp. */
export interface ElectedInstance {
  readonly name: string;
  readonly state: string;
  readonly addresses: readonly IpAddress[];
  /** VRRP: its configured priority, the higher the better. CARP: its advskew, the lower the better. */
  readonly configured: number;
  /** The same, as tracking or demotion makes it. */
  readonly effective: number;
  /** Whether the higher number is the better one. */
  readonly isHigherBetter: boolean;
  /** Whether it takes part: its machine runs, and so does what it is an instance of. */
  readonly takesPart: boolean;
}

/** The instances of a node, keepalived's first. */
export function instancesOn(network: Network, node: string): ElectedInstance[] {
  const host = network.host(node);
  const daemon = network.keepaliveds.get(node);
  const { isRunning } = host;
  const vrrp = (daemon?.instances ?? []).map(
    ({ config, addresses, machine }): ElectedInstance => ({
      name: config.name,
      state: machine.state.state,
      addresses: addresses.map(({ address }) => address),
      configured: config.basePriority,
      effective: machine.state.effectivePriority,
      isHigherBetter: true,
      takesPart: isRunning && daemon?.isRunning === true && !daemon.domain.isFrozen,
    }),
  );
  const kernel = (host.carp?.machines ?? []).map(
    ({ name, state, node: { advskew }, iface, config: { vrrp: version3 } }): ElectedInstance => ({
      name,
      state,
      addresses: iface.addresses.map(({ address }) => address),
      configured: version3?.priority ?? advskew,
      effective: version3?.priority ?? iface.carp.effectiveSkew(advskew),
      isHigherBetter: version3 !== null,
      takesPart: isRunning && state !== 'INIT',
    }),
  );
  const programs = [...(network.programs.get(node)?.values() ?? [])];
  const processes = programs.flatMap((program): ElectedInstance[] =>
    program instanceof Ucarp
      ? [
          {
            name: program.name,
            state: program.mode,
            addresses: [program.config.address],
            configured: program.config.advskew,
            effective: program.config.advskew,
            isHigherBetter: false,
            takesPart: isRunning && program.isRunning && !program.domain.isFrozen,
          },
        ]
      : [],
  );
  return [...vrrp, ...kernel, ...processes];
}
