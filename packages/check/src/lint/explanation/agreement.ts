import type { Explanation } from './explanation.js';
import { smallLab } from './smallest-lab.js';

const password = (text: string): readonly string[] => [
  'authentication {',
  '    auth_type PASS',
  `    auth_pass ${text}`,
  '}',
];

const peers = (...addresses: readonly string[]): readonly string[] => [
  'unicast_peer {',
  ...addresses.map((address) => `    ${address}`),
  '}',
];

const TWO_MASTERS =
  'n1 is master at 3.47 s, n2 a little later: two owners until the end, and c1 talks to whoever announced the address last';

export const AGREEMENT: readonly Explanation[] = [
  {
    code: 'vrrp/auth-mismatch',
    rule: 'all routers of a cluster need the same authentication',
    why: 'RFC 3768 §7.1: an advert that fails its authentication is discarded; keepalived vrrp_check_packet compares the first 8 bytes',
    lab: smallLab({
      name: 'vrrp/auth-mismatch',
      nodes: {
        n1: { priority: 150, lines: password('mysecret') },
        n2: { priority: 100, lines: password('mysecre7') },
      },
    }),
    shows: TWO_MASTERS,
    cures: [
      { cure: 'the same auth_pass in all', price: 'none' },
      { cure: 'no authentication at all', price: 'none worth naming: the password travels in clear text' },
    ],
  },
  {
    code: 'vrrp/interval-mismatch',
    rule: 'all routers of a cluster need the same advert_int',
    why: 'RFC 3768 §7.1 and keepalived vrrp_check_packet: a VRRPv2 advert of another interval is discarded; RFC 5798 §6.1: VRRPv3 learns it from the master, which hurts only where a router boots and waits by its own, shorter one',
    lab: smallLab({
      name: 'vrrp/interval-mismatch',
      nodes: { n1: { priority: 150 }, n2: { priority: 100, lines: ['advert_int 2'] } },
    }),
    shows:
      'n1 is master at 3.47 s, n2 at 6.69 s: two owners until the end; after its first advert n2 never sends another',
    cures: [{ cure: 'the same advert_int in all', price: 'none; failover takes three of them and the skew' }],
  },
  {
    code: 'vrrp/version-mismatch',
    rule: 'all routers of a cluster must speak the same version of VRRP',
    why: 'RFC 5798 §7.1 and keepalived vrrp_check_packet: an advert of another version is discarded',
    lab: smallLab({
      name: 'vrrp/version-mismatch',
      nodes: { n1: { priority: 150 }, n2: { priority: 100, lines: ['version 3'] } },
    }),
    shows: TWO_MASTERS,
    cures: [
      { cure: 'version 2 in all', price: 'whole seconds only' },
      { cure: 'version 3 in all', price: 'no authentication; all nodes must change at once' },
    ],
  },
  {
    code: 'vrrp/vip-list-mismatch',
    rule: 'all routers of a cluster need the same virtual_ipaddress list',
    why: 'keepalived 2.2.7 vrrp_check_packet: an advert with another number of addresses, or without one of its own, is rejected; releases from 2.3.3 on log it and accept. RFC 5798 §7.1 leaves it to the implementer',
    lab: smallLab({
      name: 'vrrp/vip-list-mismatch',
      nodes: { n1: { priority: 150 }, n2: { priority: 100, vips: ['192.168.1.100/24', '192.168.1.101/24'] } },
    }),
    shows: TWO_MASTERS,
    cures: [
      { cure: 'the same list in all', price: 'none' },
      {
        cure: 'further addresses in virtual_ipaddress_excluded of all',
        price: 'they move with the others, but nobody notices where one is missing',
      },
    ],
  },
  {
    code: 'vrrp/vrid-reused',
    rule: 'a VRID belongs to one cluster on a LAN',
    why: "RFC 5798 §5.2.3: the VRID names the virtual router on its LAN. keepalived 2.2.7 vrrp_dispatcher_read: any packet of its VRID restarts a master's advert timer, rejected or not",
    lab: smallLab({
      name: 'vrrp/vrid-reused',
      nodes: {
        n1: { priority: 150 },
        n2: { priority: 100 },
        d1: { name: 'VI_DB', priority: 120, vips: ['192.168.1.150/24'] },
        d2: { name: 'VI_DB', priority: 90, vips: ['192.168.1.150/24'] },
      },
      ready: ['60ms', '80ms', '410ms', '640ms'],
      duration: '60s',
    }),
    shows:
      'n1 falls silent when d1 is heard, n2 takes over and yields at once, then it is d1 that is silent, and so on: 9 times a minute for each address. See it with -v; two owners for 0.2 ms each time are within the budget, so the verdict is no flap',
    cures: [
      {
        cure: 'a VRID of its own for each cluster',
        price: 'none; all nodes of one cluster must change at once',
      },
      { cure: 'a multicast group of its own (mcast_dst_ip)', price: 'a virtual MAC would still be shared' },
    ],
  },
  {
    code: 'vrrp/vrid-mismatch',
    rule: 'an address must have the same VRID on all nodes',
    why: 'RFC 5798 §7.1: adverts of another VRID are for another virtual router; keepalived logs them only with log_unknown_vrids',
    lab: smallLab({
      name: 'vrrp/vrid-mismatch',
      nodes: { n1: { priority: 150 }, n2: { priority: 100, vrid: 52 } },
    }),
    shows: TWO_MASTERS,
    cures: [{ cure: 'the same virtual_router_id in all', price: 'none' }],
  },
  {
    code: 'vrrp/unicast-one-sided',
    rule: 'unicast needs a unicast_peer on both sides',
    why: "keepalived open_vrrp_read_socket: a unicast instance listens on its own address, a multicast one on the group, so neither is ever handed the other's adverts; and nobody hears whom it is no peer of",
    lab: smallLab({
      name: 'vrrp/unicast-one-sided',
      nodes: { n1: { priority: 150, lines: peers('192.168.1.12') }, n2: { priority: 100 } },
    }),
    shows: `${TWO_MASTERS}; no log line says so`,
    cures: [
      {
        cure: "unicast_peer with each other's address in all",
        price: 'a new node must be added to all lists',
      },
      { cure: 'multicast in all', price: 'switches must pass 224.0.0.18 between the nodes' },
    ],
  },
  {
    code: 'vrrp/group-mismatch',
    rule: 'all routers of a cluster must use the same multicast group',
    why: 'RFC 5798 §5.1.1.2: adverts go to 224.0.0.18; keepalived open_vrrp_read_socket: a socket is bound to its group, so adverts to another are never handed to it',
    lab: smallLab({
      name: 'vrrp/group-mismatch',
      nodes: { n1: { priority: 150 }, n2: { priority: 100, lines: ['mcast_dst_ip 224.0.0.118'] } },
    }),
    shows: `${TWO_MASTERS}; no log line says so`,
    cures: [{ cure: 'the same mcast_dst_ip (or vrrp_mcast_group4) in all', price: 'none' }],
  },
];
