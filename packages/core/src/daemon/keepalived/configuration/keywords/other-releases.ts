import type { Block } from './keyword.js';

/** Keywords that 2.2.7 does not know, with the release that brought them (keepalived's ChangeLog). */
const LATER: Readonly<Record<string, string>> = {
  no_virtual_ipaddress: '2.2.8',
  v3_checksum_as_v2: '2.2.8',
  timer_expired_backup: '2.2.8',
  thread_timer_expired: '2.2.8',
  owner_ignore_adverts: '2.3.3',
  vrrp_owner_ignore_adverts: '2.3.3',
  auth_hmac: '2.4.0',
  vrrp_delay_after_boot: '2.3.0',
};

/** Where keywords belong that are often written in the wrong block; the empty name is outside of all blocks. */
const HOMES: readonly (readonly [home: string, keywords: readonly string[]])[] = [
  [
    '',
    [
      'global_defs',
      'vrrp_instance',
      'vrrp_sync_group',
      'vrrp_script',
      'vrrp_track_process',
      'vrrp_track_file',
      'static_ipaddress',
      'static_routes',
      'static_rules',
      'garp_group',
      'interface_up_down_delays',
      'linkbeat_interfaces',
      'virtual_server',
      'virtual_server_group',
      'bfd_instance',
    ],
  ],
  [
    'vrrp_instance',
    [
      'virtual_router_id',
      'virtual_ipaddress',
      'virtual_ipaddress_excluded',
      'advert_int',
      'nopreempt',
      'preempt_delay',
      'unicast_peer',
      'unicast_src_ip',
      'authentication',
      'track_interface',
      'track_script',
      'state',
      'priority',
      'garp_master_delay',
      'garp_master_repeat',
      'garp_master_refresh',
    ],
  ],
  ['authentication', ['auth_type', 'auth_pass']],
  [
    'global_defs',
    [
      'router_id',
      'vrrp_strict',
      'vrrp_version',
      'vrrp_mcast_group4',
      'vrrp_garp_master_delay',
      'vrrp_garp_interval',
      'vrrp_skip_check_adv_addr',
      'script_user',
      'enable_script_security',
      'vrrp_startup_delay',
      'dynamic_interfaces',
    ],
  ],
  ['vrrp_script', ['script', 'rise', 'fall', 'init_fail']],
  ['vrrp_sync_group', ['group', 'sync_group_tracking_weight']],
];

/** The release of keepalived that first knew a keyword, if that is later than 2.2.7. */
export function knownSince(word: string): string | undefined {
  return Object.hasOwn(LATER, word) ? LATER[word] : undefined;
}

/** The block in which a keyword is known, if it is not the given one. The empty text is outside of all blocks. */
export function belongsElsewhere(word: string, block: Block): string | undefined {
  for (const [home, keywords] of HOMES) if (home !== block.name && keywords.includes(word)) return home;
  return undefined;
}
