import { SECOND } from '@viplab/core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CarpMachine } from '../../core/src/host/carp/carp-machine.js';
import { bootStorm, oneFault, oneFaultAndRepair } from './campaign/ready-made.js';
import { carpCluster } from './explore/carp-clusters.fixture.js';
import { flapFree } from './property/flap-free.js';
import { prove } from './prove.js';
import type { ProveOptions } from './prove-options.js';
import type { CheckVerdict } from './verdict.js';

/**
 * Mistakes that are easily made in a CARP, put into the kernel while a test runs: each must change the verdict, or a worst
 * case. The same question is asked of the kernel as it is first.
 */
const seeded = vi.hoisted(() => ({
  /** An equal advert makes nobody yield. */
  keepsOnEqual: false,
  /** A better backup waits until the other has gone, whatever `preempt` says. */
  neverPreempts: false,
  /** A demotion that is heard counts for nothing. */
  isDeafToDemotion: false,
  /** The skew counts three times in what a backup waits. */
  tripleSkew: false,
}));

vi.mock('../../core/src/host/carp/carp-election.js', async (original) => {
  const election = await original<typeof import('../../core/src/host/carp/carp-election.js')>();
  const yieldReason: typeof election.yieldReason = (...given) => {
    const reason = election.yieldReason(...given);
    return seeded.keepsOnEqual && reason === 'equal-advert' ? null : reason;
  };
  const takeoverReason: typeof election.takeoverReason = (system, preempt, ...rest) => {
    const reason = election.takeoverReason(system, seeded.neverPreempts ? false : preempt, ...rest);
    return seeded.isDeafToDemotion && reason === 'demoted-master' ? null : reason;
  };
  return { ...election, yieldReason, takeoverReason };
});

vi.mock('../../core/src/host/carp/carp-timers.js', async (original) => {
  const timers = await original<typeof import('../../core/src/host/carp/carp-timers.js')>();
  const masterDownInterval: typeof timers.masterDownInterval = (system, advbase, advskew) =>
    timers.masterDownInterval(system, advbase, advskew) +
    (seeded.tripleSkew && advbase > 0 ? 2 * timers.skewTime(advskew) : 0);
  return { ...timers, masterDownInterval };
});

afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(seeded, {
    ...{ keepsOnEqual: false, neverPreempts: false },
    ...{ isDeafToDemotion: false, tripleSkew: false },
  });
});

const ask = (skews: readonly number[], options: ProveOptions, preempt = false): Promise<CheckVerdict> =>
  prove(carpCluster(skews, { preempt }), { budget: '60s', properties: flapFree(), ...options });

const longest = ({ worst }: CheckVerdict, what: string): number =>
  Math.max(
    0,
    ...worst.filter((each) => each.what === what && each.phase === 'settled').map(({ lasted }) => lasted),
  );

const shareOf = ({ covered }: CheckVerdict, thing: string): number | undefined =>
  covered.find(({ what }) => what === thing)?.share;

describe('mutants of CARP in a kernel', () => {
  test('an equal advert makes nobody yield: no lasso, but two owners for ever', async () => {
    const boot: ProveOptions = { causes: bootStorm({ within: '0s' }) };
    const [sound] = (await ask([0, 0], boot)).counterexamples;
    expect(sound?.lasso).toBeDefined();
    seeded.keepsOnEqual = true;
    const [mutant] = (await ask([0, 0], boot)).counterexamples;
    expect([mutant?.property, mutant?.lasso]).toEqual(['single-owner', undefined]);
  });

  test('preempt is ignored: the better one does not get it back when it returns', async () => {
    const restart: ProveOptions = { causes: oneFaultAndRepair({ of: ['power-off'], nodes: ['n1'] }) };
    const sound = await ask([0, 100], restart, true);
    expect([sound.word, shareOf(sound, 'failover of 192.168.1.100 to n1')]).toEqual(['proved', 1]);
    seeded.neverPreempts = true;
    expect(shareOf(await ask([0, 100], restart, true), 'failover of 192.168.1.100 to n1')).toBe(0);
  });

  test('a demotion that is heard counts for nothing: a demoted master stays', async () => {
    const demoted: ProveOptions = { causes: oneFault({ of: ['carp-demote'], nodes: ['n1'] }) };
    const failover = (verdict: CheckVerdict) => shareOf(verdict, 'failover of 192.168.1.100 to n2');
    const sound = await ask([0, 100], demoted);
    expect([sound.word, failover(sound)]).toEqual(['proved', 1]);
    seeded.isDeafToDemotion = true;
    expect(failover(await ask([0, 100], demoted))).toBe(0);
  });

  test('the skew counts three times: the worst case is two skews longer', async () => {
    const powerOff: ProveOptions = { causes: oneFault({ of: ['power-off'], nodes: ['n1'] }) };
    expect(longest(await ask([0, 100], powerOff), 'headless')).toBe(3_390_825_000);
    seeded.tripleSkew = true;
    expect(longest(await ask([0, 100], powerOff), 'headless')).toBe(3_390_825_000 + 2 * 390_625_000);
  });

  test('no goodbye: a shutdown of OpenBSD is as long as a power cut', async () => {
    const shutdown: ProveOptions = { causes: oneFault({ of: ['shutdown'], nodes: ['n1'] }) };
    expect(longest(await ask([0, 100], shutdown), 'headless')).toBe(200_000);
    vi.spyOn(CarpMachine.prototype, 'bowOut').mockImplementation(() => {});
    expect(longest(await ask([0, 100], shutdown), 'headless')).toBe(3 * SECOND + 390_825_000);
  });
});
