import { describe, expect, test } from 'vitest';
import { ipv4Address } from '../../../wire/address.js';
import { readKeepalivedConf } from './reader.js';
import { briefly } from './testing/read-instance.js';

/** The files of the nodes that real keepalived 2.2.7 was recorded with: variations of one. */
function recorded(changes: {
  name?: string;
  state?: string;
  priority?: number;
  interval?: number;
  vrid?: number;
  vip?: string;
  more?: string;
}): string {
  const {
    name = 'VI_1',
    state = 'MASTER',
    priority = 150,
    interval = 1,
    vrid = 51,
    vip = '192.168.1.100/24',
    more = '',
  } = changes;
  return `vrrp_instance ${name} {
    state ${state}
    interface eth0
    virtual_router_id ${vrid}
    priority ${priority}
    advert_int ${interval}
    authentication {
        auth_type PASS
        auth_pass mysecret
    }
${more}    virtual_ipaddress {
        ${vip}
    }
}
`;
}

const GLOBAL = 'global_defs {\n    router_id n1\n}\n\n';

const UNICAST = '    unicast_src_ip 192.168.1.11\n    unicast_peer {\n        192.168.1.12\n    }\n';

const SCRIPT = `vrrp_script chk {
    script "/usr/bin/test ! -e /run/n1.fail"
    interval 1
    fall 2
    rise 2
    weight -60
}
`;

describe('recorded configurations', () => {
  test.each<[string, string]>([
    ['master', recorded({})],
    ['backup', recorded({ state: 'BACKUP', priority: 100 })],
    ['the third node', recorded({ state: 'BACKUP', priority: 50 })],
    ['nopreempt beside BACKUP', recorded({ state: 'BACKUP', more: '    nopreempt\n' })],
    ['a refreshing master', recorded({ more: '    garp_master_refresh 5\n' })],
    [
      'two VIPs',
      recorded({ name: 'VI_WRITE' }) +
        recorded({ name: 'VI_READ', state: 'BACKUP', vrid: 52, priority: 100, vip: '192.168.1.101/24' }),
    ],
    ['another interval', recorded({ interval: 2 })],
    ['unicast', recorded({ more: UNICAST })],
  ])('%s: not a word', (_, text) => {
    const { config, diagnostics } = readKeepalivedConf(GLOBAL + text, {
      file: 'n1.conf',
      interfaces: ['lo', 'eth0'],
    });
    expect(briefly(diagnostics)).toEqual([]);
    expect(config.fatal).toBe(false);
    expect(config.global.routerId).toBe('n1');
  });

  test('all of the first one', () => {
    const { config } = readKeepalivedConf(GLOBAL + recorded({}), { file: 'n1.conf' });
    expect(config.instances).toMatchObject([
      {
        name: 'VI_1',
        initialState: 'MASTER',
        basePriority: 150,
        owner: false,
        virtualRouterId: 51,
        version: 2,
        advertIntervalUs: 1_000_000,
        authentication: { type: 'PASS', password: 'mysecret' },
        unicast: false,
        virtualAddresses: [
          {
            address: { family: 'inet', address: ipv4Address('192.168.1.100') },
            prefixLength: 24,
            interface: 'eth0',
          },
        ],
      },
    ]);
  });

  test('unicast', () => {
    const { config } = readKeepalivedConf(recorded({ more: UNICAST }), { file: 'n1.conf' });
    expect(config.instances[0]).toMatchObject({
      unicast: true,
      sourceAddress: { family: 'inet', address: ipv4Address('192.168.1.11') },
      unicastPeers: [
        { address: { family: 'inet', address: ipv4Address('192.168.1.12') }, minTtl: 0, maxTtl: 255 },
      ],
    });
  });

  test('a script with a weight', () => {
    const text = `${GLOBAL}${SCRIPT}${recorded({ more: '    track_script {\n        chk\n    }\n' })}`;
    const { config, diagnostics } = readKeepalivedConf(text, { file: 'n1.conf' });
    expect(briefly(diagnostics)).toEqual([
      'note conf/script-security: scripts are executed without enable_script_security',
    ]);
    expect(config.scripts).toMatchObject([
      { name: 'chk', rise: 2, fall: 2, weight: -60, intervalUs: 1_000_000, timeoutUs: 1_000_000 },
    ]);
    expect(config.instances[0]?.trackScripts).toMatchObject([{ name: 'chk', weight: -60, reverse: false }]);
  });
});
