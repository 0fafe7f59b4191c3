import { expect, test } from 'vitest';
import type { ActionDesign } from './design.js';
import { defineLab } from './lab.js';

const conf = (priority: number) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    192.168.1.100/24
  }
}
`;

/** n1 has a second cable to the same switch, so its ports there have long names. */
const lab = (...schedule: readonly ActionDesign[]) =>
  defineLab({
    name: 'losses',
    nodes: {
      sw1: { kind: 'switch' },
      n1: {
        interfaces: { eth0: { address: '192.168.1.11/24' }, eth1: { address: '10.0.0.1/24' } },
        keepalived: { conf: conf(150), ready: '60ms' },
      },
      n2: { address: '192.168.1.12/24', keepalived: { conf: conf(100), ready: '80ms' } },
    },
    schedule,
    duration: '40s',
  });

const ownersAtTheEnd = (...schedule: readonly ActionDesign[]) =>
  lab(...schedule)
    .run()
    .report.vip('192.168.1.100')
    .owners.at(-1)?.owners;

test('multicast from one node is lost behind all its ports', () => {
  expect(ownersAtTheEnd({ at: '10s', do: 'drop-multicast', node: 'sw1', from: 'n1' })).toEqual(['n1', 'n2']);
  expect(ownersAtTheEnd({ at: '10s', do: 'drop-multicast', from: 'n1', to: 'n2' })).toEqual(['n1', 'n2']);
});

test('what a backup sends may get lost', () => {
  expect(ownersAtTheEnd({ at: '10s', do: 'drop-multicast', from: 'n2' })).toEqual(['n1']);
});

test('healing the switch ends what it loses, healing a host does not', () => {
  const loss: ActionDesign = { at: '10s', do: 'drop-multicast', from: 'n1' };
  expect(ownersAtTheEnd(loss, { at: '20s', do: 'heal', node: 'n1' })).toEqual(['n1', 'n2']);
  expect(ownersAtTheEnd(loss, { at: '20s', do: 'heal', node: 'sw1' })).toEqual(['n1']);
  expect(ownersAtTheEnd(loss, { at: '20s', do: 'heal' })).toEqual(['n1']);
});

test('healing a host mends its cables', () => {
  const cut: ActionDesign = { at: '10s', do: 'silent-cut', node: 'n1', interface: 'eth0' };
  expect(ownersAtTheEnd(cut)).toEqual(['n1', 'n2']);
  expect(ownersAtTheEnd(cut, { at: '20s', do: 'heal', node: 'n2' })).toEqual(['n1', 'n2']);
  expect(ownersAtTheEnd(cut, { at: '20s', do: 'heal', node: 'n1' })).toEqual(['n1']);
});
