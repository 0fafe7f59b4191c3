import { describe, expect, test } from 'vitest';
import { ipv4Cidr } from '../wire/index.js';
import { eth0, ip, Lan } from './lan.testing.js';

const build = () => {
  const lan = new Lan();
  const host = lan.host(
    'a',
    2,
    ['10.0.0.2/24', '10.1.0.2/24'],
    {},
    {
      routes: [
        { destination: ipv4Cidr('0.0.0.0/0'), via: ip('10.0.0.254') },
        { destination: ipv4Cidr('10.9.0.0/16'), via: ip('10.1.0.254'), metric: 10 },
        { destination: ipv4Cidr('10.9.0.0/16'), via: ip('10.0.0.253'), metric: 20 },
        { destination: ipv4Cidr('10.9.9.0/24'), type: 'blackhole' },
      ],
    },
  );
  for (const face of host.interfaces) lan.tap(face);
  const where = (address: string): string | null => {
    const path = host.routeTo(ip(address), null);
    return path === null
      ? null
      : `${path.interface.name} ${path.nextHop === ip(address) ? 'direct' : path.nextHop & 0xff}`;
  };
  return { lan, host, where };
};

describe('the route table', () => {
  test('longest prefix, then lowest metric', () => {
    const { where, host } = build();
    expect(where('10.0.0.9')).toBe('eth0 direct');
    expect(where('10.1.0.9')).toBe('eth1 direct');
    expect(where('10.9.1.1')).toBe('eth1 254');
    expect(where('10.9.9.1')).toBeNull();
    expect(where('8.8.8.8')).toBe('eth0 254');
    expect(host.nextHopTowards(ip('8.8.8.8'))).toEqual({
      interface: eth0(host),
      gateway: ip('10.0.0.254'),
      source: ip('10.0.0.2'),
    });
    expect(host.nextHopTowards(ip('10.0.0.2'))).toBeNull();
  });

  test('an interface that is set down takes its routes with it, static ones for good', () => {
    const { host, where } = build();
    host.interface('eth1')?.setUp(false);
    expect(where('10.1.0.9')).toBe('eth0 254');
    expect(where('10.9.1.1')).toBe('eth0 253');
    host.interface('eth1')?.setUp(true);
    expect(where('10.1.0.9')).toBe('eth1 direct');
    expect(where('10.9.1.1')).toBe('eth0 253');
    expect(host.owns(ip('10.1.0.2'))).toBe(true);
  });

  test('without carrier a route is used all the same, unless ignore_routes_with_linkdown', () => {
    const { lan, host, where } = build();
    lan.links[1]?.unplug();
    expect(where('10.1.0.9')).toBe('eth1 direct');
    host.interface('eth1')?.setSysctl('ignore_routes_with_linkdown', 1);
    expect(where('10.1.0.9')).toBe('eth0 254');
  });

  test('routes come and go at run time', () => {
    const { host, where } = build();
    expect(host.addRoute({ destination: ipv4Cidr('10.9.1.0/24'), via: ip('10.0.0.7') })).toBe(true);
    expect(host.addRoute({ destination: ipv4Cidr('10.9.1.0/24'), via: ip('10.0.0.8') })).toBe(false);
    expect(
      host.addRoute({ destination: ipv4Cidr('10.8.0.0/24'), via: ip('99.0.0.1'), interface: 'eth0' }),
    ).toBe(true);
    expect(where('10.9.1.1')).toBe('eth0 7');
    expect(host.removeRoute(ipv4Cidr('10.9.1.0/24'))).toBe(true);
    expect(where('10.9.1.1')).toBe('eth1 254');
    expect(host.removeRoute(ipv4Cidr('10.9.1.0/24'))).toBe(false);
  });

  test('a socket sends from its own or from the routed source, never from a stranger', () => {
    const { host } = build();
    const raw = { kind: 'raw', bytes: Uint8Array.of(1) } as const;
    expect(
      host.send({ destination: ip('10.0.0.9'), source: ip('10.1.0.2'), protocol: 200, payload: raw }),
    ).toBe('sent');
    expect(
      host.send({ destination: ip('10.0.0.9'), source: ip('10.1.0.3'), protocol: 200, payload: raw }),
    ).toBe('unreachable');
    expect(
      host.send({
        destination: ip('10.0.0.9'),
        source: ip('10.1.0.3'),
        protocol: 200,
        payload: raw,
        headerIncluded: true,
      }),
    ).toBe('sent');
  });
});
