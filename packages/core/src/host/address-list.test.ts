import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCidr, type Ipv4Address, ipv4Cidr } from '../wire/index.js';
import { deleteAddress, type InterfaceAddress, insertAddress, selectSource } from './address-list.js';
import { eth0, ip, Lan } from './lan.testing.js';

const build = (...cidrs: string[]): readonly InterfaceAddress[] => {
  let list: readonly InterfaceAddress[] = [];
  for (const cidr of cidrs) list = insertAddress(list, ipv4Cidr(cidr)) ?? list;
  return list;
};
const show = (list: readonly InterfaceAddress[] | undefined): string[] =>
  (list ?? []).map((entry) => `${formatCidr(entry)}${entry.isSecondary ? ' secondary' : ''}`);

describe('the addresses of an interface', () => {
  test('the second of a subnet is secondary and goes to the end; a /32 is a primary of its own', () => {
    expect(show(build('10.0.0.2/24', '10.0.0.3/24', '10.1.0.2/24', '10.0.0.100/32'))).toEqual([
      '10.0.0.2/24',
      '10.1.0.2/24',
      '10.0.0.100/32',
      '10.0.0.3/24 secondary',
    ]);
  });

  test('the same address twice is refused, with another prefix it is another entry', () => {
    const list = build('10.0.0.2/24');
    expect(insertAddress(list, ipv4Cidr('10.0.0.2/24'))).toBeNull();
    expect(insertAddress(list, ipv4Cidr('10.0.0.3/24'), { scope: 'link' })).toBeNull();
    expect(show(insertAddress(list, ipv4Cidr('10.0.0.2/32')) ?? [])).toEqual(['10.0.0.2/24', '10.0.0.2/32']);
  });

  test('a primary takes its secondaries with it, announced first, unless one is promoted', () => {
    const list = build('10.0.0.2/24', '10.0.0.3/24', '10.0.0.4/24', '10.0.0.100/32');
    const gone = deleteAddress(list, ip('10.0.0.2'), null, false);
    expect(show(gone?.removed)).toEqual(['10.0.0.3/24 secondary', '10.0.0.4/24 secondary', '10.0.0.2/24']);
    expect(show(gone?.list)).toEqual(['10.0.0.100/32']);
    const promoted = deleteAddress(list, ip('10.0.0.2'), 24, true);
    expect(show(promoted?.list)).toEqual(['10.0.0.100/32', '10.0.0.3/24', '10.0.0.4/24 secondary']);
    expect(deleteAddress(list, ip('10.0.0.9'), null, false)).toBeNull();
    expect(deleteAddress(list, ip('10.0.0.2'), 32, false)).toBeNull();
  });

  test('the source towards a neighbour is the primary of its subnet, else the first primary', () => {
    const list = build('10.0.0.2/24', '10.0.0.3/24', '10.1.0.2/24');
    expect(selectSource(list, ip('10.1.0.9'))).toBe(ip('10.1.0.2'));
    expect(selectSource(list, ip('99.0.0.1'))).toBe(ip('10.0.0.2'));
    expect(selectSource([], ip('99.0.0.1'))).toBe(0);
  });

  test('whatever is added and deleted: no duplicates, and each secondary has a primary', () => {
    const address = fc.integer({ min: 1, max: 12 }).map((last) => (0x0a00_0000 + last) as Ipv4Address);
    const step = fc.record({
      add: fc.boolean(),
      address,
      prefixLength: fc.constantFrom(24, 30, 32),
      promote: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let list: readonly InterfaceAddress[] = [];
        for (const { add, address, prefixLength, promote } of steps) {
          list =
            (add
              ? insertAddress(list, { address, prefixLength })
              : deleteAddress(list, address, prefixLength, promote)?.list) ?? list;
          expect(new Set(list.map(formatCidr)).size).toBe(list.length);
          const subnet = (entry: InterfaceAddress): string =>
            `${entry.address >>> (32 - entry.prefixLength)}/${entry.prefixLength}`;
          const primaries = list.filter((entry) => !entry.isSecondary).map(subnet);
          expect(new Set(primaries).size).toBe(primaries.length);
          for (const entry of list) if (entry.isSecondary) expect(primaries).toContain(subnet(entry));
        }
      }),
    );
  });

  test('on a host: events, ownership, routes and the source follow', () => {
    const lan = new Lan();
    const host = lan.host('a', 2, [['10.0.0.2/24', '10.0.0.3/24']]);
    expect(host.addAddress(eth0(host), ipv4Cidr('10.0.0.100/32'))).toBe(true);
    expect(host.addAddress(eth0(host), ipv4Cidr('10.0.0.100/32'))).toBe(false);
    expect(host.owns(ip('10.0.0.100'))).toBe(true);
    expect(host.routeTo(ip('10.0.0.50'), null)?.source).toBe(ip('10.0.0.2'));
    expect(host.removeAddress(eth0(host), ip('10.0.0.2'))).toBe(true);
    expect(host.owns(ip('10.0.0.3'))).toBe(false);
    expect(host.ownerInterface(ip('10.0.0.100'))).toBe(eth0(host));
    expect(host.routeTo(ip('10.0.0.50'), null)).toBeNull();
    expect(lan.trace.filter('address.removed').map((event) => event.address)).toEqual([
      '10.0.0.3',
      '10.0.0.2',
    ]);
    expect(lan.trace.events.filter((event) => event.name === 'arp.announced')).toEqual([]);
  });
});
