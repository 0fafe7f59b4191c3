/** The same pair over IPv4 and over IPv6: the machine is one, so are the answers. */
import { defineLab, type HostDesign, type Lab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { oneFaultAndRepair } from '../campaign/ready-made.js';
import { prove } from '../prove.js';

const conf = (vip: string, priority: number, extra: string): string => `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        ${vip}
    }
    ${extra}
}
`;

/** Two nodes of priorities 150 and 100, 100 µs a cable, and a client that the VIP is judged by. */
function pair(
  vip: string,
  addressOf: (place: number) => NonNullable<HostDesign['address']>,
  extraOf: (place: number) => string = () => '',
  sysctl: NonNullable<HostDesign['sysctl']> = {},
): Lab {
  const node = (place: number, priority: number): HostDesign => ({
    address: addressOf(place),
    keepalived: { conf: conf(vip, priority, extraOf(place)), ready: '0s' },
    sysctl,
  });
  const [address = ''] = vip.split('/');
  const target = address.includes(':') ? `[${address}]` : address;
  return defineLab({
    name: 'pair',
    nodes: {
      sw1: { kind: 'switch' },
      n1: node(11, 150),
      n2: node(12, 100),
      c1: { address: addressOf(50), client: { connect: `${target}:8080` } },
    },
    links: ['n1', 'n2', 'c1'].map((name) => ({ between: [`${name}:eth0`, 'sw1'] as const, delay: '100us' })),
  });
}

const ipv4 = pair('192.168.1.100/24', (place) => `192.168.1.${place}/24`);
const ipv6 = pair('2001:db8:1::100/64', (place) => `2001:db8:1::${place}/64`);

const worstOf = ({ worst }: Awaited<ReturnType<typeof prove>>) =>
  worst.map(({ what, phase, lasted, isStrict }) => ({ what, phase, lasted, isStrict }));

describe('an IPv6 pair', () => {
  test('is proved within the same bounds and with the same worst cases as the pair over IPv4', async () => {
    // From a boot on, so that duplicate address detection has its part.
    const causes = oneFaultAndRepair({ startWithin: '4s' });
    const [one, other] = [await prove(ipv4, { causes }), await prove(ipv6, { causes })];
    expect([one.word, other.word]).toEqual(['proved', 'proved']);
    expect(other.exploration).toMatchObject({ method: 'symbolic', isClosed: true, deadEnds: 0 });
    expect(other.bounds).toEqual(one.bounds);
    expect(worstOf(other)).toEqual(worstOf(one));
    expect(
      worstOf(other).find(({ what, phase }) => what === 'headless' && phase === 'settled'),
    ).toMatchObject({
      lasted: 3_609_575_000,
    });
    // The link-local address, which may be used 1 to 2 s after a boot, is all that is more.
    expect(other.exploration.states).toBeLessThan(3 * one.exploration.states);
  });

  test('breaks when multicast is lost at the switch, as over IPv4, and adverts to the peer alone cure it', async () => {
    const causes = oneFaultAndRepair({ of: ['drop-multicast'] });
    const verdict = await prove(ipv6, { causes });
    expect(verdict.word).toBe('broken');
    const [first] = verdict.counterexamples;
    expect(first).toMatchObject({ property: 'single-owner', address: '2001:db8:1::100' });
    if (first !== undefined)
      expect(defineLab(first.design).run({ seed: first.seed }).report.verdict.words).toContain('dual');
    const cured = pair(
      '2001:db8:1::100/64',
      (place) => [`2001:db8:1::${place}/64`, `fe80::${place}/64`],
      (place) => `unicast_src_ip fe80::${place}\n unicast_peer {\n fe80::${23 - place}\n }`,
    );
    const after = await prove(cured, { causes });
    expect(after.counterexamples).toEqual([]);
    expect(after.exploration.isClosed).toBe(true);
  });

  const byHand = (place: number, link: string): string[] => [`2001:db8:1::${place}/64`, `${link}/64`];
  const causes = oneFaultAndRepair({ of: ['power-off'], startWithin: '4s' });

  test('with link-local addresses given by hand alone is proved too', async () => {
    const given = pair('2001:db8:1::100/64', (place) => byHand(place, `fe80::${place}`), undefined, {
      addr_gen_mode: 1,
    });
    expect((await prove(given, { causes })).word).toBe('proved');
  });

  test('of which one node has the link-local address of somebody else breaks: it may never use it', async () => {
    // The client has had fe80::11 before, and defends it.
    const twin = (place: number): string[] => byHand(place, place === 50 ? 'fe80::11' : `fe80::${place}`);
    const twins = pair('2001:db8:1::100/64', twin, undefined, { addr_gen_mode: 1 });
    const verdict = await prove(twins, { causes });
    expect(verdict.word).toBe('broken');
    expect(verdict.counterexamples[0]?.property).toBe('not-headless');
  });
});

test('IPv6 addresses that no daemon speaks of add no state', async () => {
  const both = pair('192.168.1.100/24', (place) => [`192.168.1.${place}/24`, `2001:db8:1::${place}/64`]);
  const [one, other] = [await prove(ipv4), await prove(both)];
  expect(other.word).toBe('proved');
  expect(other.exploration.states).toBe(one.exploration.states);
});
