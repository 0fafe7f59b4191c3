import { type Block, type Keyword, silent, table } from './keyword.js';

/*
 * The grammar of the LVS checkers (check_parser.c). None of it reaches VRRP, and nothing of it is modelled: a block is
 * passed over with balanced braces, as the VRRP process does, and misspelt keywords are found all the same.
 */

const words = (...names: string[]): Record<string, Keyword> =>
  Object.fromEntries(names.map((name) => [name, silent]));

const block = (name: string, keywords: Readonly<Record<string, Keyword>>): Keyword => ({
  effect: 'silent',
  block: { name, keywords: table(keywords) },
});

/** `install_checker_common_keywords`. */
const CONNECTION = words(
  ...['connect_ip', 'connect_port', 'bindto', 'bind_port', 'bind_if', 'connect_timeout', 'fwmark', 'retry'],
  ...['delay_before_retry', 'warmup', 'delay_loop', 'alpha', 'log_all_failures'],
);

const URL = block(
  'url',
  words(
    ...[
      'path',
      'digest',
      'status_code',
      'virtualhost',
      'regex',
      'regex_no_match',
      'regex_options',
      'regex_min_offset',
    ],
    ...['regex_max_offset', 'regex_stack'],
  ),
);

const HTTP = {
  ...CONNECTION,
  ...words('nb_get_retry', 'virtualhost', 'http_protocol', 'enable_sni', 'fast_recovery'),
  url: URL,
};

const REAL_SERVER = block('real_server', {
  ...words(
    ...[
      'weight',
      'lvs_method',
      'uthreshold',
      'lthreshold',
      'inhibit_on_failure',
      'notify_up',
      'notify_down',
      'alpha',
      'retry',
    ],
    ...[
      'delay_before_retry',
      'warmup',
      'connect_timeout',
      'delay_loop',
      'smtp_alert',
      'virtualhost',
      'snmp_name',
    ],
  ),
  MISC_CHECK: block('MISC_CHECK', {
    ...words('retry', 'delay_before_retry', 'warmup', 'delay_loop', 'alpha', 'log_all_failures'),
    ...words('misc_path', 'misc_timeout', 'misc_dynamic', 'user'),
  }),
  SMTP_CHECK: block('SMTP_CHECK', { ...CONNECTION, ...words('helo_name'), host: block('host', CONNECTION) }),
  TCP_CHECK: block('TCP_CHECK', CONNECTION),
  PING_CHECK: block('PING_CHECK', CONNECTION),
  UDP_CHECK: block('UDP_CHECK', {
    ...CONNECTION,
    ...words('payload', 'require_reply', 'min_reply_length', 'max_reply_length'),
  }),
  HTTP_GET: block('HTTP_GET', HTTP),
  SSL_GET: block('SSL_GET', HTTP),
  DNS_CHECK: block('DNS_CHECK', { ...CONNECTION, ...words('type', 'name') }),
  FILE_CHECK: block('FILE_CHECK', words('track_file', 'weight')),
  BFD_CHECK: block('BFD_CHECK', words('name', 'alpha')),
});

const VIRTUAL_SERVER: Block = {
  name: 'virtual_server',
  keywords: table({
    ...words(
      ...[
        'ip_family',
        'retry',
        'delay_before_retry',
        'warmup',
        'connect_timeout',
        'delay_loop',
        'inhibit_on_failure',
        'lb_algo',
      ],
      ...[
        'lvs_sched',
        'hashed',
        'ops',
        'flag-1',
        'flag-2',
        'flag-3',
        'sh-port',
        'sh-fallback',
        'mh-port',
        'mh-fallback',
        'lb_kind',
      ],
      ...[
        'lvs_method',
        'persistence_engine',
        'persistence_timeout',
        'persistence_granularity',
        'protocol',
        'ha_suspend',
      ],
      ...[
        'smtp_alert',
        'virtualhost',
        'snmp_name',
        'alpha',
        'omega',
        'quorum_up',
        'quorum_down',
        'quorum',
        'hysteresis',
        'weight',
      ],
      ...['sorry_server', 'sorry_server_inhibit', 'sorry_server_lvs_method'],
    ),
    real_server: REAL_SERVER,
  }),
};

/** `virtual_server IP port`, `virtual_server fwmark N`, `virtual_server group NAME`. */
export const virtualServerKeyword: Keyword = {
  effect: 'silent',
  skipped: VIRTUAL_SERVER,
  read(statement) {
    const name = statement.words
      .slice(1)
      .map((word) => word.text)
      .join(' ');
    statement.reading.draft.virtualServers.push(name);
    statement.reading.complaints.add(
      statement.keyword.place,
      'not-modelled',
      `virtual_server ${name} matters here and is not modelled`,
      {
        severity: 'warning',
        means: 'the node runs as if the block were absent: connections to that address are not balanced',
      },
    );
  },
};

/** Blocks of the checkers whose lines are free: nothing in them is looked at. */
export const virtualServerGroupKeyword: Keyword = {
  effect: 'silent',
  skipped: { name: 'virtual_server_group', keywords: new Map() },
};

/** `SSL { … }`. */
export const sslKeyword: Keyword = {
  effect: 'silent',
  skipped: { name: 'SSL', keywords: table(words('password', 'ca', 'certificate', 'key')) },
};
