import type { Explanation } from '../explanation.js';
import { freeBsd, openBsd, smallCarpLab, ucarp } from './small-carp-lab.js';

const BOTH = 'n1 is master at 3.00 s, n2 at 3.39 s: two owners until the end';

export const CARP_AGREEMENT: readonly Explanation[] = [
  {
    code: 'carp/password-mismatch',
    rule: 'all nodes of a vhid need the same password',
    why: 'ip_carp.c carp_hmac_verify: the password is the key of the digest in each advert, and what fails is dropped. 19 characters count (strlcpy into 20 bytes); ucarp refuses longer ones',
    lab: smallCarpLab({
      name: 'carp/password-mismatch',
      nodes: { n1: openBsd(), n2: openBsd({ advskew: 100, pass: 'secreT' }) },
    }),
    shows: `${BOTH}, and switches move the virtual MAC address with each advert of either`,
    cures: [{ cure: 'the same password in all', price: 'none; change it on all nodes at once' }],
  },
  {
    code: 'carp/vip-list-mismatch',
    rule: 'all nodes of a vhid need the same addresses',
    why: 'ip_carp.c carp_hmac_prepare: every address of the vhid is in its digest, of both families in the adverts of both; so a node that has one more is believed by nobody. ucarp has one address in its digest',
    lab: smallCarpLab({
      name: 'carp/vip-list-mismatch',
      nodes: {
        n1: openBsd(),
        n2: openBsd({ advskew: 100, vips: ['192.168.1.100/24', '192.168.1.101/24'] }),
      },
    }),
    shows: BOTH,
    cures: [
      {
        cure: 'the same list in all',
        price:
          'between the first node and the last that gets a new address there are two masters: take the backup first',
      },
      { cure: 'a vhid for each address', price: 'they fail over one by one' },
    ],
  },
  {
    code: 'carp/version-mismatch',
    rule: 'all nodes of a vhid must speak the same protocol',
    why: 'FreeBSD ip_carp.c carp_input: a vhid with carpver 3 drops CARP, and one without it VRRPv3',
    lab: smallCarpLab({
      name: 'carp/version-mismatch',
      nodes: {
        n1: freeBsd({ advskew: 0, system: 'freebsd' }),
        n2: freeBsd({ system: 'freebsd', words: 'carpver 3 vrrpprio 100' }),
      },
    }),
    shows: 'n1 is master at 3.00 s, n2 at 3.60 s: two owners until the end',
    cures: [
      { cure: 'carpver 2 in all', price: 'no VRRP routers of others in the cluster' },
      { cure: 'carpver 3 in all', price: 'no password, and demotion does not count' },
    ],
  },
  {
    code: 'carp/vhid-mismatch',
    rule: 'an address must have the same vhid on all nodes',
    why: 'ip_carp.c carp_input_c: adverts of another vhid are for another virtual host; the vhid is the last byte of the MAC address too',
    lab: smallCarpLab({
      name: 'carp/vhid-mismatch',
      nodes: { n1: openBsd(), n2: openBsd({ advskew: 100, vhid: 2 }) },
    }),
    shows: `${BOTH}, with a MAC address each; c1 talks to whoever announced the address last`,
    cures: [{ cure: 'the same vhid in all', price: 'none' }],
  },
  {
    code: 'carp/vhid-reused',
    rule: 'a vhid belongs to one cluster on a LAN, and is no VRID there',
    why: "ip_carp.c carp_set_enaddr: the virtual MAC address is 00:00:5e:00:01 and the vhid, in the block of VRRP over IPv4 (RFC 5798 §7.3). Two masters that send from one address make switches move it with each advert. keepalived vrrp_dispatcher_read: any packet of its VRID, CARP too, puts the master's own advert off",
    lab: smallCarpLab({
      name: 'carp/vhid-reused',
      nodes: {
        n1: openBsd(),
        n2: openBsd({ advskew: 100 }),
        d1: openBsd({ pass: 'other', vips: ['192.168.1.150/24'] }),
        d2: openBsd({ advskew: 100, pass: 'other', vips: ['192.168.1.150/24'] }),
      },
      asks: ['192.168.1.100', '192.168.1.150'],
    }),
    shows:
      'each cluster has its own master, n1 and d1, and both send from 00:00:5e:00:01:01: what c1 sends to either address arrives at the one that advertised last',
    cures: [
      {
        cure: 'a vhid of its own for each cluster',
        price: 'none; all nodes of one cluster must change at once',
      },
    ],
  },
  {
    code: 'carp/peer-one-sided',
    rule: "unicast needs each other's address as peer on both sides",
    why: 'OpenBSD ip_carp.c carp_proto_input_c: an interface with carppeer takes no multicast adverts, and one without it no others; FreeBSD takes both, if they get there',
    lab: smallCarpLab({
      name: 'carp/peer-one-sided',
      nodes: { n1: openBsd({ words: 'carppeer 192.168.1.12' }), n2: openBsd({ advskew: 100 }) },
    }),
    shows: BOTH,
    cures: [
      { cure: 'carppeer in both', price: 'two nodes only: there is one peer' },
      { cure: 'multicast in both', price: 'switches must pass 224.0.0.18 between the nodes' },
    ],
  },
  {
    code: 'carp/ucarp-beside-kernel',
    rule: 'a kernel and ucarp in one cluster give the address different MAC addresses',
    why: 'ip_carp.c carp_send_arp announces the virtual MAC address, ucarp garp.c gratuitous_arp that of the NIC. Between kernels the MAC address moves with the IP address, and no client has to learn anything',
    lab: smallCarpLab({
      name: 'carp/ucarp-beside-kernel',
      nodes: { n1: openBsd(), n2: ucarp({ advskew: 100 }) },
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '12s', do: 'one-way-loss', from: 'n2', to: 'c1', only: 'arp' },
        { at: '18s', do: 'heal' },
      ],
      duration: '70s',
    }),
    shows:
      'n2 is master at about 14 s, and its gratuitous ARP does not get to c1, which sends to the virtual MAC address that nobody has any more until it gives the entry up',
    cures: [
      { cure: 'ucarp on all nodes', price: 'takeovers still depend on gratuitous ARP' },
      { cure: 'the kernel on all nodes', price: 'no Linux node' },
    ],
  },
];
