import type { OptionRule } from './getopt.js';

/** Every option (ucarp_p.h `GETOPT_OPTIONS` and `long_options`). */
export const OPTION_RULES: readonly OptionRule[] = [
  rule('i', 'interface', true),
  rule('s', 'srcip', true),
  // In the help, but not in the option string.
  { letter: 'm', name: 'mcastip', takesArgument: true, isShort: false },
  rule('v', 'vhid', true),
  rule('p', 'pass', true),
  rule('P', 'preempt', false),
  rule('n', 'neutral', false),
  rule('a', 'addr', true),
  rule('h', 'help', false),
  rule('b', 'advbase', true),
  rule('k', 'advskew', true),
  rule('u', 'upscript', true),
  rule('d', 'downscript', true),
  rule('r', 'deadratio', true),
  rule('D', 'debug', false),
  rule('z', 'shutdown', false),
  rule('f', 'facility', true),
  rule('B', 'daemonize', false),
  rule('S', 'ignoreifstate', false),
  rule('M', 'nomcast', false),
  rule('o', 'passfile', true),
  rule('x', 'xparam', true),
];

function rule(letter: string, name: string, takesArgument: boolean): OptionRule {
  return { letter, name, takesArgument, isShort: true };
}

/** What `--facility` takes, in any case (syslog.h `facilitynames`, and `none`). */
export const FACILITIES: readonly string[] = [
  ...[
    'auth',
    'authpriv',
    'cron',
    'daemon',
    'ftp',
    'kern',
    'lpr',
    'mail',
    'mark',
    'news',
    'security',
    'syslog',
  ],
  ...['user', 'uucp', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7', 'none'],
];
