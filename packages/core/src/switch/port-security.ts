import { type Engine, NO_ROW, type Table, table, u16 } from '../engine/index.js';
import type { MacAddress } from '../wire/index.js';
import type { PortSecurityOptions } from './switch-options.js';

/** Key: address and VLAN. An address that a port has made its own. */
const SecureAddresses = table('secure-addresses', { port: u16 });

/** What becomes of a frame by its source address. */
export type SecurityVerdict = 'admit' | 'drop' | 'report' | 'shut';

const DEFAULT_MAXIMUM = 1; // Cisco IOS, `switchport port-security`

/** A port as far as its security. */
export interface SecuredPort {
  readonly index: number;
  readonly options: { readonly security?: PortSecurityOptions };
}

/**
 * Port security as Cisco has it: a port makes the first addresses its own that it hears, up to a maximum. A frame from
 * another address, or from one that belongs to another secure port of the VLAN, is a violation.
 */
export class PortSecurity {
  private readonly addresses: Table<typeof SecureAddresses.fields>;

  constructor(engine: Engine, switchName: string) {
    this.addresses = engine.table(`${switchName}/secure-addresses`, SecureAddresses, engine.world);
  }

  /** Judges a frame that has come in at a port, and makes its source the port's own where there is room. */
  judge(port: SecuredPort, source: MacAddress, vlan: number): SecurityVerdict {
    const { security } = port.options;
    if (security === undefined) return 'admit';
    const { addresses } = this;
    const row = addresses.find(source, vlan);
    if (row !== NO_ROW && addresses.columns.port[row] === port.index) return 'admit';
    if (row === NO_ROW && this.countOf(port.index) < (security.maximum ?? DEFAULT_MAXIMUM)) {
      const added = addresses.insert(source, vlan);
      addresses.columns.port[added] = port.index;
      return 'admit';
    }
    switch (security.violation ?? 'shutdown') {
      case 'protect':
        return 'drop';
      case 'restrict':
        return 'report';
      case 'shutdown':
        return 'shut';
    }
  }

  private countOf(port: number): number {
    const { addresses } = this;
    return addresses.sortedRows().filter((row) => addresses.columns.port[row] === port).length;
  }

  /** A port has gone down: what it had learned is free again. */
  forgetPort(port: number): void {
    const { addresses } = this;
    for (const row of addresses.sortedRows()) if (addresses.columns.port[row] === port) addresses.delete(row);
  }
}
