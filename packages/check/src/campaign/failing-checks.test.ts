import { defineLab, type LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { boundsOf } from './bounds-of.js';
import { faultsOf } from './faults-of.js';
import { conf, PAIR } from './labs.fixture.js';
import { defaultCampaign, oneFaultAndRepair } from './ready-made.js';

const FAILS = oneFaultAndRepair({ of: ['check-fails'] });

const script = (name: string, command: string): string => `
vrrp_script ${name} {
    script "${command}"
    interval 2
}
`;

/** A pair of which n1 has these blocks and tracks these scripts, with haproxy on port 8080 and a file. */
function tracking(blocks: string, track: string): LabDesign {
  const keepalived = { conf: `${blocks}${conf(150, track)}`, ready: '60ms' as const };
  return {
    ...PAIR,
    nodes: {
      ...PAIR.nodes,
      n1: { address: '192.168.1.11/24', keepalived, services: { haproxy: 8080 }, files: ['/etc/ok'] },
    },
  };
}

const faults = (design: LabDesign) =>
  faultsOf(defineLab(design).plan, FAILS).map(({ label, begin, end }) => [label, begin.do, end.do]);

describe('checks that fail', () => {
  test.each([
    ['/usr/bin/killall -0 haproxy', 'haproxy', 'stop', 'start'],
    ['/bin/nc -z localhost 8080', 'haproxy', 'stop', 'start'],
    ['/usr/bin/test -e /etc/ok', '/etc/ok', 'remove-file', 'create-file'],
    ['/usr/bin/test ! -e /tmp/maintenance', '/tmp/maintenance', 'create-file', 'remove-file'],
    ['/usr/local/bin/check.sh', 'chk', 'script-result', 'script-result'],
  ])('%s', (command, what, begin, end) => {
    const design = tracking(script('chk', command), 'track_script {\n        chk\n    }');
    expect(faults(design)).toEqual([[`check-fails n1 ${what}`, begin, end]]);
  });

  test('a process that is tracked, once, however many look for it', () => {
    const blocks = `${script('chk', '/usr/bin/killall -0 haproxy')}
vrrp_track_process p {
    process haproxy
}
`;
    const both = tracking(
      blocks,
      'track_script {\n        chk\n    }\n    track_process {\n        p\n    }',
    );
    expect(faults(both)).toEqual([['check-fails n1 haproxy', 'stop', 'start']]);
  });

  test('what cannot fail does not: no such program, a constant, a script that nobody tracks', () => {
    const track = 'track_script {\n        chk\n    }';
    expect(faults(tracking(script('chk', '/usr/bin/killall -0 nginx'), track))).toEqual([]);
    expect(faults(tracking(script('chk', '/bin/true'), track))).toEqual([]);
    expect(faults(tracking(script('chk', '/usr/bin/killall -0 haproxy'), ''))).toEqual([]);
  });

  test('the bounds speak of checks where there are any', () => {
    const said = (design: LabDesign): string => {
      const { plan } = defineLab(design);
      return boundsOf(plan, defaultCampaign(plan)).join();
    };
    const tracked = tracking(
      script('chk', '/usr/bin/killall -0 haproxy'),
      'track_script {\n        chk\n    }',
    );
    expect(said(tracked)).toContain('stop/start keepalived, a tracked check fails/recovers');
    expect(said(PAIR)).not.toContain('check');
  });
});
