import { HEALTHS, LOSS_KINDS } from '@viplab/core';
import * as z from 'zod';
import { ACTION_NAMES } from '../schedule-line.js';
import { carp, keepalived, system, ucarp } from './daemon-shapes.js';
import {
  ADDRESS,
  addresses,
  choice,
  duration,
  flag,
  keys,
  list,
  mac,
  named,
  share,
  span,
  text,
  whole,
  word,
} from './value-shapes.js';

/*
 * The shape of lab.yaml. Messages begin with the code of the complaint and a space; what they say about misspelt keys is
 * the list of the right ones. What cannot be told from the shape alone (names, addresses, cables) is judged by the
 * simulator's own planning.
 */

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

const client = keys(
  {
    request: text(
      'lab/bad-target',
      'address:port, such as 192.168.1.100:8080',
      new RegExp(`^${ADDRESS}:\\d{1,5}$`),
      'Whom it asks, over UDP: 192.168.1.100:8080',
    ).optional(),
    connect: text(
      'lab/bad-target',
      'address:port, such as 192.168.1.100:5432 or [2001:db8::100]:5432',
      new RegExp(`^(?:${ADDRESS}|\\[[0-9A-Fa-f:.]+\\]):\\d{1,5}$`),
      'Whom it asks, over TCP: 192.168.1.100:5432 or [2001:db8::100]:5432',
    ).optional(),
    every: duration('From one request to the next; default 200ms').optional(),
    timeout: duration(
      'How long connecting and an answer may take; default 1s. With hold: no limit for answers by default',
    ).optional(),
    from: duration('When it begins; default at once').optional(),
    hold: flag('true: one TCP connection for all requests; default a new one for each').optional(),
    speak: choice(['line', 'http', 'postgres'], 'What it says over TCP; default line').optional(),
    path: word('http: what it asks for; default /').optional(),
    user: word('postgres: who it is; default app').optional(),
    database: word('postgres: which database; default postgres').optional(),
    query: word('postgres: its query; default show cluster_name').optional(),
    pool: keys(
      {
        size: whole(1, 1000, 'How many connections'),
        retry: keys(
          {
            after: duration('When a broken connection is opened again; default 100ms').optional(),
            most: duration('At the latest; default 10s').optional(),
            factor: z
              .number({ error: 'lab/wrong-type expected a number' })
              .min(1, 'lab/out-of-range expected 1 to 100')
              .max(100, 'lab/out-of-range expected 1 to 100')
              .meta({ description: 'How many times as late each time; default 2' })
              .optional(),
          },
          'keys after, most and factor',
        ).optional(),
      },
      'keys size and retry',
    )
      .meta({ description: 'A pool of TCP connections' })
      .optional(),
    keepAlive: z
      .union(
        [
          flag("TCP keepalive with the kernel's 2h, 75s and 9 probes"),
          keys(
            {
              idle: duration('Before the first probe; default 2h').optional(),
              interval: duration('From probe to probe; default 75s').optional(),
              count: whole(1, 127, 'Unanswered probes that end it; default 9').optional(),
            },
            'keys idle, interval and count',
          ),
        ],
        { error: 'lab/wrong-type expected true, or keys such as idle and interval' },
      )
      .meta({ description: 'TCP keepalive' })
      .optional(),
    userTimeout: duration('TCP_USER_TIMEOUT; default as long as the kernel tries').optional(),
  },
  'keys such as connect and every',
);

const ready = duration('How long it starts up; default 0s').optional();
const postgres = keys(
  {
    port: whole(1, 65_535, 'Default 5432').optional(),
    user: word('Who is let in without a password, beside postgres; default app').optional(),
    users: named(choice(['trust', 'scram'], 'How'), 'users')
      .meta({ description: 'Everybody who may come, and how: trust, or scram for a password' })
      .optional(),
    databases: list(word('Name'), 'databases').meta({ description: 'Databases beside postgres' }).optional(),
    connections: whole(4, 1_000_000, 'max_connections; default 100').optional(),
    ready,
  },
  'keys such as port and user',
).meta({ description: 'A PostgreSQL server' });

const http = keys(
  {
    port: whole(1, 65_535, 'Default 80').optional(),
    paths: named(whole(200, 599, 'Status'), 'statuses')
      .meta({ description: 'Status of each path; others are 404, / is 200. Default: every path is 200' })
      .optional(),
    sick: whole(200, 599, 'Status while it is sick; default 500').optional(),
    ready,
  },
  'keys such as port and paths',
).meta({ description: 'A web server' });

const filter = keys(
  {
    name: word('Its name').optional(),
    direction: choice(['in', 'out'], 'Which way'),
    protocol: z
      .union([word('udp, icmp, igmp, vrrp or tcp'), whole(0, 255, 'IP protocol')], {
        error: 'lab/wrong-type expected a protocol such as vrrp, or its number',
      })
      .optional(),
    source: word('Address').optional(),
    destination: word('Address').optional(),
    port: whole(1, 65_535, 'Port').optional(),
    interface: word('Interface').optional(),
  },
  'keys such as direction and protocol',
);

const iface = keys(
  {
    address: addresses.optional(),
    mac: mac.optional(),
    mtu: whole(68, 65_535, 'Largest packet; default 1500').optional(),
  },
  'keys such as address',
);

const setting = z.union([z.number(), z.string(), z.boolean()], {
  error: 'lab/wrong-type expected a number, a word, true or false',
});

const host = keys(
  {
    kind: z
      .literal('host', { error: 'choice host switch' })
      .meta({ description: 'A machine; the default' })
      .optional(),
    address: addresses
      .meta({ description: 'Address of the only interface; several in their order' })
      .optional(),
    interfaces: named(iface, 'interfaces')
      .meta({ description: 'Where there are several, or the name matters' })
      .optional(),
    mac: mac.optional(),
    keepalived: keepalived.meta({ description: 'Its keepalived.conf' }).optional(),
    system: system.optional(),
    carp: carp.meta({ description: "CARP in its kernel: its system's files" }).optional(),
    ucarp: ucarp.meta({ description: 'ucarp on it, one or more' }).optional(),
    client: z
      .union([client, list(client, 'clients')], {
        error: 'lab/wrong-type expected keys such as connect and every, or a list of them',
      })
      .meta({ description: 'Asks something at a steady pace, over TCP or UDP' })
      .optional(),
    echo: whole(1, 65_535, "Port, TCP and UDP, that answers with the node's name").optional(),
    postgres: postgres.optional(),
    http: http.optional(),
    services: named(whole(0, 65_535, 'Its port; 0: none'), 'ports')
      .meta({ description: 'What killall -0 NAME and nc -z find' })
      .optional(),
    files: list(word('Path'), 'paths')
      .meta({ description: 'What test -e FILE finds at the start' })
      .optional(),
    sysctl: named(setting, 'settings')
      .meta({ description: 'Kernel settings: arp_ignore: 1, eth0.arp_accept: 1' })
      .optional(),
    routes: list(
      keys(
        {
          to: word('Network, or default'),
          via: word('Next hop').optional(),
          interface: word('Interface').optional(),
          metric: whole(0, 4_294_967_295, 'Metric').optional(),
        },
        'keys such as to and via',
      ),
      'routes',
    ).optional(),
    drop: list(filter, 'filters').meta({ description: 'Packets that are dropped from the start' }).optional(),
    drift: z
      .number({ error: 'lab/wrong-type expected a number of ppm' })
      .min(-100_000, 'lab/out-of-range expected -100000 to 100000')
      .max(100_000, 'lab/out-of-range expected -100000 to 100000')
      .meta({ description: 'How fast its clock runs, in ppm' })
      .optional(),
    start: duration('When it gets its power and boots; default 0s').optional(),
  },
  'keys such as address and keepalived',
).meta({ description: 'A machine' });

const stormControl = keys(
  {
    broadcast: whole(0, 10_000_000, 'Broadcasts a second').optional(),
    multicast: whole(0, 10_000_000, 'Multicasts a second').optional(),
    unknownUnicast: whole(0, 10_000_000, 'Frames to unknown addresses a second').optional(),
    action: choice(['drop', 'shutdown'], 'What happens beyond; default drop').optional(),
  },
  'keys such as broadcast and action',
);

const snoopingKeys = keys(
  {
    querier: z
      .union([flag('It queries itself'), word('Its address')], {
        error: 'lab/wrong-type expected true, false or an address',
      })
      .meta({ description: 'It queries itself: true, or from this address; the lowest wins' })
      .optional(),
    filterWithoutQuerier: flag('true: groups without report are dropped though nobody queries').optional(),
    linkLocal: flag('true: filters 224.0.0.0/24 too, which is a fault').optional(),
  },
  'keys such as querier',
);

const switchPort = keys(
  {
    vlan: whole(1, 4094, 'VLAN of untagged frames').optional(),
    trunk: list(whole(1, 4094, 'VLAN'), 'VLANs').optional(),
    edge: z
      .union([flag('Edge port'), z.literal('auto', { error: 'choice true false auto' })], {
        error: 'lab/wrong-type expected true, false or auto',
      })
      .meta({
        description: 'Spanning tree: forwards at once (portfast); auto: if no switch is heard for 3 s',
      })
      .optional(),
    bpduGuard: flag('Spanning tree: a BPDU shuts the port').optional(),
    cost: whole(1, 200_000_000, 'Spanning tree: path cost; default by the bandwidth').optional(),
    priority: whole(0, 240, 'Spanning tree: port priority, in steps of 16; default 128').optional(),
    stormControl: stormControl.meta({ description: 'Most frames that it lets in' }).optional(),
    security: keys(
      {
        maximum: whole(1, 10_000, 'How many source addresses; default 1').optional(),
        violation: choice(['protect', 'restrict', 'shutdown'], 'Beyond that; default shutdown').optional(),
      },
      'keys maximum and violation',
    )
      .meta({ description: 'Port security: which source addresses it lets in' })
      .optional(),
    trusted: flag('ARP that comes in here is not inspected').optional(),
  },
  'keys such as vlan, trunk and edge',
);

const switchNode = keys(
  {
    kind: z.literal('switch', { error: 'choice host switch' }),
    ageing: duration('CAM ageing; default 300s').optional(),
    capacity: whole(1, 1_000_000, 'How many CAM entries fit; default unlimited').optional(),
    latency: duration("From a frame's arrival to its departure; default 0s").optional(),
    static: named(word('Name of the node'), 'nodes')
      .meta({ description: 'CAM entries that never move: MAC address to node' })
      .optional(),
    macMove: word('MAC-move detection as a vendor defines it; default linux (never)').optional(),
    snooping: z
      .union(
        [
          flag('IGMP snooping'),
          z.literal('link-local', { error: 'choice true false link-local' }),
          snoopingKeys,
        ],
        { error: 'lab/wrong-type expected true, false, link-local, or keys such as querier' },
      )
      .meta({ description: 'IGMP snooping; link-local filters 224.0.0.0/24 too, which is a fault' })
      .optional(),
    spanningTree: choice(['off', 'stp', 'rstp'], '802.1D or 802.1w; default off').optional(),
    priority: whole(0, 61_440, 'Bridge priority, in steps of 4096; default 32768').optional(),
    forwardDelay: duration('How long a port listens, and learns; default 15s').optional(),
    stormControl: stormControl.meta({ description: 'Of every port that has none of its own' }).optional(),
    arpInspection: keys(
      {
        bindings: named(
          z.union([word('MAC address'), list(word('MAC address'), 'MAC addresses')], {
            error: 'lab/wrong-type expected a MAC address, or a list of them',
          }),
          'MAC addresses',
        )
          .meta({ description: 'IP address to MAC address: who may say so' })
          .optional(),
        rate: whole(1, 100_000, 'ARP packets a second until a port is shut; default 15').optional(),
      },
      'keys bindings and rate',
    )
      .meta({ description: 'Inspects ARP on ports that are not trusted' })
      .optional(),
    bonds: named(
      keys(
        {
          ports: list(word('Port'), 'ports').meta({ description: 'Its ports, at least two' }),
          hash: choice(
            ['layer2', 'layer2+3', 'layer3+4'],
            'What chooses the cable; default layer2',
          ).optional(),
        },
        'keys ports and hash',
      ),
      'bundles',
    )
      .meta({ description: 'Static link aggregation: cables that are one' })
      .optional(),
    ports: named(switchPort, 'ports').meta({ description: 'By the name of the node on it' }).optional(),
  },
  'keys such as kind: switch',
).meta({ description: 'A learning switch' });

const node = z.union([host, switchNode], {
  error: 'lab/wrong-type expected keys such as address, or kind: switch',
});

const end = text(
  'lab/bad-link',
  'an end of a link: n1, or n1:eth0',
  /^[A-Za-z0-9][A-Za-z0-9_.-]*(?::[^\s:]+)?$/,
  'A node, or node:interface',
);
const ends = z.tuple([end, end], { error: 'lab/bad-link expected two ends, such as [n1:eth0, sw1]' });
const link = z.union(
  [
    ends,
    keys(
      {
        between: ends.meta({ description: 'Its two ends' }),
        delay: span('One way; default 50us. A range makes it a choice of every frame').optional(),
        bandwidth: text(
          'lab/bad-bandwidth',
          'a bandwidth such as 1Gbit/s',
          /^\s*\d+(?:\.\d+)?\s*[kMG]?bit\/s\s*$/,
          '1Gbit/s; default unlimited',
        ).optional(),
        queue: whole(1, Number.MAX_SAFE_INTEGER, 'Egress queue in bytes; default unlimited').optional(),
        loss: share('Share of frames lost, each way: 0.1%').optional(),
        duplicate: share('Share of frames sent twice').optional(),
        reorder: keys(
          { share: share('Share of frames'), by: duration('How much later they come') },
          'keys share and by',
        ).optional(),
        corrupt: share('Share of frames with a wrong bit').optional(),
        carrier: keys(
          { down: duration('Default 0s').optional(), up: duration('Default 0s').optional() },
          'keys down and up',
        )
          .meta({ description: 'How long an end needs to see the carrier go or come' })
          .optional(),
        carrierSeen: flag('false: nobody sees it, as behind another switch').optional(),
      },
      'keys such as between and delay',
    ),
  ],
  { error: 'lab/bad-link expected two ends such as [n1:eth0, sw1], or keys such as between and delay' },
);

const action = z.union(
  [
    z
      .string({ error: 'lab/wrong-type expected a line' })
      .meta({ description: '10s power-off n1, as after --at' }),
    keys(
      {
        at: duration('When, since the start of the run'),
        do: choice(ACTION_NAMES, 'What'),
        node: word('To whom').optional(),
        daemon: word('To which program on it; default keepalived').optional(),
        interface: word('To which interface; default the only one').optional(),
        from: word('One-way: from this node').optional(),
        to: word('One-way: to this node').optional(),
        only: choice(LOSS_KINDS, 'What is lost; default all').optional(),
        loss: share('set-loss: 5%').optional(),
        delay: duration('set-delay: 5ms; set-health slow: how late it answers, default 2s').optional(),
        script: word('script-result: which vrrp_script').optional(),
        good: flag('script-result: what it says from now on').optional(),
        file: word('create-file, remove-file').optional(),
        ppm: z
          .number({ error: 'lab/wrong-type expected a number of ppm' })
          .meta({ description: 'clock-drift' })
          .optional(),
        address: word('add-address, remove-address, arping, flush-neighbours').optional(),
        count: whole(1, 1000, 'arping: how many requests, one a second').optional(),
        health: choice(HEALTHS, 'set-health: how the server does from now on').optional(),
        vhid: whole(
          1,
          255,
          'carp-state, carp-demote: which virtual host; add-address, remove-address: the one that the address is of',
        ).optional(),
        state: choice(['init', 'backup', 'master'], 'carp-state: what is forced').optional(),
        by: whole(-1_000_000, 1_000_000, 'carp-demote: how much is added; default 1').optional(),
        group: word('carp-demote on OpenBSD: the interface group; default carp').optional(),
        sysctl: word('set-sysctl: net.inet.carp.allow, eth0.arp_ignore').optional(),
        value: whole(-2_147_483_648, 4_294_967_295, 'set-sysctl: its new value').optional(),
        failing: flag('send-errors: whether sending fails from now on; default true').optional(),
        signal: choice(['USR1', 'USR2'], 'signal: which, to which daemon').optional(),
      },
      'keys such as at and do',
    ),
  ],
  { error: 'lab/wrong-type expected keys such as at and do, or a line such as 10s power-off n1' },
);

const expectation = z.union(
  [
    choice(
      ['no-flap', 'flap-free', 'flap', 'flux', 'dual', 'headless', 'unsettled', 'broadcast-storm'],
      'What a run should show',
    ),
    keys({ failover: keys({ within: duration('4s') }, 'key within') }, 'key failover'),
  ],
  { error: 'lab/wrong-type expected a word such as no-flap, or failover: { within: 4s }' },
);

/** The shape of lab.yaml. */
export const labSchema = keys(
  {
    name: word('Its name; default the name of the folder').optional(),
    nodes: z
      .record(
        z
          .string()
          .regex(NAME, { error: "lab/bad-name cannot name a node: use letters, digits, '-', '_' and '.'" }),
        node,
        { error: 'lab/wrong-type expected nodes by name' },
      )
      .meta({ description: 'Hosts and switches by name' }),
    links: list(link, 'links')
      .meta({ description: 'Cables; may be left out where one switch joins everything' })
      .optional(),
    ties: choice(
      ['packet-first', 'timer-first'],
      'What comes first where an advert arrives as a CARP timer is due; default packet-first',
    ).optional(),
    schedule: list(action, 'actions')
      .meta({ description: 'What is done to the network, and when' })
      .optional(),
    duration: duration('How long a run takes; default 60s').optional(),
    expect: list(expectation, 'expectations')
      .meta({ description: 'What a run should show; if it does, it ends with exit code 0' })
      .optional(),
  },
  'the keys of a lab, such as nodes',
).meta({ title: 'viplab lab', description: "What cannot be said in the daemons' own files" });

/** lab.yaml as it is written. */
export type LabText = z.output<typeof labSchema>;

/** The JSON Schema of lab.yaml, for completion in editors. */
export function labJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(labSchema, { io: 'input', target: 'draft-7' });
}
