import { describe, expect, test } from 'vitest';
import { defineLab } from '../../lab/index.js';
import { holdersOf, lanOf, logOf, runOf, statesOf, timesOf, VIP } from './lan.fixture.js';

const A = { source: '10.0.0.1' };
const B = { source: '10.0.0.2', advskew: 100 };
const adverts = (run: ReturnType<typeof runOf>, node: string) =>
  run.trace.filter('carp.advert-sent').filter((event) => event.node === node);

describe('what leaves', () => {
  test('an advert: MAC, type of service, DF, TTL, a random number until somebody is heard', () => {
    const lab = defineLab(lanOf([A], [], { duration: '5s' }));
    const frames: { source: number; payload: Record<string, unknown> }[] = [];
    const run = lab.run({
      frames: {
        onFrame: (_time: number, port: string, fate: string, frame: object) => {
          const seen = frame as (typeof frames)[number] & { payload: { payload?: { kind: string } } };
          if (port === 'n1:eth0' && fate === 'sent' && seen.payload.payload?.kind === 'carp')
            frames.push(seen);
        },
      } as never,
    });
    expect(run.trace.filter('carp.advert-sent').map(({ advskew, interval }) => [advskew, interval])).toEqual([
      [0, 1e9],
      [0, 1e9],
    ]);
    expect(frames).toHaveLength(2);
    expect(frames[0]).toMatchObject({
      source: 0x0000_5e00_0001,
      destination: 0x0100_5e00_0012,
      payload: { ttl: 255, typeOfService: 0x10, dontFragment: true, protocol: 112 },
    });
    const number = (frame: unknown) =>
      (frame as { payload: { payload: { counterLow: number } } }).payload.payload.counterLow;
    expect(Math.abs(number(frames[1]) - number(frames[0]))).toBeGreaterThan(1);
  });

  test('--nomcast: broadcast frames are heard without a group', () => {
    const run = runOf([
      { ...A, more: '-M' },
      { ...B, more: '-M' },
    ]);
    expect(statesOf(run)).toEqual(['n1 BACKUP 0.000', 'n2 BACKUP 0.000', 'n1 MASTER 3.000']);
  });

  test('--mcastip: another group, which those of 224.0.0.18 do not hear', () => {
    const other = runOf([
      { ...A, more: '--mcastip=224.0.0.99' },
      { ...B, more: '--mcastip 224.0.0.99' },
    ]);
    expect(statesOf(other).slice(2)).toEqual(['n1 MASTER 3.000']);
    const apart = runOf([{ ...A, more: '--mcastip=224.0.0.99' }, B]);
    expect(statesOf(apart).slice(2)).toEqual(['n1 MASTER 3.000', 'n2 MASTER 4.001']);
  });
});

describe('scripts', () => {
  test('up runs before the ARP and the advert, down at the start unless neutral', () => {
    const run = runOf([{ ...A, more: '-x blue' }]);
    expect(logOf(run, 'n1')).toEqual([
      '[INFO] Local advertised ethernet address is [02:00:0a:00:00:01]',
      '[WARNING] Switching to state: BACKUP',
      `[WARNING] Spawning [./vip-down.sh eth0 ${VIP} blue]`,
      '[WARNING] Switching to state: MASTER',
      `[WARNING] Spawning [./vip-up.sh eth0 ${VIP} blue]`,
    ]);
    const order = run.trace.events
      .filter(({ name }) => ['address.added', 'arp.announced', 'carp.advert-sent'].includes(name))
      .map(({ name }) => name);
    expect(order.slice(0, 3)).toEqual(['address.added', 'arp.announced', 'carp.advert-sent']);
    expect(logOf(runOf([{ ...A, more: '-n' }]), 'n1')[2]).toBe('[WARNING] Switching to state: MASTER');
  });

  test('the texts of scripts say which address with which length', () => {
    const run = runOf([
      {
        ...A,
        scripts: {
          './vip-up.sh': '#!/bin/sh\nip addr add "$2"/25 dev "$1"\nip addr add 10.0.200.2/32 dev $1\n',
          './vip-down.sh': '/sbin/ip address del ${2}/25 dev $1',
        },
      },
    ]);
    expect(
      run.trace.filter('address.added').map(({ address, prefixLength }) => `${address}/${prefixLength}`),
    ).toEqual([`${VIP}/25`, '10.0.200.2/32']);
  });
});

describe('the end', () => {
  test('SIGTERM without --shutdown leaves the address, with it the down script runs; nobody says goodbye', () => {
    const stop = [{ at: '10.5s', do: 'stop', node: 'n1' }] as const;
    const without = runOf([A, B], stop);
    expect(statesOf(without).slice(-2)).toEqual(['n1 INIT 10.500', 'n2 MASTER 14.171']);
    expect(holdersOf(without)).toEqual(['n1', 'n2']);
    const tidy = runOf([{ ...A, more: '-z' }, B], stop);
    expect(statesOf(tidy).slice(-1)).toEqual(['n2 MASTER 14.171']);
    expect(holdersOf(tidy)).toEqual(['n2']);
    expect(adverts(tidy, 'n1').every(({ advskew, advbase }) => advskew === 0 && advbase === 1)).toBe(true);
  });

  test('started again it is a backup, and its down script takes away what was left', () => {
    const run = runOf(
      [A, B],
      [
        { at: '10.5s', do: 'kill-9', node: 'n1' },
        { at: '20s', do: 'start', node: 'n1' },
      ],
    );
    expect(statesOf(run).slice(-2)).toEqual(['n2 MASTER 14.171', 'n1 BACKUP 20.000']);
    expect(holdersOf(run)).toEqual(['n2']);
  });

  test('with --preempt it takes over at the first advert that it hears', () => {
    const run = runOf(
      [{ ...A, more: '-P' }, B],
      [
        { at: '10.5s', do: 'kill-9', node: 'n1' },
        { at: '20s', do: 'start', node: 'n1' },
      ],
    );
    // Adverts of n2 every 1.390 s from 14.171 s; 21.121 s is the first one after 20 s.
    expect(statesOf(run).slice(-3)).toEqual(['n1 BACKUP 20.000', 'n1 MASTER 21.122', 'n2 BACKUP 21.123']);
    expect(logOf(run, 'n1').slice(-2)).toEqual([
      '[WARNING] Putting MASTER down - preemption',
      // The last advert of n2.
      '[WARNING] Non-preferred master advertising: reasserting control of VIP with another gratuitous arp',
    ]);
  });

  test('an interface that is set down ends it, as every packet socket is told', () => {
    const run = runOf([{ ...A, more: '-z' }, B], [{ at: '10.5s', do: 'interface-down', node: 'n1' }]);
    expect(logOf(run, 'n1').slice(-2)).toEqual([
      '[ERROR] exiting: pfds[0].revents = 8',
      `[WARNING] Spawning [./vip-down.sh eth0 ${VIP}]`,
    ]);
    expect(run.simulation.network.programs.get('n1')?.get('ucarp')?.isRunning).toBe(false);
  });
});

describe('signals', () => {
  test('SIGUSR1 tells the state, SIGUSR2 makes a master step back for 3 s', () => {
    const run = runOf(
      [A, B],
      [
        { at: '10.2s', do: 'signal', node: 'n1', daemon: 'ucarp', signal: 'USR1' },
        { at: '10.3s', do: 'signal', node: 'n2', daemon: 'ucarp', signal: 'USR1' },
        { at: '10.5s', do: 'signal', node: 'n1', daemon: 'ucarp', signal: 'USR2' },
        { at: '10.6s', do: 'signal', node: 'n2', daemon: 'ucarp', signal: 'USR2' },
      ],
    );
    expect(logOf(run, 'n1')).toContain('[INFO] MASTER on eth0 id 1');
    expect(logOf(run, 'n2')).toContain('[INFO] BACKUP on eth0 id 1');
    // n2 waits on after its own signal, which ended one of its polls: 10.6 s and three more of 1.390 s.
    expect(statesOf(run).slice(-2)).toEqual(['n1 BACKUP 10.500', 'n2 MASTER 14.770']);
    expect(holdersOf(run)).toEqual(['n2']);
  });

  test('a frozen one obeys at the thaw', () => {
    const run = runOf(
      [A],
      [
        { at: '10s', do: 'freeze', node: 'n1', daemon: 'ucarp' },
        { at: '11s', do: 'signal', node: 'n1', daemon: 'ucarp', signal: 'USR2' },
        { at: '12s', do: 'thaw', node: 'n1', daemon: 'ucarp' },
      ],
    );
    // 3 s of sleep, then 3 s of listening.
    expect(statesOf(run).slice(-2)).toEqual(['n1 BACKUP 12.000', 'n1 MASTER 18.000']);
  });
});

describe('the link', () => {
  test('without carrier it is a backup that looks again every 10 s', () => {
    const run = runOf(
      [A, B],
      [
        { at: '10.5s', do: 'unplug', node: 'n1' },
        { at: '12s', do: 'plug', node: 'n1' },
      ],
      { duration: '40s' },
    );
    // Noticed when the next advert is due; looked at again at 21 s; n2's adverts are heard from then on.
    expect(statesOf(run).slice(-2)).toEqual(['n1 BACKUP 11.000', 'n2 MASTER 14.171']);
    expect(logOf(run, 'n1').slice(-1)).toEqual([`[WARNING] Spawning [./vip-down.sh eth0 ${VIP}]`]);
  });

  test('--ignoreifstate: it stays master, and both are', () => {
    const run = runOf(
      [{ ...A, more: '-S' }, B],
      [
        { at: '10.5s', do: 'unplug', node: 'n1' },
        { at: '20.2s', do: 'plug', node: 'n1' },
      ],
    );
    expect(statesOf(run).slice(-2)).toEqual(['n2 MASTER 14.171', 'n2 BACKUP 21.001']);
    // The last advert of n2 makes n1 announce itself.
    expect(timesOf(run, 'arp.announced', 'n1').slice(-2)).toEqual(['21.002', '23.000']);
  });

  test('with --shutdown SIGTERM is not looked at before the link is back', () => {
    const run = runOf(
      [{ ...A, more: '-z' }],
      [
        { at: '5s', do: 'unplug', node: 'n1' },
        { at: '8s', do: 'stop', node: 'n1' },
        { at: '10s', do: 'plug', node: 'n1' },
      ],
    );
    expect(statesOf(run)).toEqual([
      'n1 BACKUP 0.000',
      'n1 MASTER 3.000',
      'n1 BACKUP 5.000',
      'n1 INIT 18.000',
    ]);
  });
});

describe('sending fails', () => {
  test('after three errors its skew is 240, after three adverts its own again', () => {
    const run = runOf(
      [A],
      [
        { at: '4.5s', do: 'send-errors', node: 'n1' },
        { at: '8.5s', do: 'send-errors', node: 'n1', failing: false },
      ],
    );
    expect(logOf(run, 'n1').filter((line) => line.includes('write()'))).toEqual([
      '[WARNING] write() has failed: No buffer space available',
      '[ERROR] write() in garp: No buffer space available',
      '[WARNING] write() has failed: No buffer space available',
      '[WARNING] write() has failed: No buffer space available',
      '[ERROR] write() error #0/3',
      // At once another advert, which fails as well, and the next one with the interval of 240.
      '[WARNING] write() has failed: No buffer space available',
      '[WARNING] write() has failed: No buffer space available',
    ]);
    expect(
      adverts(run, 'n1')
        .map(({ advskew, time }) => `${advskew} ${(time / 1e9).toFixed(3)}`)
        .slice(0, 7),
    ).toEqual(['0 3.000', '0 4.000', '240 9.937', '240 11.874', '240 13.811', '0 15.748', '0 16.748']);
  });
});

describe('frozen', () => {
  test('packets wait in the kernel, and a master learns of the other at the thaw', () => {
    const run = runOf(
      [A, B],
      [
        { at: '10.5s', do: 'freeze', node: 'n1', daemon: 'ucarp' },
        { at: '15.9s', do: 'thaw', node: 'n1', daemon: 'ucarp' },
      ],
    );
    // Two adverts of n2 have come: two announcements, then its own advert, at which n2 yields with a last one.
    expect(statesOf(run).slice(-2)).toEqual(['n2 MASTER 14.171', 'n2 BACKUP 15.901']);
    expect(timesOf(run, 'arp.announced', 'n1').slice(-4)).toEqual(['15.900', '15.900', '15.902', '17.900']);
  });
});

test('VRRP with the same number on the same LAN: adverts are too short, and wake it', () => {
  const conf = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 1
    priority 100
    virtual_ipaddress {
        10.0.200.9/16
    }
}
`;
  const design = lanOf([B]);
  const run = defineLab({
    ...design,
    nodes: { ...design.nodes, r1: { address: '10.0.0.9/16', keepalived: { conf, ready: '0s' } } },
    links: [...(design.links ?? []), { between: ['r1', 'sw1'], delay: '500us' }],
  }).run();
  expect(run.trace.filter('vrrp.state').map(({ to }) => to)).toEqual(['BACKUP', 'MASTER']);
  // 4.170 s alone; the advert of 3.609 s ends a poll, and its deadline of 3.391 s is past.
  expect(statesOf(run)).toEqual(['n1 BACKUP 0.000', 'n1 MASTER 3.610']);
  const rejected = run.trace.filter('carp.rejected');
  expect(rejected[0]).toMatchObject({
    node: 'n1',
    instance: 'ucarp',
    reason: 'badlen',
    from: '10.0.0.9',
    vhid: 1,
  });
  // Not 27: each advert of n1 that keepalived drops makes it wait a second anew.
  expect(rejected.length).toBe(20);
  expect(logOf(run, 'n1').filter((text) => text.includes('Bad'))).toEqual([]);
});

test('two processes of one host: names, and each its own address', () => {
  const second = `ucarp -i eth0 -s 10.0.0.1 -v 2 -p x -a 10.0.200.2 -u ./up -d ./down`;
  const design = lanOf([A]);
  const n1 = design.nodes['n1'] as { ucarp: object };
  const lab = defineLab({
    ...design,
    nodes: { ...design.nodes, n1: { ...n1, ucarp: [n1.ucarp, { command: second, ready: '0s' }] } },
    schedule: [{ at: '5s', do: 'stop', node: 'n1', daemon: 'ucarp/2' }],
  } as never);
  const run = lab.run();
  expect(run.trace.filter('carp.state').map(({ instance, to }) => `${instance} ${to}`)).toEqual([
    'ucarp BACKUP',
    'ucarp/2 BACKUP',
    'ucarp MASTER',
    'ucarp/2 MASTER',
    'ucarp/2 INIT',
  ]);
});
