import { LOSS_KINDS } from '@viplab/core';
import * as z from 'zod';
import { ACTION_NAMES } from '../schedule-line.js';

/*
 * The shape of lab.yaml. Messages begin with the code of the complaint and a space; what they say about misspelt keys is
 * the list of the right ones. What cannot be told from the shape alone (names, addresses, cables) is judged by the
 * simulator's own planning.
 */

const DURATION = /^\s*\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|min|h)\s*$/;
const SHARE = /^\s*\d+(?:\.\d{1,4})?\s*%\s*$/;
const BYTE = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const ADDRESS = `${BYTE}(?:\\.${BYTE}){3}`;
const MAC = /^[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2}){5}$|^[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2}$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

const text = (code: string, expected: string, pattern: RegExp, description: string) =>
  z
    .string({ error: `${code} expected ${expected}` })
    .regex(pattern, { error: (issue) => `${code} '${String(issue.input).slice(0, 40)}' is not ${expected}` })
    .meta({ description });

const duration = (description: string) =>
  text('lab/bad-duration', 'a duration with its unit, such as 200ms, 1.5s or 2min', DURATION, description);
const share = (description: string) => text('lab/bad-share', 'a share such as 0.1%', SHARE, description);
const word = (description: string) =>
  z
    .string({ error: 'lab/wrong-type expected a word' })
    .min(1, 'lab/wrong-type expected a word')
    .meta({ description });
const whole = (least: number, most: number, description: string) =>
  z
    .int({ error: 'lab/wrong-type expected a whole number' })
    .min(least, `lab/out-of-range expected ${least} to ${most}`)
    .max(most, `lab/out-of-range expected ${least} to ${most}`)
    .meta({ description });
const flag = (description: string) =>
  z.boolean({ error: 'lab/wrong-type expected true or false' }).meta({ description });
const list = <T extends z.ZodType>(of: T, what: string) =>
  z.array(of, { error: `lab/wrong-type expected a list of ${what}` });
const named = <T extends z.ZodType>(of: T, what: string) =>
  z.record(z.string(), of, { error: `lab/wrong-type expected ${what} by name` });
const choice = <const T extends readonly [string, ...string[]]>(words: T, description: string) =>
  z.enum(words, { error: `choice ${words.join(' ')}` }).meta({ description });

/** Keys that nobody knows are complained about with the near ones, which the message carries. */
const keys = <T extends z.core.$ZodLooseShape>(shape: T, what: string) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `keys ${Object.keys(shape).join(' ')}`
        : `lab/wrong-type expected ${what}`,
  });

const cidr = text(
  'lab/bad-address',
  'an address with its prefix length, such as 192.168.1.11/24',
  new RegExp(`^${ADDRESS}/(?:[12]?\\d|3[0-2])$`),
  'Address with prefix length: 192.168.1.11/24',
);
const addresses = z.union([cidr, list(cidr, 'addresses')], {
  error:
    'lab/bad-address expected an address with its prefix length, such as 192.168.1.11/24, or a list of them',
});
const mac = text(
  'lab/bad-mac',
  'a MAC address such as 02:00:00:00:01:01',
  MAC,
  'MAC address; default 02:00 followed by the bytes of the first address',
);
const span = (description: string) =>
  z
    .union(
      [
        duration(description),
        z.tuple([duration('From'), duration('To')], {
          error: 'lab/bad-duration expected a range of two durations, such as [50us, 500us]',
        }),
      ],
      {
        error: 'lab/bad-duration expected a duration such as 50us, or a range such as [50us, 500us]',
      },
    )
    .meta({ description });

const keepalived = z.union(
  [
    word('Path of keepalived.conf beside lab.yaml, or its text'),
    keys(
      {
        file: word(
          'Path of keepalived.conf, relative to lab.yaml; beside conf only its name in messages',
        ).optional(),
        conf: z
          .string({ error: 'lab/wrong-type expected the text of keepalived.conf' })
          .meta({ description: 'The text itself' })
          .optional(),
        includes: named(z.string({ error: 'lab/wrong-type expected a text' }), 'texts')
          .meta({ description: 'Texts of included files by path, beside conf' })
          .optional(),
        ready: span(
          'From launch to the first state; a range is drawn by the seed. Default [30ms, 150ms]',
        ).optional(),
        behaviour: choice(['keepalived-2.2.7', 'rfc'], 'rfc: strictly as RFC 5798').optional(),
        autostart: flag('false: installed, but not started at boot').optional(),
        likeDaemon: flag('true: carry on with errors in the file, as the daemon would').optional(),
      },
      'a path, or keys such as file and ready',
    ),
  ],
  { error: 'lab/wrong-type expected a path such as n1/keepalived.conf, or keys such as file and ready' },
);

const client = keys(
  {
    request: text(
      'lab/bad-target',
      'address:port, such as 192.168.1.100:8080',
      new RegExp(`^${ADDRESS}:\\d{1,5}$`),
      'Whom it asks, over UDP: 192.168.1.100:8080',
    ),
    every: duration('From one request to the next; default 200ms').optional(),
    timeout: duration('How long an answer may take; default 1s').optional(),
    from: duration('When it begins; default at once').optional(),
  },
  'keys such as request and every',
);

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
    client: z
      .union([client, list(client, 'clients')], {
        error: 'lab/wrong-type expected keys such as request and every, or a list of them',
      })
      .meta({ description: 'Sends a request at a steady pace' })
      .optional(),
    echo: whole(1, 65_535, "UDP port that answers with the node's name").optional(),
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
      .union([flag('IGMP snooping'), z.literal('link-local', { error: 'choice true false link-local' })], {
        error: 'lab/wrong-type expected true, false or link-local',
      })
      .meta({ description: 'IGMP snooping; link-local filters 224.0.0.0/24 too, which is a fault' })
      .optional(),
    ports: named(
      keys(
        {
          vlan: whole(1, 4094, 'VLAN of untagged frames').optional(),
          trunk: list(whole(1, 4094, 'VLAN'), 'VLANs').optional(),
        },
        'keys vlan and trunk',
      ),
      'ports',
    )
      .meta({ description: 'By the name of the node on it' })
      .optional(),
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
        delay: duration('set-delay: 5ms').optional(),
        script: word('script-result: which vrrp_script').optional(),
        good: flag('script-result: what it says from now on').optional(),
        file: word('create-file, remove-file').optional(),
        ppm: z
          .number({ error: 'lab/wrong-type expected a number of ppm' })
          .meta({ description: 'clock-drift' })
          .optional(),
        address: word('add-address, remove-address, arping, flush-neighbours').optional(),
        count: whole(1, 1000, 'arping: how many requests, one a second').optional(),
      },
      'keys such as at and do',
    ),
  ],
  { error: 'lab/wrong-type expected keys such as at and do, or a line such as 10s power-off n1' },
);

const expectation = z.union(
  [
    choice(
      ['no-flap', 'flap-free', 'flap', 'flux', 'dual', 'headless', 'unsettled'],
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
