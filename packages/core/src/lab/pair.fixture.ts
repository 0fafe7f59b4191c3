import type { LabDesign } from './design.js';
import type { HostDesign } from './index.js';

/** A keepalived.conf of one instance for 192.168.1.100. */
export const conf = (priority: number, more = '', global = ''): string => `${global}
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    ${more}
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

/** A node with keepalived that is ready after a known time. */
export const node = (
  last: number,
  priority: number,
  ready: '60ms' | '80ms',
  more = '',
  global = '',
): HostDesign => ({
  address: `192.168.1.${last}/24`,
  keepalived: { conf: conf(priority, more, global), ready },
});

/** n1 (150) and n2 (100) share 192.168.1.100; c1 asks it every 200 ms. n1 is master from 3.474 s. */
export const PAIR = {
  name: 'pair',
  nodes: {
    n1: node(11, 150, '60ms'),
    n2: node(12, 100, '80ms'),
    c1: {
      address: '192.168.1.50/24',
      client: { request: '192.168.1.100:8080', every: '200ms', from: '145ms' },
    },
  },
  duration: '30s',
} as const satisfies LabDesign;

export const VIP = '192.168.1.100';
