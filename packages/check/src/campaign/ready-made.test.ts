import { defineLab, MILLISECOND, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { boundsOf } from './bounds-of.js';
import { CLEAN_FAULTS, GREY_FAULTS } from './campaign.js';
import { faultsOf } from './faults-of.js';
import { BACK_TO_BACK, PAIR } from './labs.fixture.js';
import {
  bootStorm,
  defaultCampaign,
  greyCampaigns,
  lossyLan,
  maintenance,
  oneFault,
  oneFaultAndRepair,
} from './ready-made.js';

const { plan } = defineLab(PAIR);

describe('ready-made campaigns', () => {
  test('the default: one clean fault and its repair once settled, any start within a down interval and an advert', () => {
    const campaign = defaultCampaign(plan);
    expect(campaign).toMatchObject({
      faults: CLEAN_FAULTS,
      atOnce: 1,
      inAll: 1,
      repairs: true,
      lostFrames: 0,
    });
    expect(campaign.faultsFrom).toBe('settled');
    // n2: 3 × 1 s + 156/256 s, and 1 s; rounded up to 10 ms.
    expect(campaign.startWithin).toBe(4610 * MILLISECOND);
    expect(boundsOf(plan, campaign)).toEqual([
      'at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived',
      'any node and instant once settled',
      'any start order, offsets up to 4.61 s',
      'keepalived ready 60 ms after its launch',
      'links 50 µs, no loss',
    ]);
  });

  test('names and bounds say what was chosen', () => {
    const campaign = { ...oneFault({ of: ['freeze'], nodes: ['n1'], from: 'start' }), driftPpm: 50 };
    expect(campaign.name).toBe('one fault: freeze of n1');
    expect(boundsOf(plan, { ...campaign, latency: { lo: 50_000, hi: 2_000_000 } })).toEqual([
      'at most 1 fault, no repair: freeze',
      'n1, any instant',
      'all nodes boot at once',
      'keepalived ready 60 ms after its launch',
      'clocks off by up to 50 ppm either way',
      'links 50 µs to 2 ms, no loss',
    ]);
    expect(boundsOf(plan, maintenance({ nodes: ['n1', 'n2', 'c1'] }))[0]).toBe(
      'at most 1 fault at a time, 3 in all, with their repairs: power-off/on, stop/start keepalived',
    );
    const twice = { ...oneFaultAndRepair({ of: ['stop'] }), atOnce: 2, inAll: 2 };
    expect(boundsOf(plan, twice)[0]).toBe('at most 2 faults with their repairs: stop/start keepalived');
    expect(boundsOf(plan, lossyLan(2, ['n2'])).at(-1)).toBe(
      'links 50 µs, at most 2 lost control frames (adverts, ARP) on the way to n2',
    );
  });

  test('one grey campaign for each grey fault that the lab can suffer, then lost frames', () => {
    const campaigns = greyCampaigns(plan);
    expect(campaigns.map(({ name }) => name)).toEqual([
      'keepalived killed (kill -9) and started again',
      'a node frozen and thawed',
      'keepalived stalled (SIGSTOP) and resumed',
      'a silent cut and its healing',
      'one-way loss and its healing',
      'multicast lost at a switch and its healing',
      '1 lost control frame',
      'up to 2 lost control frames',
      'up to 3 lost control frames',
    ]);
    expect(campaigns.flatMap(({ faults }) => faults)).toEqual([...GREY_FAULTS]);
    for (const campaign of campaigns)
      expect(faultsOf(plan, campaign).length + campaign.lostFrames).toBeGreaterThan(0);
    // Without a switch nothing can lose multicast alone.
    const names = greyCampaigns(defineLab(BACK_TO_BACK).plan).map(({ name }) => name);
    expect(names).toHaveLength(campaigns.length - 1);
    expect(names.join()).not.toContain('multicast');
  });

  test('a freeze that is ended ends within ten seconds, and the bounds say so', () => {
    const said = (causes: ReturnType<typeof oneFault>): string => boundsOf(plan, causes).join();
    expect(said(oneFaultAndRepair({ of: ['stall'] }))).toContain('frozen or stalled for up to 10 s');
    expect(said(oneFault({ of: ['freeze'] }))).not.toContain('up to 10 s');
  });

  test('a boot storm has no cause but the boot; maintenance takes nodes down one at a time', () => {
    expect(bootStorm({ within: '5s' })).toMatchObject({
      faults: [],
      startWithin: 5 * SECOND,
      faultsFrom: 'start',
    });
    expect(maintenance()).toMatchObject({
      faults: ['stop', 'power-off', 'shutdown', 'carp-state', 'carp-demote'],
      atOnce: 1,
      inAll: 2,
      repairs: true,
    });
  });

  test('numbers that are none are refused with what to write', () => {
    for (const count of [0, -1, 1.5, Number.NaN]) {
      expect(() => lossyLan(count)).toThrow(/write a whole number of 1 or more/);
      expect(() => maintenance({ times: count })).toThrow(/write a whole number of 1 or more/);
    }
    expect(() => bootStorm({ within: '5' as never })).toThrow(RangeError);
  });
});
