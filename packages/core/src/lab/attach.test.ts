import { describe, expect, test } from 'vitest';
import { tryParseIpv4 } from '../wire/index.js';
import { defineLab, landingOf, type Network, ordinaryVip, ownerMaskOf, ownersOf } from './index.js';
import { PAIR, VIP } from './pair.fixture.js';

const address = tryParseIpv4(VIP);
if (address === undefined) throw new RangeError(VIP);

describe('who is attached to a network', () => {
  test('gets it before anything has happened, once for each simulation', () => {
    const networks: Network[] = [];
    const states: string[] = [];
    const lab = defineLab(PAIR);
    const simulation = lab.start({
      attach: (network) => {
        networks.push(network);
        states.push(`${network.hosts.size} ${network.keepaliveds.get('n1')?.isLaunching}`);
      },
    });
    expect(states).toEqual(['3 false']);
    expect(simulation.network.keepaliveds.get('n1')?.isLaunching).toBe(true);
    expect(networks).toEqual([simulation.network]);
    const fork = simulation.runUntil('1s').fork();
    expect(networks).toEqual([simulation.network, fork.network]);
  });

  test('is told of actions before they are done, and of late boots', () => {
    const said: string[] = [];
    const lab = defineLab({
      ...PAIR,
      nodes: { ...PAIR.nodes, n2: { ...PAIR.nodes.n2, start: '2s' } },
      schedule: [{ at: '5s', do: 'power-off', node: 'n1' }],
    });
    const simulation = lab.start({
      attach: (network) => {
        network.actionListeners.push((action) => {
          const isOn = network.host(action.node ?? '').isOn;
          said.push(`${network.engine.now / 1e9} ${action.do} ${action.node} ${isOn ? 'on' : 'off'}`);
        });
      },
    });
    simulation.runUntil('6s').node('n1').powerOn();
    expect(said).toEqual(['2 power-on n2 off', '5 power-off n1 on', '6 power-on n1 off']);
  });
});

describe('who owns an address now, and where frames to it arrive', () => {
  test('is seen without the trace', () => {
    const { network } = defineLab(PAIR).start({ record: false }).runUntil('6s');
    const hosts = ['c1', 'n2', 'n1'].map((name) => network.host(name));
    expect(ownersOf(network, ordinaryVip(address))).toEqual(['n1']);
    expect(ownerMaskOf(hosts, ordinaryVip(address))).toBe(0b100);
    expect(landingOf(network.host('c1'), address)).toBe(network.host('n1'));
    expect(landingOf(network.host('n1'), address)).toBe(network.host('n1'));
  });

  test('a host that is frozen or off owns nothing and sends nothing', () => {
    const simulation = defineLab(PAIR).start().runUntil('6s');
    const { network } = simulation;
    simulation.node('n1').freeze();
    expect(ownersOf(network, ordinaryVip(address))).toEqual([]);
    // Its cable still takes frames.
    expect(landingOf(network.host('c1'), address)).toBe(network.host('n1'));
    simulation.node('n1').powerOff();
    expect(landingOf(network.host('c1'), address)).toBeNull();
    simulation.node('c1').powerOff();
    expect(landingOf(network.host('c1'), address)).toBeNull();
  });

  test('unknown MAC addresses are flooded, over several switches', () => {
    const lab = defineLab({
      ...PAIR,
      nodes: {
        ...PAIR.nodes,
        sw1: { kind: 'switch' },
        sw2: { kind: 'switch' },
        sw3: { kind: 'switch' },
      },
      links: [
        ['n1', 'sw1'],
        ['n2', 'sw2'],
        ['c1', 'sw3'],
        ['sw1:a', 'sw2:a'],
        ['sw2:b', 'sw3:b'],
      ],
    });
    const { network } = lab.start();
    const mac = network.host('n1').interface('eth0')?.mac;
    const face = network.host('c1').interface('eth0');
    if (mac === undefined || face === undefined) throw new RangeError('no eth0');
    face.neighbours.learn(address, mac, false, true);
    expect(landingOf(network.host('c1'), address)).toBe(network.host('n1'));
    network.host('n1').powerOff();
    expect(landingOf(network.host('c1'), address)).toBeNull();
  });
});
