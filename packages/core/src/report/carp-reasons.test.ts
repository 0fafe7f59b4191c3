import { describe, expect, test } from 'vitest';
import { MILLISECOND, SECOND } from '../engine/index.js';
import { whyCarpState } from './carp-reasons.js';
import { ElectionEvents } from './election-events.js';
import { carpFacts, carpInstance, carpVip, HandMadeCarp } from './hand-made-carp.fixture.js';
import { at } from './hand-made-trace.fixture.js';
import { whyMaster } from './master-reasons.js';
import type { VipFacts } from './run-facts.js';
import { secondsFormat } from './spans-of-time.js';

const SKEWS = { fw1: 0, fw2: 100 };

/** Why the last change of state of a node happened. */
function why(
  trace: HandMadeCarp,
  node: string,
  vip: VipFacts = carpVip(trace.skews, trace.instance),
): string {
  const elections = new ElectionEvents(trace.events, carpFacts(trace.skews).nodes);
  const state = elections.states.findLast((event) => event.node === node);
  if (state?.name !== 'carp.state') return 'no state';
  return state.to === 'MASTER'
    ? whyMaster(elections, vip, state, secondsFormat(3)).text
    : whyCarpState(elections, vip, state);
}

const started = (skews: Readonly<Record<string, number>> = SKEWS): HandMadeCarp => {
  const trace = new HandMadeCarp(skews);
  for (const node of Object.keys(skews)) trace.enters(0, node, 'BACKUP', 'start');
  return trace;
};

describe('why a virtual host became MASTER', () => {
  test('no advert since BACKUP', () => {
    expect(why(started().enters(at('3.390625'), 'fw2', 'MASTER', 'timeout'), 'fw2')).toBe(
      '3.391 s after BACKUP, no advert heard',
    );
  });

  test('the master fell silent', () => {
    const trace = started().advertises('fw1', at('3'), at('10.0005'));
    expect(why(trace.enters(at('13.391625'), 'fw2', 'MASTER', 'timeout'), 'fw2')).toBe(
      "3.392 s after fw1's last advert (10.000): 3 x 1 s + 100/256 s",
    );
  });

  test('adverts were lost', () => {
    const trace = started().advertises('fw1', at('3'), at('14'));
    expect(why(trace.enters(at('13.391625'), 'fw2', 'MASTER', 'timeout'), 'fw2')).toBe(
      "3.392 s after fw1's advert (10.000): 3 x 1 s + 100/256 s; 3 more were lost",
    );
  });

  test('adverts of one address family only came through', () => {
    const trace = started();
    for (let time = at('3'); time < at('8'); time += SECOND)
      trace.advert(time, 'fw1').advert(time, 'fw1', { destination: 'ff02::12' });
    expect(why(trace.enters(at('7.391625'), 'fw2', 'MASTER', 'timeout'), 'fw2')).toBe(
      "3.392 s after fw1's advert (4.000): 3 x 1 s + 100/256 s; over one of its address families nothing came after",
    );
  });

  test('it rejects what it hears', () => {
    const trace = started().advertises('fw1', at('3'), at('4'));
    trace.add(at('3.001'), 'carp.rejected', 'fw2', {
      instance: 'carp0',
      vhid: 1,
      from: '192.0.2.11',
      reason: 'badauth',
    });
    expect(why(trace.enters(at('3.390625'), 'fw2', 'MASTER', 'timeout'), 'fw2')).toBe(
      '3.391 s after BACKUP: it rejects the adverts of fw1 (badauth: another password or other addresses)',
    );
  });

  test('nothing of what was sent has arrived', () => {
    const trace = started().advertises('fw1', at('3'), at('4'));
    expect(why(trace.enters(at('3.390625'), 'fw2', 'MASTER', 'timeout'), 'fw2')).toBe(
      '3.391 s after BACKUP: nothing of fw1 has arrived',
    );
  });

  test('it preempts, takes over, is forced', () => {
    const heard = (reason: 'preempts' | 'will-time-out' | 'demoted-master', fields = {}): string =>
      why(
        started({ fw1: 0, fw2: 100 })
          .advert(at('20'), 'fw2', fields)
          .enters(at('20.001'), 'fw1', 'MASTER', reason, 'fw2'),
        'fw1',
      );
    expect(heard('preempts')).toBe('preempts fw2: advskew 0 beats its 100');
    expect(heard('preempts', { advbase: 4 })).toBe(
      'preempts fw2: an advert every 1 s beats its every 4.390625 s',
    );
    expect(heard('will-time-out', { advbase: 4 })).toBe(
      'fw2 advertises every 4.390625 s only: taken for dead before it times out',
    );
    expect(heard('preempts', { advbase: 255, advskew: 255 })).toBe('fw2 says goodbye (advert 255/255)');
    expect(heard('will-time-out', { advbase: 255, advskew: 255 })).toBe('fw2 says goodbye (advert 255/255)');
    expect(heard('demoted-master', { demotion: 1 })).toBe('takes over: fw2 is demoted by 1, fw1 by 0');
    expect(why(started().enters(at('10.3'), 'fw2', 'MASTER', 'forced'), 'fw2')).toBe('forced: state master');
  });

  test('other timers than those of a kernel are told by their span', () => {
    const trace = new HandMadeCarp({ n1: 0, n2: 100 }, 'ucarp').enters(0, 'n2', 'BACKUP', 'start');
    trace.advert(at('10'), 'n1').enters(at('14.171'), 'n2', 'MASTER', 'timeout');
    const [one, other] = [carpInstance('n1', 0, 'ucarp'), carpInstance('n2', 100, 'ucarp')];
    const vip = { ...carpVip({}), instances: [one, { ...other, masterDownNs: at('4.17') }] };
    expect(why(trace, 'n2', vip)).toBe("4.171 s after n1's last advert (10.000): at most 4.17 s");
  });
});

describe('why it is MASTER no more', () => {
  const yielded = (
    reason: 'better-advert' | 'equal-advert' | 'less-demoted' | 'forced' | 'signal',
    fields = {},
    own = {},
    skews: Readonly<Record<string, number>> = SKEWS,
    demotion = 0,
  ): string =>
    why(
      started(skews)
        .enters(at('5'), 'fw2', 'MASTER', 'timeout')
        .advert(at('5'), 'fw2', own)
        .advert(at('6'), 'fw1', fields)
        .enters(at('6') + MILLISECOND, 'fw2', 'BACKUP', reason, 'fw1', demotion),
      'fw2',
    );

  test('for whom, and what decided', () => {
    expect(yielded('better-advert')).toBe('yields to fw1: its advskew 0 beats 100');
    expect(yielded('better-advert', { advskew: 200 }, { advskew: 240 })).toBe(
      'yields to fw1: its advskew 200 beats 240 (demoted)',
    );
    expect(yielded('better-advert', {}, { advbase: 4 }, { fw1: 0, fw2: 0 })).toContain('yields to fw1');
    expect(yielded('equal-advert')).toBe(
      'yields to an equal advert of fw1: no address decides between equals',
    );
    expect(yielded('less-demoted', {}, {}, SKEWS, 1)).toBe('yields to fw1: demoted by 0, fw2 by 1');
    expect(yielded('forced')).toBe('forced: state backup');
    expect(yielded('signal')).toBe('SIGUSR2');
  });

  test('of ucarp the address decides', () => {
    const trace = new HandMadeCarp({ fw1: 0, fw2: 0 }, 'ucarp').enters(0, 'fw2', 'BACKUP', 'start');
    trace.enters(at('3'), 'fw2', 'MASTER', 'timeout').advert(at('3'), 'fw1');
    expect(why(trace.enters(at('3.001'), 'fw2', 'BACKUP', 'equal-advert', 'fw1'), 'fw2')).toBe(
      'yields to fw1: equal, and its address is the lower',
    );
  });

  test('its interface, its addresses, its administrator', () => {
    const halted = (reason: 'link-down' | 'address-changed' | 'disallowed'): string =>
      why(
        started().enters(at('3'), 'fw1', 'MASTER', 'timeout').enters(at('4'), 'fw1', 'INIT', reason),
        'fw1',
      );
    expect(halted('link-down')).toBe('no carrier');
    expect(halted('address-changed')).toBe('an address came or went: it starts over');
    expect(halted('disallowed')).toBe('net.inet.carp.allow is 0');
  });
});
