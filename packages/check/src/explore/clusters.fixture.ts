import { defineLab, type Lab } from '@viplab/core';

/** A keepalived.conf of one instance. */
export const conf = (priority: number, extra = ''): string => `vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        192.168.1.100/24
    }
${extra}}
`;

/** A cluster of nodes with these priorities on one switch, 100 µs a cable, and a client. */
export function cluster(priorities: readonly number[], extra = '', cable: `${number}us` = '100us'): Lab {
  const names = priorities.map((_, index) => `n${index + 1}`);
  return defineLab({
    name: `cluster-${priorities.join('-')}`,
    nodes: {
      sw1: { kind: 'switch' },
      ...Object.fromEntries(
        priorities.map((priority, index) => [
          `n${index + 1}`,
          {
            address: `192.168.1.${11 + index}/24`,
            keepalived: { conf: conf(priority, extra), ready: '0s' as const },
          },
        ]),
      ),
      c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
    },
    links: [...names, 'c1'].map((name) => ({ between: [`${name}:eth0`, 'sw1'] as const, delay: cable })),
  });
}
