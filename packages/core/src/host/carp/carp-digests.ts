import { carpDigest, type IpCidr } from '../../wire/index.js';
import type { CarpInterface } from './carp-interface.js';
import type { CarpMachine } from './carp-machine.js';

/** More adverts with counters of their own than a LAN has OpenBSD machines. */
const MOST_KNOWN = 64;

/**
 * The digests of one CARP interface, each worked out once: OpenBSD's adverts have the same one as long as the addresses
 * stay, its own and those that it hears.
 */
export class CarpDigests {
  /** Derived: by vhid, counter and addresses. */
  private readonly known = new Map<string, Uint8Array>();
  /** The list that {@link known} is of. */
  private knownFor: readonly IpCidr[] | null = null;

  constructor(private readonly iface: CarpInterface) {}

  /** @param withLinkLocal - over IPv6 link-local addresses too, which OpenBSD leaves out */
  of(machine: CarpMachine, counterHigh: number, counterLow: number, withLinkLocal: boolean): Uint8Array {
    const { iface, known } = this;
    const { vhid } = machine;
    if (this.knownFor !== iface.addresses || known.size >= MOST_KNOWN) {
      known.clear();
      this.knownFor = iface.addresses;
    }
    const key = `${vhid} ${counterHigh} ${counterLow} ${withLinkLocal}`;
    let digest = known.get(key);
    if (digest === undefined) {
      digest = carpDigest({
        password: iface.config.password,
        vhid,
        addresses: iface.digestedAddresses(withLinkLocal),
        counterHigh,
        counterLow,
        ...iface.digestedMac(machine),
      });
      known.set(key, digest);
    }
    return digest;
  }
}
