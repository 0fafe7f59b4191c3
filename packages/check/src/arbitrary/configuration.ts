import * as fc from 'fast-check';
import { familiar, seldom } from './familiar.js';
import { priority } from './priorities.js';

/** What a configuration is for. */
export interface ConfigurationOptions {
  /** The interface; default `eth0`. */
  readonly interface?: string;
  /** The virtual addresses; default `192.168.1.100/24`. */
  readonly addresses?: readonly string[];
  /** The other routers' addresses, without a prefix length: they may become unicast peers. Default none. */
  readonly peers?: readonly string[];
  /** A daemon that a script may look for; default none: no script. */
  readonly daemon?: string;
}

/** What an engineer sets, before it is written as a file. */
export interface Settings {
  readonly version: 2 | 3;
  readonly state: 'BACKUP' | 'MASTER';
  readonly router: number;
  readonly priority: number;
  readonly advert: string;
  readonly preemption: 'preempt' | 'nopreempt' | 'preempt_delay 5' | 'preempt_delay 30';
  readonly password: string | null;
  readonly garp: readonly string[];
  readonly isUnicast: boolean;
  readonly script: { readonly weight: number; readonly fall: number; readonly rise: number } | null;
}

/** Numbers of virtual routers as found in tutorials and in what was copied from them. */
const ROUTERS = [51, 50, 52, 10, 1, 100, 55, 255] as const;
/** `advert_int` in seconds; fractions are for version 3 only. */
const ADVERTS = { 2: ['1', '2', '3', '5'], 3: ['1', '0.1', '0.5', '2'] } as const;
const GARP_LINES = [
  'garp_master_refresh 5',
  'garp_master_repeat 1',
  'garp_master_delay 1',
  'garp_lower_prio_repeat 0',
] as const;
/** Against 50 between the usual priorities 150 and 100: too light, too light by one, heavy enough, failing outright. */
const WEIGHTS = [-20, -2, -50, -60, 0, 20] as const;

/**
 * One node's keepalived.conf as a tired engineer would write it: copied numbers, `state MASTER` beside `nopreempt`, an
 * interval or a password changed on one node only. The daemon runs with each of them, though its own check complains of
 * some: give them `likeDaemon: true`. Shrinks to the shortest file: VRID 51, priority 100, adverts each second.
 */
export function configuration(options: ConfigurationOptions = {}): fc.Arbitrary<string> {
  return settings(options).map((set) => fileOf(set, options));
}

/** One node's settings. */
export function settings({ peers = [], daemon }: ConfigurationOptions): fc.Arbitrary<Settings> {
  const script = fc.record({
    weight: familiar(WEIGHTS),
    fall: fc.integer({ min: 1, max: 3 }),
    rise: fc.integer({ min: 1, max: 3 }),
  });
  return fc
    .record({
      version: seldom<2 | 3>(2, 3),
      state: fc.constantFrom<Settings['state'][]>('BACKUP', 'MASTER'),
      router: seldom<number>(...ROUTERS),
      priority: priority(),
      interval: seldom(0, 1, 2, 3),
      preemption: seldom<Settings['preemption']>(
        'preempt',
        'nopreempt',
        'preempt_delay 5',
        'preempt_delay 30',
      ),
      password: seldom<string | null>(null, '1111', 'secret', 'k8sHA'),
      garp: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, fc.subarray([...GARP_LINES])),
      isUnicast: peers.length === 0 ? fc.constant(false) : seldom(false, true),
      script: daemon === undefined ? fc.constant(null) : fc.option(script, { nil: null, freq: 2 }),
    })
    .map(({ interval, ...rest }) => ({ ...rest, advert: ADVERTS[rest.version][interval] ?? '1' }));
}

const block = (head: string, lines: readonly string[]): string[] => [
  `${head} {`,
  ...lines.map((line) => `    ${line}`),
  '}',
];

/** Settings as a file. */
export function fileOf(set: Settings, options: ConfigurationOptions): string {
  const { interface: iface = 'eth0', addresses = ['192.168.1.100/24'], peers = [], daemon = '' } = options;
  const { script } = set;
  const lines = [
    ...(set.version === 3 ? [...block('global_defs', ['vrrp_version 3']), ''] : []),
    ...(script === null
      ? []
      : [
          ...block('vrrp_script check', [
            `script "/usr/bin/killall -0 ${daemon}"`,
            'interval 2',
            ...(script.weight === 0 ? [] : [`weight ${script.weight}`]),
            ...(script.fall === 1 ? [] : [`fall ${script.fall}`]),
            ...(script.rise === 1 ? [] : [`rise ${script.rise}`]),
          ]),
          '',
        ]),
    ...block('vrrp_instance VI_1', [
      `state ${set.state}`,
      `interface ${iface}`,
      `virtual_router_id ${set.router}`,
      `priority ${set.priority}`,
      `advert_int ${set.advert}`,
      ...(set.preemption === 'preempt' ? [] : [set.preemption]),
      ...set.garp,
      ...(set.isUnicast && peers.length > 0 ? block('unicast_peer', peers) : []),
      // Version 3 has no authentication any more (RFC 5798 §9): keepalived warns and goes on without.
      ...(set.password === null || set.version === 3
        ? []
        : block('authentication', ['auth_type PASS', `auth_pass ${set.password}`])),
      ...(script === null ? [] : block('track_script', ['check'])),
      ...block('virtual_ipaddress', addresses),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
