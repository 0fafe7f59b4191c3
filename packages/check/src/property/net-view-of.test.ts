import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { pairDesign } from '../counterexample/pair.fixture.js';
import { netViewOf } from './net-view-of.js';

const VIP = '192.168.1.100';

describe('the network as a predicate sees it', () => {
  const simulation = defineLab({ ...pairDesign(150, 100), duration: '60s' }).start();
  const net = netViewOf(simulation.network);

  test('before anybody owns anything', () => {
    simulation.runUntil('1s');
    expect(net.vip(VIP).owners).toEqual([]);
    expect(net.vip(VIP).owner).toBeUndefined();
    expect(net.node('n1').state('VI_1')).toBe('BACKUP');
    expect(net.client('c1').landsOn(VIP)).toBeNull();
    expect(net.best('VI_1')).toBe(150);
    expect(net.best(VIP)).toBe(150);
    expect(net.best('VI_2')).toBeUndefined();
  });

  test('with an owner', () => {
    simulation.runUntil('6s');
    expect(net.vip(VIP).owner).toMatchObject({ name: 'n1', priority: 150 });
    expect(`${net.vip(VIP).owner}`).toBe('n1 (150)');
    expect(net.node('n1').addresses).toEqual(['127.0.0.1', '192.168.1.11', VIP]);
    expect(net.node('n1').state('VI_1')).toBe('MASTER');
    expect(net.node('n1').state('VI_9')).toBeUndefined();
    expect(net.node('c1').state('VI_1')).toBeUndefined();
    expect(net.client('c1').landsOn(VIP)).toBe('n1');
    expect(net.client('c1').servedBy('n1')).toBe(true);
    expect(net.client('c1').servedBy('n2')).toBe(false);
  });

  test('with two, and with one that is paused or off', () => {
    simulation.perform({ do: 'drop-multicast' }).runUntil('12s');
    expect(net.vip(VIP).owners).toEqual(['n1', 'n2']);
    expect(net.vip(VIP).owner).toBeUndefined();
    simulation.node('n1').freeze('keepalived');
    expect(net.best('VI_1')).toBe(100);
    expect(net.node('n1').isFrozen).toBe(false);
    simulation.node('n1').freeze();
    expect(net.node('n1').isFrozen).toBe(true);
    expect(net.vip(VIP).owner?.name).toBe('n2');
    simulation.node('n1').powerOff();
    expect(net.node('n1').isOn).toBe(false);
    expect(net.node('n1').addresses).not.toContain(VIP);
  });

  test('names what there is not', () => {
    expect(() => net.node('n9')).toThrow(/n9/);
    expect(() => net.client('c9')).toThrow(/c9/);
    expect(() => net.vip('192.168.1.999')).toThrow("'192.168.1.999' is not an address");
  });
});
