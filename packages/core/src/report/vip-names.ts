/**
 * How a text calls VIPs: in full the first time, then by the last number alone, where that is not ambiguous.
 */
export class VipNames {
  private readonly shortNames = new Map<string, string>();

  constructor(addresses: readonly string[]) {
    for (const address of addresses) {
      const short = lastPart(address);
      const isAmbiguous = addresses.some((other) => other !== address && lastPart(other) === short);
      this.shortNames.set(address, isAmbiguous ? address : short);
    }
  }

  /** `.100`; an address that is no VIP of the run stays as it is. */
  short(address: string): string {
    return this.shortNames.get(address) ?? address;
  }
}

function lastPart(address: string): string {
  const dot = address.lastIndexOf('.');
  return dot < 0 ? address : address.slice(dot);
}
