import type { Explanation } from './explanation.js';
import { smallLab } from './smallest-lab.js';

const healthyPair = (name: string, comment: string): Explanation['lab'] =>
  smallLab({
    name,
    nodes: { n1: { priority: 150 }, n2: { priority: 100, before: [comment] } },
    duration: '10s',
  });

export const ACCEPTANCE: readonly Explanation[] = [
  {
    code: 'lint/accept-without-reason',
    rule: 'who accepts a finding says why',
    why: 'whoever reads the file next has to know whether the reason still holds',
    lab: healthyPair('lint/accept-without-reason', '# viplab: accept vrrp/equal-priority'),
    shows: 'nothing: it is a healthy pair',
    cures: [{ cure: '# viplab: accept vrrp/equal-priority because REASON', price: 'a moment of thought' }],
  },
  {
    code: 'lint/accept-unused',
    rule: 'a line that accepts a finding stands above a line that has it',
    why: 'an accepted finding that is gone would hide the next one of its kind',
    lab: healthyPair('lint/accept-unused', '# viplab: accept vrrp/equal-priority because lab only'),
    shows: 'nothing: it is a healthy pair',
    cures: [{ cure: 'remove the line', price: 'none' }],
  },
];
