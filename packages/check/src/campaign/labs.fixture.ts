import type { HostDesign, LabDesign } from '@viplab/core';

/** A keepalived.conf of one instance for 192.168.1.100. */
export const conf = (priority: number, more = '', iface = 'eth0'): string => `
vrrp_instance VI_1 {
    state BACKUP
    interface ${iface}
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    ${more}
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

/** A node with an instance, ready 60 ms after its launch. */
export const node = (last: number, priority: number, more = ''): HostDesign => ({
  address: `192.168.1.${last}/24`,
  keepalived: { conf: conf(priority, more), ready: '60ms' },
});

const CLIENT: HostDesign = { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } };

/** n1 (150) and n2 (100) share 192.168.1.100; c1 asks it. */
export const PAIR: LabDesign = {
  name: 'pair',
  nodes: { n1: node(11, 150), n2: node(12, 100), c1: CLIENT },
};

/** The same with equal priorities: n2 wins, its address is higher. */
export const EQUALS: LabDesign = {
  name: 'equals',
  nodes: { n1: node(11, 100), n2: node(12, 100), c1: CLIENT },
};

/** Two switches, a node with two interfaces on both, and a cable of its own between the nodes. */
export const TWO_SWITCHES: LabDesign = {
  name: 'two-switches',
  nodes: {
    left: { kind: 'switch' },
    right: { kind: 'switch' },
    n1: {
      interfaces: { eth0: { address: '192.168.1.11/24' }, eth1: { address: '10.0.0.1/24' } },
      keepalived: conf(150, 'track_interface {\n        eth1\n    }'),
    },
    n2: {
      interfaces: { eth0: { address: '192.168.1.12/24' }, eth1: { address: '10.0.0.2/24' } },
      keepalived: conf(100),
    },
    n3: { address: '192.168.1.13/24', keepalived: conf(50) },
    c1: CLIENT,
  },
  links: [
    ['left', 'right'],
    ['n1:eth0', 'left'],
    ['n2:eth0', 'left'],
    ['n3', 'right'],
    ['c1', 'right'],
    ['n1:eth1', 'n2:eth1'],
  ],
};

/** Two nodes and nothing but a cable between them. */
export const BACK_TO_BACK: LabDesign = {
  name: 'back-to-back',
  nodes: { n1: node(11, 150), n2: node(12, 100) },
  links: [['n1', 'n2']],
};
