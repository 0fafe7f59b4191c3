import { type Engine, SECOND, type Table, table, u32, window } from '../engine/index.js';
import { type ArpPacket, type Ipv4Address, type MacAddress, UNSPECIFIED_IPV4 } from '../wire/index.js';
import type { ArpInspectionOptions } from './switch-options.js';

/** Key: port. How many ARP packets have come in since the window was opened. */
const ArpRates = table('arp-rates', { packets: u32, counting: window });

const DEFAULT_RATE = 15; // Cisco IOS, `ip arp inspection limit`: packets per second on untrusted ports
const BURST_INTERVAL = SECOND; // the same command's default

/** What becomes of an ARP packet. */
export type InspectionVerdict = 'admit' | 'drop' | 'shut';

/**
 * Dynamic ARP inspection as Cisco has it: on ports that are not trusted, the sender of an ARP packet must be one that is
 * known (from DHCP, or from a list), else the packet is dropped, gratuitous ones of a failover too. And a port that
 * sends more than its rate is shut.
 */
export class ArpInspection {
  private readonly rates: Table<typeof ArpRates.fields>;
  private readonly known: ReadonlySet<string>;
  private readonly rate: number;

  constructor(
    engine: Engine,
    switchName: string,
    ports: number,
    { bindings, rate = DEFAULT_RATE }: ArpInspectionOptions,
  ) {
    this.rates = engine.table(`${switchName}/arp-rates`, ArpRates, engine.world);
    for (let port = 0; port < ports; port++) this.rates.insert(port);
    this.known = new Set(bindings.map(({ ip, mac }) => keyOf(ip, mac)));
    this.rate = rate;
  }

  /** Judges a packet that has come in at a port that is not trusted. */
  judge(port: number, packet: ArpPacket): InspectionVerdict {
    if (this.isTooFast(port)) return 'shut';
    // A probe says nothing of its sender (RFC 5227 §1.1).
    if (packet.senderIp === UNSPECIFIED_IPV4) return 'admit';
    return this.known.has(keyOf(packet.senderIp, packet.senderMac)) ? 'admit' : 'drop';
  }

  /** Whether this packet is one more than the port may send. */
  private isTooFast(port: number): boolean {
    const { rates } = this;
    const row = rates.find(port);
    if (!rates.windows.counting.isOpen(row)) {
      rates.columns.packets[row] = 0;
      rates.windows.counting.open(row, BURST_INTERVAL);
    }
    const packets = (rates.columns.packets[row] as number) + 1;
    rates.columns.packets[row] = packets;
    return packets > this.rate;
  }

  /** A port has gone down: it counts from the beginning. */
  forgetPort(port: number): void {
    const row = this.rates.find(port);
    this.rates.columns.packets[row] = 0;
    this.rates.windows.counting.close(row);
  }
}

const keyOf = (ip: Ipv4Address, mac: MacAddress): string => `${ip} ${mac}`;
