import { parseAddress } from '../address-entry.js';
import {
  DEFAULT_GARP_DELAY_US,
  DEFAULT_GARP_REFRESH_REPEAT,
  DEFAULT_GARP_REPEAT,
  type GlobalDraft,
} from '../draft.js';
import {
  INT_MAX,
  MAX_UNSIGNED_SECONDS,
  readBoolean,
  MICROSECONDS_PER_SECOND as SECOND,
  UINT_MAX,
} from '../values.js';
import {
  type Block,
  boolean,
  flag,
  integer,
  type Keyword,
  type Statement,
  seconds,
  silent,
  table,
  text,
} from './keyword.js';

const globalOf = (statement: Statement): GlobalDraft => statement.reading.draft.global;

const set =
  <T>(apply: (global: GlobalDraft, value: T) => void) =>
  (statement: Statement, value: T): void =>
    apply(globalOf(statement), value);

const mark = (apply: (global: GlobalDraft) => void): Keyword =>
  flag((statement) => apply(globalOf(statement)));

const IGNORED = 'keepalived logs this and ignores the line';

/** A keyword with a name that it cannot do without. */
const named = (keep: (global: GlobalDraft, name: string) => void): Keyword => ({
  effect: 'modelled',
  read(statement) {
    const name = statement.words[1];
    if (name !== undefined) {
      keep(globalOf(statement), name.text);
      return;
    }
    const { keyword, reading } = statement;
    reading.complaints.add(keyword.place, 'missing-value', `${keyword.text} needs a value`, {
      means: IGNORED,
    });
  },
});

/** Keywords about processes, mail, scripts, SNMP, files: nothing that is simulated depends on them. */
const SILENT = [
  ...[
    'process_names',
    'process_name',
    'vrrp_process_name',
    'checker_process_name',
    'lvs_process_name',
    'bfd_process_name',
  ],
  ...['notification_email_from', 'smtp_helo_name'],
  ...['startup_script', 'shutdown_script'],
  ...['no_email_faults', 'disable_local_igmp'],
  ...[
    'lvs_timeouts',
    'lvs_flush',
    'lvs_flush_on_stop',
    'lvs_flush_onstop',
    'lvs_sync_daemon',
    'vrrp_mcast_group6',
  ],
  ...['vrrp_ipsets', 'nftables', 'nftables_priority', 'nftables_ifindex', 'nftables_ipvs'],
  ...['nftables_ipvs_priority', 'nftables_ipvs_start_fwmark', 'nftables_counters', 'vrrp_no_swap'],
  ...['vrrp_rt_priority', 'vrrp_cpu_affinity', 'vrrp_rlimit_rtime', 'notify_fifo', 'notify_fifo_script'],
  ...['vrrp_notify_fifo', 'vrrp_notify_fifo_script', 'fifo_write_vrrp_states_on_reload', 'lvs_notify_fifo'],
  ...['lvs_notify_fifo_script', 'checker_no_swap', 'checker_rt_priority', 'checker_cpu_affinity'],
  ...['checker_rlimit_rtime', 'bfd_no_swap', 'bfd_rt_priority', 'bfd_cpu_affinity'],
  ...['bfd_rlimit_rtime', 'snmp_socket', 'enable_traps', 'enable_snmp_vrrp', 'enable_snmp_keepalived'],
  ...[
    'enable_snmp_rfc',
    'enable_snmp_rfcv2',
    'enable_snmp_rfcv3',
    'enable_snmp_checker',
    'enable_dbus',
    'dbus_service_name',
  ],
  ...['script_user', 'vrrp_netlink_cmd_rcv_bufs', 'vrrp_netlink_cmd_rcv_bufs_force'],
  ...['vrrp_netlink_monitor_rcv_bufs', 'vrrp_netlink_monitor_rcv_bufs_force', 'process_monitor_rcv_bufs'],
  ...['process_monitor_rcv_bufs_force', 'lvs_netlink_cmd_rcv_bufs', 'lvs_netlink_cmd_rcv_bufs_force'],
  ...['lvs_netlink_monitor_rcv_bufs', 'lvs_netlink_monitor_rcv_bufs_force', 'no_checker_emails'],
  ...[
    'vrrp_rx_bufs_policy',
    'vrrp_rx_bufs_multiplier',
    'vmac_prefix',
    'vmac_addr_prefix',
    'umask',
    'random_seed',
  ],
  ...[
    'reload_check_config',
    'reload_time_file',
    'reload_repeat',
    'reload_file',
    'include_check',
    'config_save_dir',
  ],
  ...['tmp_config_directory', 'data_use_instance'],
] as const;

/** The same, with a boolean that must be one. */
const SILENT_BOOLEANS = [
  'smtp_alert',
  'smtp_alert_vrrp',
  'smtp_alert_checker',
  'checker_log_all_failures',
] as const;

/** The same, with a number that must be in its range. */
const SILENT_NUMBERS = [
  ['startup_script_timeout', 1, 1000],
  ['shutdown_script_timeout', 1, 1000],
  ['smtp_connect_timeout', 0, MAX_UNSIGNED_SECONDS],
  ['vrrp_priority', -20, 19],
  ['checker_priority', -20, 19],
  ['bfd_priority', -20, 19],
  ['min_auto_priority_delay', 1, 10_000_000],
  ['vrrp_rlimit_rttime', 1, UINT_MAX],
  ['checker_rlimit_rttime', 1, UINT_MAX],
  ['bfd_rlimit_rttime', 1, UINT_MAX],
] as const;

const wholeSeconds = (apply: (global: GlobalDraft, microseconds: number) => void): Keyword =>
  integer({ minimum: 0, maximum: MAX_UNSIGNED_SECONDS, lenient: true }, (statement, value) =>
    apply(globalOf(statement), value * SECOND),
  );

const repeats = (
  maximum: number,
  apply: (global: GlobalDraft, value: number) => void,
  zeroIsOne: boolean,
): Keyword => integer({ minimum: 0, maximum, lenient: true }, set(apply), { zeroIsOne });

/**
 * `vrrp_min_garp` acts when it is read: on what still has its default value, even if that was written down
 * (`vrrp_min_garp_handler`).
 */
const minimumGarp: Keyword = {
  effect: 'modelled',
  read(statement) {
    const word = statement.words[1];
    if (word !== undefined) {
      const value = readBoolean(word.text);
      if (value === undefined) {
        statement.reading.complaints.add(
          word.place,
          'bad-value',
          `'${word.text}' is neither true nor false`,
          { means: IGNORED },
        );
      }
      if (value !== true) return;
    }
    const global = globalOf(statement);
    if (global.garpMasterRepeat === DEFAULT_GARP_REPEAT) global.garpMasterRepeat = 1;
    if (global.garpMasterRefreshRepeat === DEFAULT_GARP_REFRESH_REPEAT) global.garpMasterRefreshRepeat = 0;
    if (global.garpMasterDelayUs === DEFAULT_GARP_DELAY_US) global.garpMasterDelayUs = 0;
  },
};

const extraInterfaceGarp: Keyword = {
  effect: 'not-modelled',
  consequence: 'no periodic gratuitous ARP leaves by further interfaces',
  read(statement) {
    if (statement.keyword.text !== 'vrrp_vmac_garp_intvl') return;
    statement.reading.complaints.add(
      statement.keyword.place,
      'deprecated',
      'vrrp_vmac_garp_intvl is now vrrp_garp_extra_if',
      {
        means: 'keepalived logs this and obeys',
      },
    );
  },
};

/** `global_defs`: all keywords of keepalived 2.2.7 (`init_global_keywords`). */
export const GLOBAL_DEFS: Block = {
  name: 'global_defs',
  subject: () => 'everything',
  keywords: table({
    ...Object.fromEntries(SILENT.map((name) => [name, silent])),
    ...Object.fromEntries(
      SILENT_BOOLEANS.map((name) => [name, { ...boolean(() => undefined), effect: 'silent' as const }]),
    ),
    ...Object.fromEntries(
      SILENT_NUMBERS.map(([name, minimum, maximum]) => [
        name,
        { ...integer({ minimum, maximum, lenient: true }, () => undefined), effect: 'silent' as const },
      ]),
    ),
    notification_email: {
      effect: 'silent',
      read: (statement) => statement.reading.readValueBlock(statement, () => undefined),
    },
    enable_script_security: mark((global) => (global.scriptSecurity = true)),
    smtp_server: { effect: 'silent', read: (statement) => void statement.reading.require(statement) },
    rs_init_notifies: silent,
    max_auto_priority: silent,
    vrrp_iptables: {
      effect: 'silent',
      read: (statement) =>
        statement.reading.complaints.add(
          statement.keyword.place,
          'deprecated',
          'vrrp_iptables is now nftables',
          {
            means:
              'keepalived logs this (where it is built with nftables only, as in Debian) and uses nftables',
            cures: [
              { title: 'nftables', edits: [{ range: statement.keyword.place.range, text: 'nftables' }] },
            ],
          },
        ),
    },
    router_id: named((global, name) => {
      global.routerId = name;
    }),
    vrrp_version: integer(
      { minimum: 2, maximum: 3, lenient: true },
      set((global, value) => (global.version = value === 3 ? 3 : 2)),
    ),
    vrrp_mcast_group4: text((statement, value) => {
      const address = parseAddress(value.text);
      if (address?.family !== 'inet' || address.address >>> 28 !== 0xe) {
        statement.reading.complaints.add(
          value.place,
          'bad-address',
          `'${value.text}' is not an IPv4 multicast group`,
          { means: IGNORED },
        );
      } else globalOf(statement).multicastGroup4 = address;
    }),
    vrrp_garp_master_delay: wholeSeconds((global, value) => (global.garpMasterDelayUs = value)),
    vrrp_garp_master_repeat: repeats(UINT_MAX, (global, value) => (global.garpMasterRepeat = value), true),
    vrrp_garp_master_refresh: integer(
      { minimum: 0, maximum: UINT_MAX, lenient: true },
      set((global, value) => (global.garpMasterRefreshUs = value * SECOND)),
      {
        otherwise: {
          means: 'keepalived logs this and uses 0: no refresh',
          apply: (statement) => {
            globalOf(statement).garpMasterRefreshUs = 0;
          },
        },
      },
    ),
    vrrp_garp_master_refresh_repeat: repeats(
      UINT_MAX,
      (global, value) => (global.garpMasterRefreshRepeat = value),
      true,
    ),
    vrrp_garp_lower_prio_delay: wholeSeconds((global, value) => (global.garpLowerPriorityDelayUs = value)),
    vrrp_garp_lower_prio_repeat: repeats(
      INT_MAX,
      (global, value) => (global.garpLowerPriorityRepeat = value),
      false,
    ),
    vrrp_garp_interval: seconds(
      { minimum: 1, maximum: UINT_MAX, lenient: true },
      set((global, value) => (global.garpIntervalUs = value)),
    ),
    vrrp_gna_interval: seconds(
      { minimum: 1, maximum: UINT_MAX, lenient: true },
      set((global, value) => (global.gnaIntervalUs = value)),
    ),
    vrrp_min_garp: minimumGarp,
    vrrp_garp_extra_if: extraInterfaceGarp,
    vrrp_vmac_garp_intvl: extraInterfaceGarp,
    vrrp_down_timer_adverts: integer(
      { minimum: 1, maximum: 100, lenient: true },
      set((global, value) => (global.downTimerAdverts = value)),
    ),
    vrrp_lower_prio_no_advert: boolean(set((global, value) => (global.lowerPriorityNoAdvert = value))),
    vrrp_higher_prio_send_advert: boolean(set((global, value) => (global.higherPrioritySendAdvert = value))),
    vrrp_check_unicast_src: mark((global) => (global.checkUnicastSource = true)),
    vrrp_skip_check_adv_addr: mark((global) => (global.skipCheckAdvertAddress = true)),
    vrrp_strict: mark((global) => (global.strict = true)),
    vrrp_notify_priority_changes: boolean(set((global, value) => (global.notifyPriorityChanges = value))),
    vrrp_startup_delay: seconds(
      { minimum: 1000, maximum: UINT_MAX, lenient: true },
      set((global, value) => (global.startupDelayUs = value)),
    ),
    log_unknown_vrids: mark((global) => (global.logUnknownVrids = true)),
    dynamic_interfaces: {
      effect: 'modelled',
      read(statement) {
        globalOf(statement).dynamicInterfaces = true;
        const option = statement.words[1];
        if (option !== undefined && option.text !== 'allow_if_changes') {
          statement.reading.complaints.add(
            option.place,
            'unknown-option',
            `expected allow_if_changes instead of '${option.text}'`,
            {
              means: 'keepalived logs this and ignores the word',
            },
          );
        }
      },
    },
    default_interface: named((global, name) => {
      global.defaultInterface = name;
    }),
  }),
};
