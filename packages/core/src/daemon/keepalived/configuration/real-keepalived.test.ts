import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics } from '../../../diagnostic/format.js';
import { readKeepalivedConf } from './reader.js';
import { ENOUGH } from './testing/read-instance.js';

/*
 * The real program as the judge: `keepalived -t` in a network namespace of its own (so it needs root), with the
 * interfaces that the files name. Its release must be the one that is modelled.
 */

const INTERFACES = ['lo', 'eth0', 'eth1', 'eth2', 'eth3'];

const SETUP = `for i in 0 1 2 3; do
  ip link add eth$i type veth peer name peer$i && ip address add 192.168.20$i.11/24 dev eth$i && ip link set eth$i up
done
ip link set lo up; exec keepalived -t -f "$0"`;

interface Verdict {
  readonly code: number | null;
  readonly output: string;
}

function judge(file: string): Verdict {
  const { status, stderr, stdout } = spawnSync('unshare', ['-n', 'sh', '-c', SETUP, file], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return { code: status, output: `${stdout}${stderr}` };
}

function withFile<T>(text: string, use: (file: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'keepalived-'));
  try {
    const file = join(directory, 'keepalived.conf');
    writeFileSync(file, text);
    return use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Why the real program cannot be asked here, if it cannot. */
function reasonToSkip(): string | undefined {
  try {
    if (!spawnSync('keepalived', ['--version'], { encoding: 'utf8' }).stderr.includes('v2.2.7 '))
      return 'keepalived 2.2.7 is not installed';
    execFileSync('unshare', ['-n', 'ip', 'link'], { stdio: 'ignore' });
  } catch {
    return 'no right to make a network namespace';
  }
  const simple = withFile(`vrrp_instance A {\n${ENOUGH}\n}\n`, judge);
  return simple.code === 0 ? undefined : `keepalived -t does not work here: ${simple.output}`;
}

const reason = reasonToSkip();
const title =
  reason === undefined
    ? 'the same verdict as keepalived -t'
    : `the same verdict as keepalived -t (skipped: ${reason})`;

/** The code of `keepalived -t` for scripts without enable_script_security, which the daemon runs all the same. */
const SECURITY = /^SECURITY VIOLATION.*$/m;

function compare(text: string, file: string): void {
  const { code, output } = judge(file);
  const { diagnostics } = readKeepalivedConf(text, {
    file,
    interfaces: INTERFACES,
    resolveInclude: () => [],
  });
  const ours = diagnostics.some((each) => each.severity === 'error');
  const theirs = code !== 0 && (!SECURITY.test(output) || output.replace(SECURITY, '').trim() !== '');
  expect(
    { rejected: ours, text },
    `${output}\n${formatDiagnostics(diagnostics, new Map([[file, text]]))}`,
  ).toEqual({ rejected: theirs, text });
}

const LINES = [
  ...[
    '',
    'priority 255',
    'priority 0',
    'priority 100x',
    'priority "100"',
    'priority 100 # x',
    'priority 15\\#0',
    'priority',
  ],
  ...[
    'advert_int 1s',
    'advert_int 0.3',
    'advert_int 300',
    'version 3\nadvert_int 0.3',
    'preempt_delay 5s',
    'preempt_delay 3',
  ],
  ...[
    'state master',
    'state MASTER\nnopreempt',
    'nopreempt off',
    'garp_master_repeat 0',
    'garp_master_delay 5000',
  ],
  ...[
    'unicast_ttl 5',
    'check_unicast_src',
    'unicast_peer { 192.168.1.12 }',
    'unicast_peer { ::1 }',
    'skip_check_adv_addr off',
  ],
  ...[
    'strict_mode',
    'strict_mode\npreempt_delay 3',
    'strict_mode maybe',
    'native_ipv6',
    'mcast_src_ip 1.2.3',
    'mcast_dst_ip 10.0.0.1',
  ],
  ...[
    'track_interface { eth0 }',
    'track_interface { eth1 weight 254 }',
    'track_interface { eth1 weight 5 reverse }',
    'track_script { x }',
  ],
  ...[
    'virtual_ipaddress { fe80::1/64 }',
    'virtual_ipaddress { 10.0.0.1/33 }',
    'virtual_ipaddress { 10.0.0.1 dev eth9 }',
  ],
  ...[
    'virtual_ipaddress { 10.0.0.1/24 brd + label eth0:1 scope site no_track }',
    'virtual_ipaddress { 10.0.0.1 brd + }',
  ],
  ...[
    'authentication { auth_type PASS }',
    'authentication { auth_pass abc }',
    'authentication {\nauth_type PASS\nauth_pass toolongaword\n}',
  ],
  ...[
    'use_vmac',
    'use_vmac 02:00:00:00:00:01',
    'vmac_xmit_base',
    'interface lo',
    'interface eth9',
    'virtual_ipadress {\n10.0.0.1\n}',
  ],
  ...[
    'foo',
    'foo { bar }',
    '{',
    '}',
    'no_virtual_ipaddress',
    '~SEQ(i, 1, 2) priority $i',
    '~SEQ(i, 1',
    '$X=priority\n$X 5',
    '$X = 5',
    '@n priority 300',
  ],
  ...[
    'include /nowhere.conf',
    'includem /nowhere.conf',
    'notification_email',
    'virtual_routes { 10.0.0.0/24 via 192.168.1.1 }',
    'vrf x',
  ],
];

const AROUND = [
  'vrrp_instance A { }',
  'vrrp_instance { }',
  'vrrp_sync_group G { group { A } }',
  'vrrp_sync_group G { }',
  'vrrp_script s { }',
  'vrrp_script s { script "/bin/true"\nweight 300 }',
  'track_file f { }',
  'garp_group { interface eth0 }',
  'garp_group { interface eth0\ngarp_interval 1 }',
  'interface_up_down_delays { eth0 1 1 }',
  'global_defs {\nvrrp_garp_interval 0\n}',
  'global_defs {\nvrrp_version 4\n}',
  'global_defs {\nfoo\n}',
  'global_defs {\nvrrp_strict off\n}',
  'static_ipaddress { 10.0.0.1/24 dev eth0 }',
  'virtual_server 10.0.0.1 80 {\nprotocol TCP\nlb_kind NAT\nfoo\n}',
  'vrrp_instance B {\ninterface eth0\nvirtual_router_id 51\nvirtual_ipaddress { 10.0.0.1 }\n}',
  'vrrp_instance B {',
  '}',
];

describe.skipIf(reason !== undefined)(title, () => {
  test.each(LINES)('inside an instance: %j', (lines) => {
    const text = `vrrp_instance A {\n${ENOUGH}\n${lines}\n}\n`;
    withFile(text, (file) => compare(text, file));
  });
  test.each(AROUND)('beside an instance: %j', (lines) => {
    const text = `vrrp_instance A {\n${ENOUGH}\n}\n${lines}\n`;
    withFile(text, (file) => compare(text, file));
  });
});

const SAMPLES = '/usr/share/doc/keepalived/samples';

/** Samples that the real program rejects for what the checkers make of them, which is not modelled. */
const OF_THE_CHECKERS = new Set(['keepalived.conf.fwmark']);
/** Samples that `keepalived -t` rejects (old spellings, missing parts, fragments): so does the reader. */
const REJECTED = new Set(
  [
    'SSL_GET',
    'conditional_conf',
    'track_interface',
    'vrrp.lvs_syncd',
    'vrrp.routes',
    'vrrp.rules',
    'vrrp.static_ipaddress',
  ].map((name) => `keepalived.conf.${name}`),
);

const samples = existsSync(SAMPLES)
  ? readdirSync(SAMPLES).filter((name) => name.startsWith('keepalived.conf'))
  : [];
const samplesTitle =
  samples.length > 0
    ? 'the samples of the package'
    : 'the samples of the package (skipped: it is not installed)';

describe.skipIf(samples.length === 0)(samplesTitle, () => {
  test.each(samples.length > 0 ? samples : ['none'])('%s', (name) => {
    const file = join(SAMPLES, name);
    const text = readFileSync(file, 'utf8');
    const { diagnostics } = readKeepalivedConf(text, { file, interfaces: INTERFACES });
    const errors = diagnostics.filter((each) => each.severity === 'error');
    if (REJECTED.has(name)) expect(errors).not.toEqual([]);
    else expect(formatDiagnostics(errors, new Map([[file, text]]))).toBe('');
    if (reason === undefined && !OF_THE_CHECKERS.has(name)) compare(text, file);
  });
});
