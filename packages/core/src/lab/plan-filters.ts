import { tryParseIpCidr } from '../wire/index.js';
import type { FilterDesign } from './design.js';
import type { Problems } from './design-problem.js';

/** IP protocols by the names that a filter may use. */
export const FILTER_PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  vrrp: 112,
};

const NAMES = ['arp', ...Object.keys(FILTER_PROTOCOLS)];
const LARGEST_PROTOCOL = 255;
const LARGEST_PORT = 65_535;

/** Complains of a packet filter that cannot be what its author meant: an unread part would match everything. */
export function checkFilters(
  rules: readonly FilterDesign[],
  interfaces: readonly string[],
  path: readonly (string | number)[],
  problems: Problems,
): void {
  rules.forEach((rule, index) => {
    const at = [...path, index];
    const { protocol, port } = rule;
    if (typeof protocol === 'string' && !NAMES.includes(protocol))
      problems.unknownName([...at, 'protocol'], 'lab/unknown-protocol', 'drop', protocol, NAMES);
    if (typeof protocol === 'number' && !isWhole(protocol, LARGEST_PROTOCOL))
      problems.error([...at, 'protocol'], 'lab/bad-filter', `protocol ${protocol} is not within 0..255`);
    if (port !== undefined && !isWhole(port, LARGEST_PORT))
      problems.error([...at, 'port'], 'lab/bad-filter', `port ${port} is not within 0..65535`);
    for (const key of ['source', 'destination'] as const) {
      const text = rule[key];
      if (text !== undefined && tryParseIpCidr(text) === undefined)
        problems.error([...at, key], 'lab/bad-address', `'${text}' is not an address such as 192.168.1.0/24`);
    }
    if (rule.interface !== undefined && !interfaces.includes(rule.interface))
      problems.unknownName([...at, 'interface'], 'lab/unknown-interface', 'drop', rule.interface, interfaces);
  });
}

const isWhole = (count: number, largest: number): boolean =>
  Number.isInteger(count) && count >= 0 && count <= largest;
