import { type Lab, SECOND } from '@viplab/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { VrrpMachine } from '../../core/src/daemon/keepalived/vrrp-machine.js';
import { bootStorm, lossyLan, oneFault } from './campaign/ready-made.js';
import { cluster } from './explore/clusters.fixture.js';
import { failoverWithin } from './property/failover-within.js';
import { flapFree } from './property/flap-free.js';
import { noFlap } from './property/no-flap.js';
import { prove } from './prove.js';
import type { ProveOptions } from './prove-options.js';
import type { CheckVerdict, WorstCase } from './verdict.js';

/**
 * Mistakes that are easily made in a VRRP, put into the daemon while a test runs: each must change the verdict, or a
 * worst case that is attained exactly. The same question is asked of the daemon as it is first.
 */
const seeded = vi.hoisted(() => ({
  /** 256 − priority, in 1/256 s; null: as it is. */
  skewShare: null as ((priority: number) => number) | null,
}));

vi.mock('../../core/src/daemon/keepalived/vrrp-timers.js', async (original) => {
  const timers = await original<typeof import('../../core/src/daemon/keepalived/vrrp-timers.js')>();
  const skewTimeUs: typeof timers.skewTimeUs = (version, priority, masterUs) =>
    seeded.skewShare === null
      ? timers.skewTimeUs(version, priority, masterUs)
      : Math.floor((seeded.skewShare(priority) * 1_000_000) / 256);
  const masterDownIntervalUs: typeof timers.masterDownIntervalUs = (
    version,
    priority,
    masterUs,
    adverts = 3,
  ) => adverts * masterUs + skewTimeUs(version, priority, masterUs);
  return { ...timers, skewTimeUs, masterDownIntervalUs };
});

/** What a mutant takes the place of. */
interface Election {
  receive(advert: Advert): void;
  sendZero(...given: unknown[]): void;
  readonly state: { readonly state: string; readonly effectivePriority: number };
  readonly effects: { readonly ownAddress: number };
}

type Advert = Parameters<VrrpMachine['receive']>[0];

const ELECTION = VrrpMachine.prototype as unknown as Election;

/** Each advert that a machine in a state hears becomes another one before it looks at it. */
function mishear(state: 'BACKUP' | 'MASTER', change: (advert: Advert, machine: Election) => Advert): void {
  const heard = ELECTION.receive;
  vi.spyOn(ELECTION, 'receive').mockImplementation(function (this: Election, advert) {
    heard.call(this, this.state.state === state ? change(advert, this) : advert);
  });
}

const isEqual = (advert: Advert, { state }: Election): boolean => advert.priority === state.effectivePriority;

/** An advert of the same priority as one's own counts as higher (`>=` instead of `>`), whatever the addresses. */
const yieldToEqual = (): void =>
  mishear('MASTER', (advert, machine) =>
    isEqual(advert, machine) ? { ...advert, priority: advert.priority + 1 } : advert,
  );

/** It counts as lower (`>=` the other way). */
const neverYieldToEqual = (): void =>
  mishear('MASTER', (advert, machine) =>
    isEqual(advert, machine) ? { ...advert, priority: advert.priority - 1 } : advert,
  );

/** The lower address wins. */
const invertAddresses = (): void =>
  mishear('MASTER', (advert, machine) => {
    const { ownAddress } = machine.effects;
    const mirrored = (2 * Number(ownAddress) - Number(advert.source)) as Advert['source'];
    return isEqual(advert, machine) ? { ...advert, source: mirrored } : advert;
  });

/** Priority 0 is only a low priority. */
const takeZeroForNormal = (): void =>
  mishear('BACKUP', (advert) => (advert.priority === 0 ? { ...advert, priority: 1 } : advert));

/** A master leaves without a word. */
const sayNoGoodbye = (): void => {
  vi.spyOn(ELECTION, 'sendZero').mockImplementation(() => {});
};

afterEach(() => {
  vi.restoreAllMocks();
  seeded.skewShare = null;
});

const ask = (lab: Lab, options: ProveOptions): Promise<CheckVerdict> =>
  prove(lab, { budget: '60s', ...options });

/** The longest that something lasted once settled, ns, or that nothing did. */
const longest = ({ worst }: CheckVerdict, what: WorstCase['what']): number =>
  Math.max(
    0,
    ...worst.filter((each) => each.what === what && each.phase === 'settled').map(({ lasted }) => lasted),
  );

describe('the tie-break', () => {
  const healthy: ProveOptions = { causes: bootStorm({ within: '1s' }), properties: flapFree() };

  test.each([
    ['yields to an equal priority, whatever the addresses', yieldToEqual],
    ['never yields to an equal priority', neverYieldToEqual],
  ])('%s: two equal nodes do not settle on a healthy LAN', async (_, seed) => {
    const equals = cluster([100, 100]);
    expect((await ask(equals, healthy)).word).toBe('proved');
    seed();
    const mutant = await ask(equals, healthy);
    expect(mutant.word).toBe('broken');
    expect(mutant.counterexamples).toHaveLength(1);
  });

  test('by the lower address: clean on a healthy LAN, a flap where the lower one is deaf for three adverts', async () => {
    const equals = cluster([100, 100]);
    const deaf: ProveOptions = {
      causes: { ...lossyLan(3, ['n1']), startWithin: SECOND },
      properties: [noFlap()],
    };
    expect((await ask(equals, deaf)).word).toBe('proved');
    invertAddresses();
    expect((await ask(equals, healthy)).word).toBe('proved');
    const mutant = await ask(equals, deaf);
    expect(mutant.word).toBe('broken');
    expect(mutant.counterexamples[0]?.property).toBe('no-flap');
  });
});

describe('the skew time', () => {
  const powerOff: ProveOptions = { causes: oneFault({ of: ['power-off'] }) };

  test('of 255 - priority: the worst case is 1/256 s shorter', async () => {
    const pair = cluster([150, 100]);
    // 3 x 1 s, 156/256 s, and two cables of 100 µs.
    expect(longest(await ask(pair, powerOff), 'headless')).toBe(3_609_575_000);
    seeded.skewShare = (priority) => 255 - priority;
    expect(longest(await ask(pair, powerOff), 'headless')).toBe(3_605_668_000);
  });

  test('that is missing: two backups take over at once', async () => {
    const three = cluster([150, 120, 100]);
    const sound = await ask(three, powerOff);
    expect([sound.word, longest(sound, 'dual')]).toEqual(['proved', 0]);
    seeded.skewShare = () => 0;
    expect(longest(await ask(three, powerOff), 'dual')).toBeGreaterThan(0);
  });
});

describe('priority 0', () => {
  const stop: ProveOptions = {
    causes: oneFault({ of: ['stop'] }),
    properties: [...flapFree(), failoverWithin('1s')],
  };

  test.each([
    ['is taken for a low priority', takeZeroForNormal],
    ['is not sent', sayNoGoodbye],
  ])('%s: after SIGTERM nobody owns the address for as long as after a power cut', async (_, seed) => {
    const pair = cluster([150, 100]);
    const sound = await ask(pair, stop);
    expect([sound.word, longest(sound, 'headless')]).toEqual(['proved', 609_575_000]);
    seed();
    const mutant = await ask(pair, stop);
    expect([mutant.word, mutant.counterexamples[0]?.property]).toEqual(['broken', 'failover-within-1s']);
    const { causes } = stop;
    const measured = await ask(pair, { ...(causes === undefined ? {} : { causes }), properties: flapFree() });
    expect([measured.word, longest(measured, 'headless')]).toEqual(['proved', 3_609_575_000]);
  });
});
