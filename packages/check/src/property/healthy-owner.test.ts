import { defineLab, type HostDesign, type LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../campaign/scenario.js';
import { runScenario } from '../sample/run-scenario.js';
import { checkedProperties } from './checked-properties.js';
import { flapFree } from './flap-free.js';
import { healthyOwner } from './healthy-owner.js';

interface Tracked {
  readonly weight: number;
  readonly more?: string;
}

const node = (last: number, priority: number, { weight, more = '' }: Tracked): HostDesign => ({
  address: `192.168.1.${last}/24`,
  keepalived: {
    ready: '60ms',
    conf: `vrrp_script chk {
    script "/usr/bin/killall -0 haproxy"
    interval 1
    weight ${weight}
}

vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    ${more}
    track_script {
        chk
    }
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`,
  },
  services: { haproxy: 8080 },
});

const pair = (tracked: Tracked): LabDesign => ({
  name: 'tracking',
  nodes: {
    n1: node(11, 150, tracked),
    n2: node(12, 100, tracked),
    c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
  },
});

const S = 1_000_000_000;
const quiet: Scenario = { seed: 1, starts: {}, ready: {}, actions: [], losses: [], until: 60 * S };

/** What is wrong with a run in which haproxy stops on these nodes, one second after the other. */
function violated(tracked: Tracked, stopped: readonly string[], recovers?: number) {
  const stops = stopped.map((name, index) => ({
    at: (20 + index) * S,
    deed: { do: 'stop', node: name, daemon: 'haproxy' } as const,
  }));
  const starts =
    recovers === undefined
      ? []
      : [{ at: recovers, deed: { do: 'start', node: 'n1', daemon: 'haproxy' } as const }];
  const { violation, at } = runScenario(
    defineLab(pair(tracked)),
    { ...quiet, actions: [...stops, ...starts] },
    [healthyOwner()],
  );
  return violation === null ? null : { message: violation.message, at: at / S };
}

describe('healthyOwner', () => {
  test('a weight lighter than the gap: said when the settling time has passed', () => {
    const found = violated({ weight: -50 }, ['n1']);
    expect(found?.message).toContain(
      '192.168.1.100 stays at n1 (100), whose checks fail, and not at n2 (100), where they succeed',
    );
    expect(found?.at).toBeGreaterThan(25);
  });

  test('a weight that exceeds the gap, and no weight at all, move it', () => {
    expect(violated({ weight: -51 }, ['n1'])).toBeNull();
    expect(violated({ weight: 0 }, ['n1'])).toBeNull();
    expect(violated({ weight: 60 }, ['n1'])).toBeNull();
  });

  test('a weight with nopreempt does not: the backup obeys any master', () => {
    expect(violated({ weight: -60, more: 'nopreempt' }, ['n1'])?.message).toContain('stays at n1 (90)');
  });

  test('where the checks fail on both nodes, nobody is better; where they fail on the backup, nothing is wrong', () => {
    expect(violated({ weight: -20 }, ['n1', 'n2'])).toBeNull();
    expect(violated({ weight: -20 }, ['n2'])).toBeNull();
  });

  test('what recovers within the settling time was nothing', () => {
    expect(violated({ weight: -20 }, ['n1'], 25 * S)).toBeNull();
    expect(violated({ weight: -20 }, ['n1'], 50 * S)?.at).toBeLessThan(50);
  });

  test('is asked where something is tracked', () => {
    const names = (design: LabDesign): string[] =>
      checkedProperties(defineLab(design).plan).map(({ name }) => name);
    const usual = flapFree().map(({ name }) => name);
    expect(names(pair({ weight: -20 }))).toEqual([...usual, 'healthy-owner']);
    const plain = pair({ weight: -20 });
    const nodes = Object.fromEntries(
      Object.entries(plain.nodes).map(([name, each]) => {
        if (each.kind === 'switch' || typeof each.keepalived !== 'object') return [name, each];
        const conf = each.keepalived.conf.replace(/track_script \{[^}]*\}/, '');
        return [name, { ...each, keepalived: { ...each.keepalived, conf } }];
      }),
    );
    expect(names({ ...plain, nodes })).toEqual(usual);
  });
});
