/** haproxy as a process that listens on the clients' port. */
export const HAPROXY = { haproxy: 8080 };

/** A script that looks for haproxy, with further lines. */
export const checkScript = (...lines: readonly string[]): readonly string[] => [
  'vrrp_script chk {',
  '    script "/usr/bin/killall -0 haproxy"',
  ...lines.map((line) => `    ${line}`),
  '}',
];

/** The lines of an instance that tracks it. */
export const TRACKED: readonly string[] = ['track_script {', '    chk', '}'];
