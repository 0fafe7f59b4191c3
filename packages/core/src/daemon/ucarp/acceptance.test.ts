import { describe, expect, test } from 'vitest';
import { defineLab } from '../../lab/index.js';
import { holdersOf, lanOf, logOf, runOf, statesOf, timesOf, VIP } from './lan.fixture.js';

const A = { source: '10.0.0.1' };
const B = { source: '10.0.0.2' };
const UPPER = { source: '10.0.0.2' };
const LOWER = { source: '10.0.1.1' };

const firstStates = (run: Parameters<typeof statesOf>[0], count: number): string[] =>
  statesOf(run).slice(0, count);

describe('equal intervals', () => {
  test('launched together both become master, and the higher address yields with a last advert', () => {
    const run = runOf([A, B]);
    expect(statesOf(run)).toEqual([
      'n1 BACKUP 0.000',
      'n2 BACKUP 0.000',
      'n1 MASTER 3.000',
      'n2 MASTER 3.000',
      'n2 BACKUP 3.001',
    ]);
    expect(timesOf(run, 'carp.advert-sent', 'n2')).toEqual(['3.000', '3.001']);
    // One on entry, one for each advert of the other, and one more with the second advert after that.
    expect(timesOf(run, 'arp.announced', 'n1')).toEqual(['3.000', '3.001', '3.002', '5.000']);
    expect(holdersOf(run)).toEqual(['n1']);
    expect(logOf(run, 'n2').slice(-3)).toEqual([
      '[WARNING] Switching to state: BACKUP',
      '[WARNING] Spawning [./vip-down.sh eth0 10.0.200.1]',
      '[WARNING] Preferred master advertised: going back to BACKUP state',
    ]);
  });

  test('whoever is master first stays it', () => {
    const run = runOf([{ ...A, start: '2ms' }, B]);
    expect(statesOf(run)).toEqual(['n2 BACKUP 0.000', 'n1 BACKUP 0.002', 'n2 MASTER 3.000']);
  });

  // The words of 10.0.0.2 and 10.0.1.1 as integers: the last octet is the highest of a little-endian machine.
  test.each([
    ['little', 'little', ['n2']],
    ['big', 'big', ['n1']],
    ['big', 'little', ['n1', 'n2']],
    ['little', 'big', []],
  ] as const)('10.0.0.2 on a %s-endian machine and 10.0.1.1 on a %s-endian one', (one, other, masters) => {
    const run = runOf([
      { ...UPPER, byteOrder: one },
      { ...LOWER, byteOrder: other },
    ]);
    const last = new Map(run.trace.filter('carp.state').map(({ node, to }) => [node, to]));
    if (masters.length > 0)
      expect(['n1', 'n2'].filter((node) => last.get(node) === 'MASTER')).toEqual(masters);
    // Each takes the other for the lower one: both yield, and both come back, for ever.
    else
      expect(firstStates(run, 10)).toEqual([
        'n1 BACKUP 0.000',
        'n2 BACKUP 0.000',
        'n1 MASTER 3.000',
        'n2 MASTER 3.000',
        'n2 BACKUP 3.001',
        'n1 BACKUP 3.001',
        // The last advert of each starts the other's clock anew.
        'n1 MASTER 6.002',
        'n2 MASTER 6.002',
        'n2 BACKUP 6.003',
        'n1 BACKUP 6.003',
      ]);
  });
});

describe('the clock is looked at after poll(2) alone', () => {
  test('a backup with advskew 100 takes over at the third poll of 1.390 s', () => {
    const run = runOf([A, { ...B, advskew: 100 }], [{ at: '10.5s', do: 'power-off', node: 'n1' }]);
    expect(statesOf(run)).toEqual([
      'n1 BACKUP 0.000',
      'n2 BACKUP 0.000',
      'n1 MASTER 3.000',
      'n1 INIT 10.500',
      'n2 MASTER 14.171',
    ]);
  });

  test('alone with advskew 254: 3 polls of 1.992 s, not 3.992 s', () => {
    expect(statesOf(runOf([{ ...A, advskew: 254 }]))).toEqual(['n1 BACKUP 0.000', 'n1 MASTER 5.976']);
  });

  test('anything of protocol 112 ends poll, whosever it is', () => {
    // n2 of another vhid advertises every second from 3.1 s on; without it n1 would wait until 5.976 s.
    const run = runOf([
      { ...A, advskew: 254, start: '50ms' },
      { ...B, vhid: 2 },
    ]);
    expect(statesOf(run).slice(-1)).toEqual(['n1 MASTER 5.001']);
  });
});

describe('packets in blocks', () => {
  const blocks = { capture: 'blocks' as const };

  test('a backup waits from the end of the block that has the last advert', () => {
    const run = runOf(
      [
        { ...A, ...blocks, ready: '45ms' },
        { ...B, ...blocks, advskew: 100, ready: '50ms' },
      ],
      [{ at: '10s', do: 'kill-9', node: 'n1' }],
    );
    // The last advert of 9.045 s is read at 10.038 s, 10 s after the ring was made; 3 polls follow.
    expect(timesOf(run, 'carp.advert-sent', 'n1').slice(-1)).toEqual(['9.045']);
    expect(statesOf(run).slice(-1)).toEqual(['n2 MASTER 14.208']);
    expect(holdersOf(run)).toEqual(['n1', 'n2']);
  });

  test('a master hears of a better one late, and both are for nearly a second', () => {
    const run = runOf([
      { ...A, ...blocks, ready: '53ms' },
      { ...B, ...blocks, ready: '45ms' },
    ]);
    expect(statesOf(run)).toEqual([
      'n2 BACKUP 0.045',
      'n1 BACKUP 0.053',
      'n2 MASTER 3.045',
      'n1 MASTER 3.053',
      'n2 BACKUP 4.033',
    ]);
    // Both adverts of n2 are in one block: two ARPs in a row.
    expect(timesOf(run, 'arp.announced', 'n1')).toEqual(['3.053', '4.041', '4.041', '5.053']);
  });
});

describe('beside a kernel with CARP of the same vhid, password and address', () => {
  const withKernel = (source: string) => {
    const design = lanOf([{ source: '10.0.0.5' }]);
    const files = {
      'hostname.em0': `inet ${source} 255.255.0.0`,
      'hostname.carp0': `inet ${VIP} 255.255.0.0 NONE vhid 1 carpdev em0 advskew 0 pass secret`,
    };
    return defineLab({
      ...design,
      nodes: { ...design.nodes, fw1: { carp: { files } } },
      links: [...(design.links ?? []), { between: ['fw1', 'sw1'], delay: '500us' }],
    }).run();
  };

  test('equal: the kernel yields always, ucarp to the lower source alone', () => {
    expect(statesOf(withKernel('10.0.0.9')).slice(2)).toEqual([
      'fw1 MASTER 3.000',
      'n1 MASTER 3.000',
      'fw1 BACKUP 3.001',
    ]);
    expect(statesOf(withKernel('10.0.0.1')).slice(2, 8)).toEqual([
      'fw1 MASTER 3.000',
      'n1 MASTER 3.000',
      'n1 BACKUP 3.001',
      'fw1 BACKUP 3.001',
      // The last advert of n1 starts the kernel's clock anew.
      'n1 MASTER 6.001',
      'fw1 MASTER 6.002',
    ]);
  });
});
