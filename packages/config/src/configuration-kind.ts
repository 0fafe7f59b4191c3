import { hostPrefixOf } from './carp-file-names.js';
import { baseNameOf } from './file-source.js';

/** What a file is, told by its content. */
export type ConfigurationKind =
  | 'lab'
  | 'keepalived'
  | 'carp'
  | 'ucarp'
  | 'haproxy'
  | 'nginx'
  | 'frr'
  | 'bird';

/** The daemons' languages by lines that only they have, in the order in which they are tried. */
const SIGNS: readonly (readonly [ConfigurationKind, RegExp])[] = [
  [
    'keepalived',
    /^[ \t]*(?:global_defs|vrrp_instance|vrrp_sync_group|vrrp_script|vrrp_track_process|vrrp_track_file|track_file|virtual_server|virtual_server_group|static_ipaddress|static_routes|include[rmwba]?[ \t]+\S+)\b/m,
  ],
  [
    'bird',
    /^[ \t]*(?:router id [\d.]+;|protocol (?:device|kernel|direct|static|bgp|bfd|ospf)\b|template bgp\b)/m,
  ],
  [
    'frr',
    /^(?:frr version|frr defaults|router (?:bgp|ospf)\b|ip prefix-list\b|route-map \S+ (?:permit|deny)|bfd[ \t]*$)/m,
  ],
  ['nginx', /^[ \t]*(?:http|events|stream|server|upstream[ \t]+\S+)[ \t]*\{/m],
  ['haproxy', /^(?:global|defaults|(?:frontend|backend|listen|defaults)[ \t]+\S+)[ \t]*(?:#.*)?$/m],
  ['lab', /^(?:nodes|schedule|links)[ \t]*:/m],
  ['carp', /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:pfsense|opnsense)\b/],
  // A ucarp script has ifconfig lines too, so it comes first.
  ['ucarp', /^(?:.*[\s/;&|("'=])?ucarp[ \t](?:.*[ \t])?-{1,2}[a-zA-Z]/m],
  [
    'carp',
    /^(?:.*[\s/;&|])?ifconfig[ \t].*[ \t](?:vhid|carpnodes|carpdev)[ \t]|^ifconfig_\w+=.*\bvhid\b|^[ \t]*(?:inet6?[ \t].*)?(?:vhid|carpnodes|carpdev)[ \t]+\S|^[ \t]*(?:sysctl[ \t]+)?net\.inet6?\.carp\.\w+[ \t]*=/m,
  ],
];

const NAMES: ReadonlyMap<string, ConfigurationKind> = new Map([
  ['keepalived.conf', 'keepalived'],
  ['haproxy.cfg', 'haproxy'],
  ['nginx.conf', 'nginx'],
  ['frr.conf', 'frr'],
  ['bird.conf', 'bird'],
]);

/**
 * Tells what a file is: a `.yaml`, `.yml` or `.json` is a lab, a `hostname.if` OpenBSD's; else its content decides, then
 * its usual name. A `.conf` that looks like nothing is taken for keepalived's, whose reader then says what it does not
 * know.
 *
 * @returns undefined where it cannot be told
 */
export function configurationKind(path: string, text: string): ConfigurationKind | undefined {
  const name = baseNameOf(path).toLowerCase();
  if (/\.(?:ya?ml|json)$/.test(name)) return 'lab';
  if (/(?:^|[-._])hostname\.[a-z]+\d+$/.test(name)) return 'carp';
  const uncommented = text.replace(/^[ \t]*[#!].*$/gm, '').replace(/\\\r?\n/g, ' ');
  const sign = SIGNS.find(([, pattern]) => pattern.test(uncommented));
  if (sign !== undefined) return sign[0];
  const usual = NAMES.get(name) ?? (hostPrefixOf(name) === undefined ? undefined : 'carp');
  return usual ?? (name.endsWith('.conf') ? 'keepalived' : undefined);
}
