import { describe, expect, test } from 'vitest';
import { ClockDomain, Engine, SeededChoices } from '../../engine/index.js';
import type { GarpConfig } from './configuration/keepalived-config.js';
import { AnnouncedAddress, GarpPacing, GarpSchedule } from './garp.js';
import { DEFAULT_GARP } from './testing/sample-config.js';
import type { VrrpMode } from './vrrp-state.js';

const MS = 1_000_000;

class Sample extends AnnouncedAddress {
  constructor(
    private readonly bench: Bench,
    readonly name: string,
    pacing: GarpPacing | null,
  ) {
    super(bench.engine, bench.domain, name, pacing);
  }

  get mayAnnounce(): boolean {
    return this.bench.mayAnnounce;
  }

  logQueueing(): void {}

  sendNow(): void {
    this.bench.sent.push(`${this.bench.engine.now / MS} ${this.name}`);
  }
}

class Bench {
  readonly engine = new Engine({ choices: new SeededChoices(1) });
  readonly domain = new ClockDomain(this.engine, 'clock');
  readonly sent: string[] = [];
  mayAnnounce = true;
  readonly schedule: GarpSchedule;

  constructor(
    config: Partial<GarpConfig>,
    intervalUs = 0,
    names = ['a'],
    mode: VrrpMode = 'keepalived-2.2.7',
  ) {
    const pacing = intervalUs === 0 ? null : new GarpPacing(this.engine, this.domain, 'pacing', intervalUs);
    const addresses = names.map((name) => new Sample(this, name, pacing));
    this.schedule = new GarpSchedule(
      this.engine,
      this.domain,
      'x',
      { ...DEFAULT_GARP, ...config },
      mode,
      addresses,
      this,
    );
  }

  run(ms: number): string[] {
    this.engine.runUntil(ms * MS);
    return this.sent;
  }
}

describe('rounds and bursts', () => {
  test('a round goes over all addresses', () => {
    const bench = new Bench({ masterRepeat: 2 }, 0, ['a', 'b']);
    bench.schedule.announceMaster();
    expect(bench.run(0)).toEqual(['0 a', '0 b', '0 a', '0 b']);
  });

  test('no second burst without a delay', () => {
    const bench = new Bench({ masterDelayUs: 0, masterRepeat: 1 });
    bench.schedule.armMasterBurst();
    expect(bench.run(60_000)).toEqual([]);
  });

  test('armed bursts are never cancelled: MASTER, BACKUP, MASTER makes two', () => {
    const bench = new Bench({ masterRepeat: 1 });
    bench.schedule.armMasterBurst();
    bench.run(1_000);
    bench.schedule.clearQueued();
    bench.schedule.armMasterBurst();
    expect(bench.run(60_000)).toEqual(['5000 a', '6000 a']);
  });

  test('a burst of a router that is no master sends nothing', () => {
    const bench = new Bench({ masterRepeat: 1 });
    bench.schedule.armMasterBurst();
    bench.mayAnnounce = false;
    expect(bench.run(60_000)).toEqual([]);
  });

  test('against lower adverts: rounds at once and after the delay; every time anew', () => {
    const bench = new Bench({ lowerPriorityRepeat: 2, lowerPriorityDelayUs: 1_000_000 });
    bench.schedule.announceAgainstLower();
    bench.run(500);
    bench.schedule.announceAgainstLower();
    expect(bench.run(60_000)).toEqual([
      '0 a',
      '0 a',
      '500 a',
      '500 a',
      '1000 a',
      '1000 a',
      '1500 a',
      '1500 a',
    ]);
  });

  test('the refresh is looked at when an advert is sent', () => {
    const bench = new Bench({ masterRepeat: 1, masterRefreshUs: 5_000_000, masterRefreshRepeat: 2 });
    bench.schedule.announceMaster();
    for (let second = 1; second <= 12; second++) {
      bench.run(second * 1_000);
      bench.schedule.advertSent();
    }
    expect(bench.sent).toEqual(['0 a', '5000 a', '5000 a', '10000 a', '10000 a']);
  });

  test('by the RFC: one each, once', () => {
    const bench = new Bench({ masterRefreshUs: 1_000_000 }, 0, ['a', 'b'], 'rfc');
    bench.schedule.announceMaster();
    bench.schedule.armMasterBurst();
    bench.run(9_000);
    bench.schedule.advertSent();
    expect(bench.run(60_000)).toEqual(['0 a', '0 b']);
  });
});

describe('garp_interval', () => {
  test('a burst of five of one address becomes one now and one later (2.2.7 has one flag each)', () => {
    const bench = new Bench({}, 100_000);
    bench.schedule.announceMaster();
    expect(bench.run(60_000)).toEqual(['0 a', '100 a']);
  });

  test('several addresses share the pace, in order', () => {
    const bench = new Bench({}, 100_000, ['a', 'b', 'c']);
    bench.schedule.announceMaster();
    expect(bench.run(60_000)).toEqual(['0 a', '100 a', '200 b', '300 c']);
  });

  test('what waits is forgotten when the router is master no more', () => {
    const bench = new Bench({}, 100_000, ['a', 'b', 'c']);
    bench.schedule.announceMaster();
    bench.run(150);
    bench.schedule.clearQueued();
    expect(bench.run(60_000)).toEqual(['0 a', '100 a']);
  });
});
