import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  digestOf,
  Engine,
  MILLISECOND,
  restoreState,
  SECOND,
  SeededChoices,
  saveState,
} from '../engine/index.js';
import { type FrameFate, Trace } from '../trace/index.js';
import {
  arpRequest,
  ethernetFrame,
  igmpReportV2,
  ipv4Address,
  ipv4Packet,
  VRRP_GROUP,
} from '../wire/index.js';
import { Link } from './link.js';
import type { LinkOptions } from './link-options.js';
import { RecordingStation } from './recording-station.testing.js';

interface Pair {
  engine: Engine;
  trace: Trace;
  a: RecordingStation;
  b: RecordingStation;
  link: Link;
  fates: [FrameFate, string][];
}

function pair(options: LinkOptions = {}, timeScale = 1, seed = 1): Pair {
  const engine = new Engine({ choices: new SeededChoices(seed), timeScale });
  const trace = new Trace(engine);
  const a = new RecordingStation(engine, 'a:eth0', 0x0200_0000_0001);
  const b = new RecordingStation(engine, 'b:eth0', 0x0200_0000_0002);
  const link = new Link(engine, trace, 'cable', a, b, options);
  const fates: [FrameFate, string][] = [];
  trace.frames = { onFrame: (_time, port, fate) => fates.push([fate, port]) };
  return { engine, trace, a, b, link, fates };
}

const GIGABIT = 1_000_000_000;

describe('time on the wire', () => {
  test('unlimited bandwidth: the delay and nothing else, in order', () => {
    const { engine, a, b, fates } = pair({ delay: 500 });
    for (let number = 0; number < 3; number++) a.send(a.frame(b.mac, 60, number));
    engine.runUntil(SECOND);
    expect(b.times).toEqual([500, 500, 500]);
    expect(b.numbers).toEqual([0, 1, 2]);
    expect(fates.slice(0, 3)).toEqual([
      ['sent', 'a:eth0'],
      ['sent', 'a:eth0'],
      ['sent', 'a:eth0'],
    ]);
    expect(fates[3]).toEqual(['delivered', 'b:eth0']);
  });

  test('the default delay is 50 µs', () => {
    const { engine, a, b } = pair();
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(b.times).toEqual([50_000]);
  });

  test.each([
    [60, 100_000_000, 6720, 5760],
    [60, GIGABIT, 672, 576],
    [1514, 100_000_000, 123_040, 122_080],
    [1514, GIGABIT, 12_304, 12_208],
    [1518, GIGABIT, 12_336, 12_240],
    [60, 10 * GIGABIT, 68, 58], // 67.2 and 57.6, rounded up
    [1514, 10 * GIGABIT, 1231, 1221],
    [46, GIGABIT, 672, 576], // padded to 60
  ])(
    '%i bytes at %i bit/s: second frame starts after %i, first arrives after %i',
    (length, bandwidth, busy, whole) => {
      const { engine, a, b, link } = pair({ delay: 500, bandwidth });
      expect(link.aToB.computesWithTime).toBe(true);
      a.send(a.frame(b.mac, length, 0));
      a.send(a.frame(b.mac, length, 1));
      engine.runUntil(SECOND);
      expect(b.times).toEqual([whole + 500, busy + whole + 500]);
    },
  );

  test('a line that has been idle starts at once', () => {
    const { engine, a, b } = pair({ delay: 500, bandwidth: GIGABIT });
    a.send(a.frame());
    engine.runUntil(10_000);
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(b.times).toEqual([1076, 11_076]);
  });

  test('the directions do not disturb each other', () => {
    const { engine, a, b } = pair({ delay: 500, bandwidth: GIGABIT, bToA: { delay: 900, bandwidth: null } });
    a.send(a.frame());
    b.send(b.frame());
    engine.runUntil(SECOND);
    expect([a.times, b.times]).toEqual([[900], [1076]]);
  });

  test('a range of delays is chosen from, and keeps frames in order', () => {
    const { engine, a, b } = pair({ delay: { lo: 100, hi: 10_000 } });
    for (let number = 0; number < 200; number++) a.send(a.frame(b.mac, 60, number));
    engine.runUntil(SECOND);
    expect(b.numbers).toEqual([...Array(200).keys()]);
    expect(new Set(b.times).size).toBeGreaterThan(3);
    expect(Math.min(...b.times)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...b.times)).toBeLessThanOrEqual(10_000);
  });

  test('a delay that becomes shorter does not let frames overtake', () => {
    const { engine, a, b, link } = pair({ delay: 1000 });
    a.send(a.frame(b.mac, 60, 0));
    link.setDelay(10);
    a.send(a.frame(b.mac, 60, 1));
    engine.runUntil(5000);
    a.send(a.frame(b.mac, 60, 2));
    engine.runUntil(SECOND);
    expect(b.numbers).toEqual([0, 1, 2]);
    expect(b.times).toEqual([1000, 1000, 5010]);
  });
});

describe('the queue', () => {
  test('frames beyond the limit are dropped and counted', () => {
    const { engine, a, b, link, fates } = pair({ delay: 500, bandwidth: GIGABIT, queueBytes: 3 * 60 });
    expect(link.aToB.computesWithTime).toBe(false);
    for (let number = 0; number < 6; number++) a.send(a.frame(b.mac, 60, number));
    engine.runUntil(SECOND);
    expect(b.numbers).toEqual([0, 1, 2, 3]);
    expect(b.times).toEqual([1076, 1748, 2420, 3092]);
    expect(link.aToB.droppedFrames).toBe(2);
    expect(fates.filter(([fate]) => fate === 'queue-full')).toEqual([
      ['queue-full', 'a:eth0'],
      ['queue-full', 'a:eth0'],
    ]);
  });

  test('a line that falls free takes a frame of the same instant even without a queue', () => {
    const { engine, a, b, link } = pair({ delay: 500, bandwidth: GIGABIT, queueBytes: 0 });
    a.send(a.frame());
    // A timer of class TIMER at the very end of the frame comes after the transmitter's.
    const other = new RecordingStation(engine, 'x:eth0', 7);
    const source = new RecordingStation(engine, 'y:eth0', 8);
    new Link(engine, new Trace(engine), 'side', source, other, { delay: 672 });
    source.send(source.frame());
    engine.runWhile(() => other.arrivals.length === 0);
    expect(engine.now).toBe(672);
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(link.aToB.droppedFrames).toBe(0);
    expect(b.arrivals).toHaveLength(2);
  });

  test('what has left makes room', () => {
    const { engine, a, b } = pair({ delay: 500, bandwidth: GIGABIT, queueBytes: 60 });
    for (let number = 0; number < 4; number++) {
      a.send(a.frame(b.mac, 60, number));
      a.send(a.frame(b.mac, 60, number));
      engine.runUntil((number + 1) * 10_000);
    }
    expect(b.numbers).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  test('a cable that was pulled leaves the line free', () => {
    const { engine, a, b, link } = pair({ delay: 500, bandwidth: 1_000_000 });
    for (let number = 0; number < 5; number++) a.send(a.frame());
    link.unplug();
    link.plug();
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(b.times).toEqual([576_000 + 500]);
  });

  test('pulling the cable empties it', () => {
    const { engine, a, b, link, fates } = pair({ bandwidth: 1_000_000, queueBytes: 100_000 });
    for (let number = 0; number < 5; number++) a.send(a.frame());
    link.unplug();
    link.plug();
    engine.runUntil(SECOND);
    expect(b.arrivals).toHaveLength(0);
    expect(fates.filter(([fate]) => fate === 'cut')).toHaveLength(5);
    a.send(a.frame());
    engine.runUntil(2 * SECOND);
    expect(b.arrivals).toHaveLength(1);
  });
});

describe('chance', () => {
  test('loss: about as many as asked, told as lost at the receiving end', () => {
    const { engine, a, b, link, fates } = pair();
    link.setLoss(250_000);
    for (let number = 0; number < 4000; number++) a.send(a.frame(b.mac, 60, number));
    engine.runUntil(SECOND);
    const lost = fates.filter(([fate, port]) => fate === 'lost' && port === 'b:eth0').length;
    expect(lost + b.arrivals.length).toBe(4000);
    expect(lost).toBeGreaterThan(900);
    expect(lost).toBeLessThan(1100);
    link.setLoss(1_000_000);
    a.send(a.frame());
    expect(engine.queue.size).toBe(0);
  });

  test('duplication: the copy comes one occupancy later', () => {
    const { engine, a, b } = pair({ delay: 500, bandwidth: GIGABIT, duplicate: 1_000_000 });
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(b.times).toEqual([1076, 1748]);
  });

  test.each([false, true])('reordering delays the picked frame only (bytes: %s)', (asBytes) => {
    const { engine, a, b, link } = pair({ delay: 500, asBytes });
    link.aToB.setReorder(1_000_000, 2000);
    a.send(a.frame(b.mac, 60, 0));
    link.aToB.setReorder(0, 0);
    a.send(a.frame(b.mac, 60, 1));
    engine.runUntil(SECOND);
    expect(b.numbers).toEqual([1, 0]);
    expect(b.times).toEqual([500, 2500]);
  });

  test('corruption: one flipped bit fails the frame check; counted, not delivered', () => {
    const { engine, a, b, link, fates } = pair({ corrupt: 1_000_000 });
    for (let number = 0; number < 50; number++) a.send(a.frame(b.mac, 60, number));
    engine.runUntil(SECOND);
    expect(b.arrivals).toHaveLength(0);
    expect(link.aToB.damagedFrames).toBe(50);
    expect(link.bToA.damagedFrames).toBe(0);
    expect(fates.filter(([fate, port]) => fate === 'corrupt' && port === 'b:eth0')).toHaveLength(50);
    expect(fates.some(([fate]) => fate === 'delivered')).toBe(false);
  });

  test('corruption that passes the frame check arrives damaged by one bit', () => {
    const { engine, a, b } = pair({ corrupt: 1_000_000, corruptPassesFcs: true });
    for (let number = 0; number < 20; number++) a.send(a.frame(b.mac, 60, 0));
    engine.runUntil(SECOND);
    expect(b.arrivals.length).toBeGreaterThan(0);
    for (const { frame } of b.arrivals) expect(frame).not.toEqual(a.frame(b.mac, 60, 0));
  });

  test('different seeds lose different frames, the same seed the same', () => {
    const run = (seed: number): number[] => {
      const { engine, a, b } = pair({ loss: 500_000 }, 1, seed);
      for (let number = 0; number < 64; number++) a.send(a.frame(b.mac, 60, number));
      engine.runUntil(SECOND);
      return b.numbers;
    };
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });
});

describe('selective drops and silent cuts', () => {
  const source = ipv4Address('10.0.0.1');

  test('only what is named is filtered, in one direction, and nobody loses carrier', () => {
    const { engine, a, b, link, fates } = pair();
    const report = ethernetFrame(
      0x0100_5e00_0012 as never,
      a.mac,
      ipv4Packet(source, VRRP_GROUP, igmpReportV2(VRRP_GROUP)),
    );
    const arp = ethernetFrame(
      0xffff_ffff_ffff as never,
      a.mac,
      arpRequest(a.mac, source, ipv4Address('10.0.0.2')),
    );
    link.dropOnly(link.aToB, 'multicast');
    for (const frame of [report, arp]) a.send(frame);
    link.dropOnly(link.aToB, 'arp');
    for (const frame of [report, arp]) a.send(frame);
    link.dropOnly(link.aToB, 'vrrp');
    for (const frame of [report, arp]) a.send(frame);
    link.dropOnly(link.aToB, 'nothing');
    for (const frame of [report, arp]) a.send(frame);
    b.send(report);
    engine.runUntil(SECOND);
    expect(b.arrivals.map(({ frame }) => frame.payload.kind)).toEqual([
      'arp',
      'ipv4',
      'ipv4',
      'arp',
      'ipv4',
      'arp',
    ]);
    expect(a.arrivals).toHaveLength(1);
    expect(fates.filter(([fate]) => fate === 'filtered')).toEqual([
      ['filtered', 'b:eth0'],
      ['filtered', 'b:eth0'],
    ]);
    expect([...a.carriers, ...b.carriers]).toEqual([]);
  });

  test('a one-way cut is silent and spares what is under way', () => {
    const { engine, a, b, link } = pair();
    a.send(a.frame(b.mac, 60, 0));
    link.cutOneWay(link.aToB);
    a.send(a.frame(b.mac, 60, 1));
    b.send(b.frame(a.mac, 60, 2));
    engine.runUntil(SECOND);
    link.mendOneWay(link.aToB);
    a.send(a.frame(b.mac, 60, 3));
    engine.runUntil(2 * SECOND);
    expect(b.numbers).toEqual([0, 3]);
    expect(a.numbers).toEqual([2]);
    expect([...a.carriers, ...b.carriers]).toEqual([]);
  });
});

describe('carrier', () => {
  test('unplug and plug: each end notices after its own delay; frames on the cable are lost', () => {
    const { engine, a, b, link, fates } = pair({
      carrier: { detectDown: 10 * MILLISECOND, detectUp: 2 * SECOND },
      carrierB: { detectDown: 0 },
    });
    a.send(a.frame());
    engine.runUntil(1000);
    link.unplug();
    expect(fates.at(-1)).toEqual(['cut', 'b:eth0']);
    expect(b.carriers).toEqual([{ time: 1000, up: false }]);
    expect(a.carriers).toEqual([]);
    a.send(a.frame());
    expect(fates.at(-1)).toEqual(['cut', 'a:eth0']);
    engine.runUntil(SECOND);
    expect(a.carriers).toEqual([{ time: 1000 + 10 * MILLISECOND, up: false }]);
    link.plug();
    engine.runUntil(2 * SECOND);
    a.send(a.frame());
    engine.runUntil(4 * SECOND);
    expect(a.carriers.at(-1)).toEqual({ time: 3 * SECOND, up: true });
    expect(b.carriers.at(-1)).toEqual({ time: 3 * SECOND, up: true });
    expect(b.arrivals).toEqual([]);
    a.send(a.frame());
    engine.runUntil(5 * SECOND);
    expect(b.arrivals).toHaveLength(1);
  });

  test('a glitch shorter than the detection is not noticed', () => {
    const { engine, a, b, link } = pair({ carrier: { detectDown: 100 * MILLISECOND } });
    link.unplug();
    engine.runUntil(50 * MILLISECOND);
    link.plug();
    engine.runUntil(SECOND);
    expect([...a.carriers, ...b.carriers]).toEqual([]);
    a.send(a.frame());
    engine.runUntil(2 * SECOND);
    expect(b.arrivals).toHaveLength(1);
  });

  test.each([
    ['copper', 1, 1],
    ['fibre', 0, 1],
  ] as const)('a broken strand on %s', (medium, atA, atB) => {
    const { engine, a, b, link } = pair({ medium });
    link.breakStrand(link.aToB);
    engine.runUntil(SECOND);
    expect([a.carriers.length, b.carriers.length]).toEqual([atA, atB]);
    a.send(a.frame());
    engine.runUntil(2 * SECOND);
    expect(b.arrivals).toEqual([]);
    link.mendStrand(link.aToB);
    a.send(a.frame());
    engine.runUntil(3 * SECOND);
    expect(b.arrivals).toHaveLength(1);
    expect(b.carriers.at(-1)?.up).toBe(true);
  });

  test('a transmitter that is switched off takes carrier from the other end after its delay', () => {
    const { engine, a, b, link } = pair({ carrier: { detectDown: MILLISECOND, detectUp: MILLISECOND } });
    link.aToB.setTransmitter(false);
    expect(a.carriers).toEqual([{ time: 0, up: false }]);
    engine.runUntil(SECOND);
    expect(b.carriers).toEqual([{ time: MILLISECOND, up: false }]);
    link.aToB.setTransmitter(true);
    link.aToB.setTransmitter(true);
    engine.runUntil(2 * SECOND);
    expect(b.carriers.at(-1)).toEqual({ time: SECOND + MILLISECOND, up: true });
    expect(link.aToB.hasCarrier).toBe(true);
  });

  test('where carrier is not seen frames are lost and nobody is told', () => {
    const { engine, a, b, link } = pair({ seesCarrier: false });
    expect(link.aToB.carriesNow).toBe(true);
    link.unplug();
    expect([link.aToB.carriesNow, link.aToB.hasCarrier]).toEqual([false, true]);
    a.send(a.frame());
    link.plug();
    link.bToA.setTransmitter(false);
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(b.arrivals).toEqual([]);
    link.bToA.setTransmitter(true);
    link.cutOneWay(link.aToB);
    expect([link.aToB.carriesNow, link.bToA.carriesNow]).toEqual([false, true]);
    b.send(b.frame());
    engine.runUntil(2 * SECOND);
    expect([a.arrivals.length, a.carriers.length, b.carriers.length]).toEqual([1, 0, 0]);
  });

  test('a transmitter without power forgets what waits for it', () => {
    const { engine, a, b, link } = pair({ bandwidth: 1_000_000, queueBytes: 100_000 });
    for (let number = 0; number < 5; number++) a.send(a.frame(b.mac, 60, number));
    link.aToB.setTransmitter(false);
    link.aToB.setTransmitter(true);
    engine.runUntil(SECOND);
    // The first was on the cable already.
    expect(b.numbers).toEqual([0]);
  });

  test('a cable that starts unplugged has no carrier', () => {
    const { engine, a, b, link } = pair({ plugged: false });
    expect(link.aToB.hasCarrier).toBe(false);
    a.send(a.frame());
    link.plug();
    a.send(a.frame());
    engine.runUntil(SECOND);
    expect(b.arrivals).toHaveLength(1);
    expect(a.carriers).toEqual([{ time: 0, up: true }]);
  });
});

describe('bytes', () => {
  test('frames are written and read back', () => {
    const { engine, a, b } = pair({ asBytes: true });
    const sent = a.frame(b.mac, 100, 77);
    a.send(sent);
    engine.runUntil(SECOND);
    expect(b.arrivals[0]?.frame).toEqual(sent);
    expect(b.arrivals[0]?.frame).not.toBe(sent);
  });
});

describe('wrong designs', () => {
  test.each([
    { delay: 0 },
    { delay: 1.5 },
    { delay: { lo: 5, hi: 4 } },
    { bandwidth: 0 },
    { bandwidth: 1.5 },
    { bandwidth: GIGABIT, queueBytes: -1 },
    { loss: 1_000_001 },
    { duplicate: -1 },
    { corrupt: 0.5 },
    { reorder: { ppm: 1, delay: -1 } },
    { carrier: { detectDown: -1 } },
  ] satisfies LinkOptions[])('%j is refused', (options) => {
    expect(() => pair(options)).toThrow(RangeError);
  });

  test('a port takes one cable', () => {
    const { engine, trace, a, b } = pair();
    const c = new RecordingStation(engine, 'c:eth0', 3);
    expect(() => new Link(engine, trace, 'second', a, c)).toThrow(/a:eth0 has a cable/);
    expect(() => new Link(engine, trace, 'loop', c, c)).toThrow(/both ends/);
    expect(() => pair().link.from(b)).toThrow(/does not end/);
  });
});

const anyOptions: fc.Arbitrary<LinkOptions> = fc.record(
  {
    delay: fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.constant({ lo: 10, hi: 4000 })),
    bandwidth: fc.constantFrom(null, 1_000_000, GIGABIT),
    queueBytes: fc.constantFrom(null, 0, 200, 100_000),
    loss: fc.constantFrom(0, 300_000),
    duplicate: fc.constantFrom(0, 300_000),
    corrupt: fc.constantFrom(0, 300_000),
    asBytes: fc.boolean(),
  },
  { noNullPrototype: true },
);
const anySends = fc.array(fc.record({ gap: fc.nat(3000), length: fc.integer({ min: 60, max: 400 }) }), {
  minLength: 1,
  maxLength: 40,
});

function play(
  { engine, a, b }: Pair,
  sends: readonly { gap: number; length: number }[],
  from = 0,
  scale = 1,
): void {
  sends.forEach(({ gap, length }, index) => {
    engine.runUntil(engine.now + gap * scale);
    a.send(a.frame(b.mac, length, from + index));
  });
}

describe('properties', () => {
  test('without reordering frames stay in order, and only loss, damage and the queue take any', () => {
    fc.assert(
      fc.property(anyOptions, anySends, (options, sends) => {
        const lab = pair(options);
        play(lab, sends);
        lab.engine.runUntil(SECOND * 10);
        const { numbers } = lab.b;
        expect(numbers).toEqual([...numbers].sort((x, y) => x - y));
        if ((options.loss ?? 0) + (options.corrupt ?? 0) + (options.duplicate ?? 0) === 0) {
          expect(numbers.length + lab.link.aToB.droppedFrames).toBe(sends.length);
        }
      }),
    );
  });

  test('doubled time: the same arrivals at doubled instants', () => {
    fc.assert(
      fc.property(anyOptions, anySends, (options, sends) => {
        const once = pair(options);
        const twice = pair(options, 2);
        play(once, sends);
        play(twice, sends, 0, 2);
        once.engine.runUntil(SECOND * 10);
        twice.engine.runUntil(SECOND * 20);
        expect(twice.b.numbers).toEqual(once.b.numbers);
        expect(twice.b.times).toEqual(once.b.times.map((time) => time * 2));
      }),
    );
  });

  test.each([{ bandwidth: GIGABIT }, { bandwidth: GIGABIT, queueBytes: 200 }, {}])(
    'doubled time on %j',
    (options) => {
      const run = (scale: number): number[] => {
        const lab = pair({ delay: 777, ...options }, scale);
        for (let number = 0; number < 3; number++) lab.a.send(lab.a.frame());
        lab.engine.runUntil(SECOND);
        return lab.b.times;
      };
      expect(run(2)).toEqual(run(1).map((time) => time * 2));
    },
  );

  test('save and restore mid-flight: identical arrivals, also into a dirty lab', () => {
    fc.assert(
      fc.property(anyOptions, anySends, anySends, anySends, (options, before, after, dirt) => {
        const lab = pair(options);
        play(lab, before);
        const saved = saveState(lab.engine);
        const start = lab.b.arrivals.length;
        const finish = (one: Pair, skip: number): unknown => {
          play(one, after, 1000);
          one.link.unplug();
          one.link.plug();
          play(one, before, 2000);
          one.engine.runUntil(SECOND * 10);
          return [one.b.numbers.slice(skip), one.b.times.slice(skip), digestOf(saveState(one.engine))];
        };
        const expected = finish(lab, start);
        const other = pair(options);
        play(other, dirt, 5000);
        other.link.setLoss(500_000);
        other.link.setDelay(7);
        other.link.unplug();
        restoreState(other.engine, saved);
        expect(digestOf(saveState(other.engine))).toBe(digestOf(saved));
        expect(finish(other, other.b.arrivals.length)).toEqual(expected);
      }),
    );
  });
});
