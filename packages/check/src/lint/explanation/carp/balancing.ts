import type { Explanation } from '../explanation.js';
import { openBsd, smallCarpLab } from './small-carp-lab.js';

/** Of two shares the first is that of .51, the second that of .50 (their addresses with 192.168.1.100, bit by bit). */
const CLIENTS = ['192.168.1.50/24', '192.168.1.51/24'];

const BALANCED = 'OpenBSD carp(4) and ip_carp.c carp_lsdrop';

export const CARP_BALANCING: readonly Explanation[] = [
  {
    code: 'carp/carpnodes-mismatch',
    rule: 'all nodes of a balanced address need the same vhids',
    why: `${BALANCED}: a client belongs to the share whose number is left of its address and the virtual one, divided by the number of vhids in the node's own list`,
    lab: smallCarpLab({
      name: 'carp/carpnodes-mismatch',
      nodes: {
        n1: openBsd({ nodes: '1:0,2:100', balancing: 'ip' }),
        n2: openBsd({ nodes: '1:100,2:0,3:0', balancing: 'ip' }),
      },
      clients: [...CLIENTS, '192.168.1.52/24', '192.168.1.53/24', '192.168.1.54/24', '192.168.1.55/24'],
    }),
    shows: 'two of six clients, c2 and c4, get no answer: each node leaves them to the other',
    cures: [
      { cure: 'the same vhids in all lists', price: 'none; changing a list starts all its elections anew' },
    ],
  },
  {
    code: 'carp/carpnodes-not-mirrored',
    rule: 'each node of a balanced address should be preferred for a share of its own',
    why: `${BALANCED}: each vhid has an election of its own. A list that was copied from the other node makes every one of them equal`,
    lab: smallCarpLab({
      name: 'carp/carpnodes-not-mirrored',
      nodes: {
        n1: openBsd({ nodes: '1:0,2:100', balancing: 'ip' }),
        n2: openBsd({ nodes: '1:0,2:100', balancing: 'ip' }),
      },
      clients: CLIENTS,
    }),
    shows:
      'booted at once both are master of vhid 1 at 3.0 s and both yield, again and again, and of vhid 2 the same with 3.39 s: neither share is served for more than 0.1 ms',
    cures: [{ cure: 'carpnodes 1:100,2:0 in the second', price: 'none' }],
  },
  {
    code: 'carp/balancing-without-preempt',
    rule: 'balancing needs preempt 1',
    why: 'OpenBSD ip_carp.c carp_proto_input_c: a share moves to the other node when its own dies, and back only by preempting',
    lab: smallCarpLab({
      name: 'carp/balancing-without-preempt',
      nodes: {
        n1: openBsd({ nodes: '1:0,2:100', balancing: 'ip', preempt: false }),
        n2: openBsd({ nodes: '1:100,2:0', balancing: 'ip', preempt: false }),
      },
      clients: CLIENTS,
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '20s', do: 'power-on', node: 'n1' },
      ],
    }),
    shows: 'n1 is off for 10 s and comes back; n2 serves both shares until the end',
    cures: [{ cure: 'net.inet.carp.preempt=1 in all', price: 'each share moves back when its node returns' }],
  },
  {
    code: 'carp/ip-unicast-on-switch',
    rule: 'balancing ip-unicast is for hubs and mirrored ports',
    why: 'OpenBSD ip_carp.c: with ip-unicast the nodes send from the shared MAC address, so a switch learns it at the port of whoever sent last',
    lab: smallCarpLab({
      name: 'carp/ip-unicast-on-switch',
      nodes: {
        n1: openBsd({ nodes: '1:0,2:100', balancing: 'ip-unicast' }),
        n2: openBsd({ nodes: '1:100,2:0', balancing: 'ip-unicast' }),
      },
      clients: CLIENTS,
    }),
    shows: "frames of both clients arrive at one node at a time, which drops those of the other's share",
    cures: [
      {
        cure: 'balancing ip',
        price: 'every frame to the address goes to every port; some routers refuse the ARP reply',
      },
      { cure: 'balancing ip-stealth', price: 'every frame to the address goes to every port' },
    ],
  },
  {
    code: 'carp/shared-mac-pinned',
    rule: 'switches must not know where the shared address of a balanced one is',
    why: 'OpenBSD carp(4): ip-stealth hides the virtual MAC address so that switches never learn it, and ip uses a group address; an entry that somebody made by hand sends the frames to one port',
    lab: smallCarpLab({
      name: 'carp/shared-mac-pinned',
      nodes: {
        n1: openBsd({ nodes: '1:0,2:100', balancing: 'ip-stealth' }),
        n2: openBsd({ nodes: '1:100,2:0', balancing: 'ip-stealth' }),
      },
      clients: CLIENTS,
      switch: { static: { '00:00:5e:00:01:01': 'n1' } },
    }),
    shows: 'all frames go to n1, and the client whose share n2 has gets no answer',
    cures: [{ cure: 'no static entry', price: 'every frame to the address goes to every port' }],
  },
  {
    code: 'carp/balancing-storm-control',
    rule: 'storm control counts every frame to a balanced address',
    why: 'OpenBSD carp(4): with ip each frame is multicast for a switch, with ip-stealth unknown unicast: what storm control is there to limit',
    lab: smallCarpLab({
      name: 'carp/balancing-storm-control',
      nodes: {
        n1: openBsd({ nodes: '1:0,2:100', balancing: 'ip' }),
        n2: openBsd({ nodes: '1:100,2:0', balancing: 'ip' }),
      },
      clients: CLIENTS,
      every: '20ms',
      switch: { stormControl: { multicast: 30 } },
    }),
    shows: 'each client sends 50 frames a second, and the switch lets 30 of them in: two in five are lost',
    cures: [{ cure: 'no storm control on the ports of clients', price: 'a real storm is not limited there' }],
  },
];
