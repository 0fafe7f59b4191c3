import type { Explanation } from '../explanation.js';
import { freeBsd, openBsd, type SmallNode, smallCarpLab, ucarp } from './small-carp-lab.js';

const startingAt =
  (start: '5s' | '22s', make: SmallNode): SmallNode =>
  (node, address) => ({ ...make(node, address), start });

/** Timers as the kernel's clock lets them be. */
const ticking =
  (make: SmallNode): SmallNode =>
  (node, address) => {
    const host = make(node, address);
    return typeof host.carp === 'object' ? { ...host, carp: { ...host.carp, timers: 'ticks' } } : host;
  };

/** No IPv6 adverts get in. */
const deafToIpv6 =
  (make: SmallNode): SmallNode =>
  (node, address) => ({
    ...make(node, address),
    drop: [{ direction: 'in', protocol: 'vrrp', destination: 'ff02::12' }],
  });

const withIpv6 =
  (make: SmallNode): SmallNode =>
  (node, address) => ({
    ...make(node, address),
    interfaces: { em0: { address: [address, '2001:db8::11/64'] } },
  });

const DUAL = ['192.168.1.100/24', '2001:db8::100/64'];

export const CARP_TIMING: readonly Explanation[] = [
  {
    code: 'carp/no-lost-advert',
    rule: 'a backup should survive a lost advert of every possible master',
    why: 'ip_carp.c carp_setrun: a backup waits for 3 advbase and its skew once, a master advertises every advbase and its skew: with skews of 128 and more two intervals of the worse node are longer than the better one waits',
    lab: smallCarpLab({
      name: 'carp/no-lost-advert',
      nodes: {
        n1: startingAt('5s', openBsd({ preempt: false })),
        n2: openBsd({ advskew: 200, preempt: false }),
      },
      schedule: [
        { at: '15s', do: 'one-way-loss', from: 'n2', to: 'n1' },
        { at: '16.7s', do: 'heal' },
      ],
    }),
    shows:
      'n1 comes back and stays a backup, since preempt is off. One advert of n2 is lost, and n1 is master 3.00 s after the last that it heard',
    cures: [
      { cure: 'skews below 128', price: 'none' },
      { cure: 'preempt in both', price: 'the better node takes the address back whenever it returns' },
    ],
  },
  {
    code: 'carp/master-times-out',
    rule: 'advbase should be the same on all nodes',
    why: 'ip_carp.c carp_input_c: a backup that waits for less than the interval of the master it hears takes over at once, preempt or not, since it would only time out',
    lab: smallCarpLab({
      name: 'carp/master-times-out',
      nodes: {
        n1: startingAt('22s', openBsd({ preempt: false })),
        n2: openBsd({ advbase: 4, preempt: false }),
      },
      duration: '40s',
    }),
    shows:
      'n2 is master from 12 s. n1 boots at 22 s and takes over at 24 s, with the first advert that it hears, though preempt is off in both',
    cures: [{ cure: 'the same advbase in all', price: 'none; failover takes three of them and the skew' }],
  },
  {
    code: 'carp/interval-below-tick',
    rule: 'with advbase 0 the second node of OpenBSD needs a skew above 1',
    why: 'OpenBSD timeout_add_tv counts in ticks of 10 ms, rounded down, one at least: 3.9 ms between adverts and 11.7 ms to wait are both one tick',
    lab: smallCarpLab({
      name: 'carp/interval-below-tick',
      nodes: {
        n1: ticking(openBsd({ advbase: 0 })),
        n2: ticking(openBsd({ advbase: 0, advskew: 1 })),
      },
      duration: '2s',
    }),
    shows: 'n2 becomes master beside a healthy n1 and yields, many times a second',
    cures: [{ cure: 'advskew 10 in the second', price: 'none: it takes over after 0.12 s' }],
  },
  {
    code: 'carp/vrrp-crossed',
    rule: 'with carpver 3 the higher priority should not have the longer interval',
    why: 'FreeBSD ip_carp.c vrrp_input_c: both the priority and the interval decide, so of two nodes each can be the better one. RFC 5798 §6.4 knows the priority only',
    lab: smallCarpLab({
      name: 'carp/vrrp-crossed',
      nodes: {
        n1: freeBsd({ system: 'freebsd', words: 'carpver 3 vrrpprio 200 vrrpinterval 100' }),
        n2: freeBsd({ system: 'freebsd', words: 'carpver 3 vrrpprio 100 vrrpinterval 50' }),
      },
    }),
    shows:
      'n1 and n2 preempt each other with each advert: the owner changes several times in 1.5 s, for ever',
    cures: [{ cure: 'the same vrrpinterval in all', price: 'none' }],
  },
  {
    code: 'carp/dual-stack',
    rule: 'a vhid with addresses of both families needs both to get through',
    why: 'ip_carp.c carp_setrun: each family has a timer of its own, and either makes the vhid master; an advert of the other family makes it yield again',
    lab: smallCarpLab({
      name: 'carp/dual-stack',
      nodes: {
        n1: withIpv6(openBsd({ vips: DUAL })),
        n2: deafToIpv6(openBsd({ advskew: 100, vips: DUAL })),
      },
    }),
    shows:
      'a packet filter of n2 drops the IPv6 adverts. n2 becomes master 3.39 s after it has yielded, and yields at the next IPv4 advert: every 4 s, for 0.61 s each time',
    cures: [{ cure: 'a vhid for each family', price: 'they may have different masters' }],
  },
  {
    code: 'carp/no-script',
    rule: 'ucarp needs a script that adds the address and one that removes it',
    why: 'ucarp carp.c carp_set_state: it advertises, runs scripts and sends gratuitous ARP; addresses are left to the scripts',
    lab: smallCarpLab({
      name: 'carp/no-script',
      nodes: { n1: ucarp(), n2: ucarp({ advskew: 100, down: false }) },
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '20s', do: 'power-on', node: 'n1' },
      ],
    }),
    shows: 'n1 returns at 20 s and preempts, n2 yields and keeps the address: two owners until the end',
    cures: [{ cure: '-u and -d with scripts that have ip addr add and del $2/24 dev $1', price: 'none' }],
  },
  {
    code: 'carp/ucarp-late',
    rule: 'the skew of ucarp counts with every interval that it waits',
    why: 'ucarp carp.c docarp: a backup looks at the clock when poll returns, which is once in advbase and skew, so it takes over after three of those and not after 3 advbase and one skew',
    lab: smallCarpLab({
      name: 'carp/ucarp-late',
      nodes: { n1: ucarp(), n2: ucarp({ advskew: 200 }) },
      schedule: [{ at: '10.5s', do: 'power-off', node: 'n1' }],
    }),
    shows:
      'n1 dies, and n2 is master 6.33 s after its last advert, not 3.78 s: it waits three times 1.78 s, and has read that advert a second late, since libpcap hands packets over in blocks',
    cures: [{ cure: 'a skew of 100 or less', price: 'none: order is all that it is for' }],
  },
];
