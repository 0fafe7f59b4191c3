import type { Explanation } from '../explanation.js';
import { freeBsd, openBsd, smallCarpLab, ucarp } from './small-carp-lab.js';
import { TWO_NICS } from './two-nics.js';

export const CARP_SKEWS: readonly Explanation[] = [
  {
    code: 'carp/equal-skew',
    rule: 'nodes of one vhid should not have the same advskew',
    why: 'ip_carp.c carp_input_c: a master yields to an advert that equals its own, whatever its address; ucarp carp.c packethandler: the lower source address stays. An older OPNsense left a skew of 0 as it was when it synchronised, where it should have added 100',
    lab: smallCarpLab({ name: 'carp/equal-skew', nodes: { n1: openBsd(), n2: openBsd() } }),
    shows:
      'both boot at once, both are master at 3.0 s, both hear the other 0.1 ms later and yield, and again every 3.0001 s: .100 has an owner for 0.1 ms at a time. Real clocks are not so equal: it ends when one is master before the other by more than an advert travels',
    cures: [{ cure: 'two skews, 100 apart', price: 'none: failover to the second takes 0.39 s more' }],
  },
  {
    code: 'carp/skew-capped',
    rule: 'skews of FreeBSD should be below 240',
    why: 'ip_carp.c DEMOTE_ADVSKEW and CARP_MAXSKEW: what is advertised is the skew and the demotion, 240 at most; a node that is demoted because a NIC failed advertises 240 too',
    lab: smallCarpLab({
      name: 'carp/skew-capped',
      nodes: { n1: freeBsd({ advskew: 250 }), n2: freeBsd({ advskew: 254 }) },
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '20s', do: 'power-on', node: 'n1' },
      ],
    }),
    shows:
      'n1 has the better skew and preempts, but when it comes back at 20 s it hears 240 for its own 240: n2 stays master',
    cures: [{ cure: 'skews below 240 (0 and 100)', price: 'none' }],
  },
  {
    code: 'carp/mixed-byte-order',
    rule: 'ucarps with the same skew must be on machines of one byte order',
    why: 'ucarp carp.c packethandler compares the addresses of equals as words of the machine: with Intel and ARM the last octet counts most, with big-endian machines the first',
    lab: smallCarpLab({
      name: 'carp/mixed-byte-order',
      nodes: {
        n1: ucarp({ vip: '10.0.0.100', byteOrder: 'big' }),
        n2: ucarp({ vip: '10.0.0.100' }),
      },
      addresses: ['10.0.0.2/16', '10.0.1.1/16'],
      clients: ['10.0.0.50/16'],
      asks: ['10.0.0.100'],
    }),
    shows:
      'n1 (10.0.0.2) and n2 (10.0.1.1) each find their own address the lower one: both are master from 3.0 s to the end',
    cures: [{ cure: 'two skews', price: 'none: addresses are compared for equal skews only' }],
  },
  {
    code: 'carp/preempt-differs',
    rule: 'preempt should be the same on all nodes',
    why: 'ip_carp.c carp_input_c: net.inet.carp.preempt (ucarp -P) counts where it is set, and only the better node has anybody to preempt. On FreeBSD the backup needs it too, to take over from a demoted master',
    lab: smallCarpLab({
      name: 'carp/preempt-differs',
      nodes: { n1: openBsd({ preempt: false }), n2: openBsd({ advskew: 100 }) },
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '20s', do: 'power-on', node: 'n1' },
      ],
    }),
    shows:
      'n1 comes back at 20 s and stays a backup: the preempt of n2 has no effect, since n2 is the worse one',
    cures: [
      { cure: 'preempt 1 in all', price: 'the address moves back each time that the better node returns' },
      { cure: 'preempt 0 in all', price: 'on FreeBSD vhids of several NICs are torn apart by a lost link' },
    ],
  },
  {
    code: 'carp/split-without-preempt',
    rule: 'FreeBSD with vhids on several NICs needs preempt 1',
    why: 'ip_carp.c carp_sc_state and carp_input_c: a lost link adds 240 to the skew of every vhid, and a backup takes over from a worse master only if preempt is set',
    lab: TWO_NICS,
    shows:
      'em0 of n1 is unplugged at 10 s. n2 takes 192.168.1.100 over, n1 keeps 10.0.0.100 with skew 240: what comes in at one host would have to leave by the other',
    cures: [
      { cure: 'net.inet.carp.preempt=1 in all', price: 'both addresses move back when n1 is well again' },
    ],
  },
];
