import { describe, expect, test } from 'vitest';
import type { ExpectationDesign } from './design.js';
import { defineLab } from './lab.js';

const conf = (priority: number) => `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    192.168.1.100/24
  }
}
`;

const pair = defineLab({
  name: 'pair',
  nodes: {
    n1: { address: '192.168.1.11/24', keepalived: { conf: conf(150), ready: '60ms' } },
    n2: { address: '192.168.1.12/24', keepalived: { conf: conf(100), ready: '80ms' } },
  },
  schedule: [{ at: '10s', do: 'power-off', node: 'n1' }],
  duration: '30s',
});

/** n1's last advert is at 9.474, so n2 takes over at 13.084. */
describe('what a lab expects', () => {
  const verdict = (expectations: readonly ExpectationDesign[]) => {
    const run = pair.with({ expect: expectations }).run();
    return {
      met: run.report.verdict.isExpected,
      line: /expected .*\n(?: .*\n)*/.exec(run.text())?.[0] ?? '',
    };
  };

  test('a failover fast enough', () => {
    const { met, line } = verdict(['no-flap', { failover: { within: '4s' } }]);
    expect(met).toBe(true);
    expect(line).toContain('no flap, failover within 4.00 s (expect), so exit 0');
  });

  test('a failover that takes too long says how long', () => {
    const { met, line } = verdict([{ failover: { within: '3s' } }]);
    expect(met).toBe(false);
    expect(line).toMatch(/the failover at 13\.084 took\s+3\.08 s: exit 1/);
  });

  test('a failover that never happened is not one in time', () => {
    const quiet = pair.with({ schedule: [], expect: [{ failover: { within: '4s' } }] }).run();
    expect(quiet.report.verdict.isExpected).toBe(false);
    expect(quiet.text()).toContain('no failover happened');
  });

  test('a word that the run does not show', () => {
    expect(verdict(['flux']).met).toBe(false);
    expect(verdict([]).met).toBe(true);
  });
});
