/** Every code that {@link lintLab} gives. Old names stay when one is renamed. */
export const LINT_CODES = [
  'vrrp/equal-priority',
  'vrrp/weight-too-light',
  'vrrp/weight-beside-nopreempt',
  'vrrp/nopreempt-master',
  'vrrp/auth-mismatch',
  'vrrp/interval-mismatch',
  'vrrp/version-mismatch',
  'vrrp/vip-list-mismatch',
  'vrrp/vrid-reused',
  'vrrp/vrid-mismatch',
  'vrrp/unicast-one-sided',
  'vrrp/group-mismatch',
  'vrrp/timer-shorter-than-delay',
  'vrrp/check-outlasts-timers',
  'vrrp/one-garp-only',
  'lint/accept-without-reason',
  'lint/accept-unused',
] as const;

/** One of {@link LINT_CODES}. */
export type LintCode = (typeof LINT_CODES)[number];
