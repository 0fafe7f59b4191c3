import type { EthernetFrame } from '../wire/index.js';
import { bondHash } from './bond-hash.js';
import type { BondOptions } from './switch-options.js';
import type { SwitchPort } from './switch-port.js';

interface Bond {
  readonly members: readonly SwitchPort[];
  readonly hash: NonNullable<BondOptions['hash']>;
}

/**
 * Static link aggregation. The first port of a bundle stands for it: addresses are learned there, and spanning tree
 * knows no other. What leaves is sent by one of the members that are up. Nothing is spoken over the cables, so a member
 * that has carrier and passes nothing swallows its share.
 */
export class Bonds {
  /** By the index of a port: its bundle, or null. */
  private readonly bonds: readonly (Bond | null)[];

  /** @throws RangeError naming the bundle for fewer than two ports, or a port that is in two or not there */
  constructor(switchName: string, ports: readonly SwitchPort[], options: readonly BondOptions[]) {
    const bonds: (Bond | null)[] = ports.map(() => null);
    for (const { name, ports: names, hash = 'layer2' } of options) {
      const members = names.map((own) => {
        const port = ports.find((candidate) => candidate.name === own);
        if (port === undefined) throw new RangeError(`${switchName} ${name}: there is no port ${own}`);
        if (bonds[port.index] !== null)
          throw new RangeError(`${switchName} ${name}: ${own} is in two bundles`);
        return port;
      });
      if (new Set(members).size < 2)
        throw new RangeError(`${switchName} ${name}: a bundle has two ports at least`);
      const bond: Bond = { members: members.toSorted((one, other) => one.index - other.index), hash };
      for (const port of members) bonds[port.index] = bond;
    }
    this.bonds = bonds;
  }

  /** Whether there is no bundle at all. */
  get isEmpty(): boolean {
    return this.bonds.every((bond) => bond === null);
  }

  /** The ports of a port's bundle, itself included. */
  membersOf(port: SwitchPort): readonly SwitchPort[] {
    return this.bonds[port.index]?.members ?? [port];
  }

  /** The index of the port that stands for a port's bundle; its own where it is in none. */
  leadOf(index: number): number {
    return this.bonds[index]?.members[0]?.index ?? index;
  }

  /** Whether any cable of a port's bundle is up. */
  isUp(port: SwitchPort): boolean {
    return this.membersOf(port).some((member) => member.isUp);
  }

  /** The port by which a frame leaves that goes to a port's bundle; the port itself where none is up. */
  choose(port: SwitchPort, frame: EthernetFrame): SwitchPort {
    const bond = this.bonds[port.index];
    if (bond === null || bond === undefined) return port;
    const up = bond.members.filter((member) => member.isUp);
    return up.length === 0 ? port : (up[bondHash(bond.hash, frame) % up.length] as SwitchPort);
  }
}
