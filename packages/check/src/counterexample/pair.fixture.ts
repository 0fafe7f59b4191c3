import type { LabDesign } from '@viplab/core';

/** A keepalived.conf of one instance for 192.168.1.100, as most people write it. */
export const confOf = (priority: number, more = ''): string => `vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
${more}    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

/** n1 and n2 share 192.168.1.100; c1 asks it every 200 ms. */
export const pairDesign = (one: number, other: number, more = ''): LabDesign => ({
  name: 'pair',
  nodes: {
    n1: {
      address: '192.168.1.11/24',
      keepalived: { conf: confOf(one, more), file: 'n1/keepalived.conf', ready: '60ms' },
    },
    n2: {
      address: '192.168.1.12/24',
      keepalived: { conf: confOf(other, more), file: 'n2/keepalived.conf', ready: '80ms' },
    },
    c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
  },
});
