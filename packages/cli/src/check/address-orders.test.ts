import { defineLab, type LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { keepalivedConf } from '../captured-terminal.fixture.js';
import { otherOrderOf } from './address-orders.js';

const NOTE = { what: 'nodes', value: 'n1 192.168.1.11, n2 192.168.1.12', why: 'named by folder' };
const lab = (one: number, other: number, changes: Partial<LabDesign> = {}, more = '', before = '') =>
  defineLab({
    name: 'pair',
    nodes: {
      n1: {
        address: '192.168.1.11/24',
        keepalived: before + keepalivedConf(one).replace(/(priority.*\n)/, `$1${more}`),
      },
      n2: {
        address: '192.168.1.12/24',
        keepalived: before + keepalivedConf(other).replace(/(priority.*\n)/, `$1${more}`),
      },
      c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
    },
    inferred: [NOTE],
    ...changes,
  });
const addresses = (design: LabDesign | undefined) =>
  Object.values(design?.nodes ?? {}).map((node) => (node.kind === 'switch' ? null : node.address));

describe('the other order of inferred addresses', () => {
  test('is tried where priorities are equal', () => {
    expect(addresses(otherOrderOf(lab(100, 100))?.design)).toEqual([
      '192.168.1.12/24',
      '192.168.1.11/24',
      '192.168.1.50/24',
    ]);
  });

  test('is tried where the interfaces are named too', () => {
    const base = lab(100, 100).design;
    const named = (last: number) => ({
      interfaces: { eth0: { address: `192.168.1.${last}/24` }, eth1: { address: '10.0.0.1/24' } },
      keepalived: keepalivedConf(100),
    });
    const other = otherOrderOf(
      defineLab({
        ...base,
        nodes: { n1: named(11), n2: { ...named(12), interfaces: { eth0: { address: '192.168.1.12/24' } } } },
      }),
    );
    expect(Object.values(other?.design.nodes ?? {})).toMatchObject([
      { interfaces: { eth0: { address: '192.168.1.12/24' }, eth1: { address: '10.0.0.1/24' } } },
      { interfaces: { eth0: { address: '192.168.1.11/24' } } },
    ]);
  });

  test('is tried with the addresses of both families, which go together', () => {
    const base = lab(100, 100).design;
    const dual = (last: number) => ({
      address: [`192.168.1.${last}/24`, `2001:db8:1::${last}/64`],
      keepalived: keepalivedConf(100),
    });
    const other = (n1: number, n2: object) =>
      otherOrderOf(
        defineLab({ ...base, nodes: { ...base.nodes, n1: dual(n1), n2: { ...dual(12), ...n2 } } }),
      );
    expect(addresses(other(11, {})?.design).slice(0, 2)).toEqual([
      ['192.168.1.12/24', '2001:db8:1::12/64'],
      ['192.168.1.11/24', '2001:db8:1::11/64'],
    ]);
    expect(other(11, { address: '192.168.1.12/24' })).toBeNull();
  });

  test('is not where priorities decide, or addresses are given', () => {
    expect(otherOrderOf(lab(150, 100))).toBeNull();
    expect(otherOrderOf(lab(100, 100, { inferred: [] }))).toBeNull();
  });

  test('is not where peers are named by their addresses', () => {
    const peers = '    unicast_peer {\n        192.168.1.11\n        192.168.1.12\n    }\n';
    expect(otherOrderOf(lab(100, 100, {}, peers))).toBeNull();
  });

  test('is tried where what is tracked can make priorities equal', () => {
    const script = 'vrrp_script chk {\n    script "/usr/bin/killall -0 haproxy"\n    weight -50\n}\n';
    const tracked = lab(150, 100, {}, '    track_script {\n        chk\n    }\n', script);
    expect(addresses(otherOrderOf(tracked)?.design).slice(0, 2)).toEqual([
      '192.168.1.12/24',
      '192.168.1.11/24',
    ]);
  });
});
