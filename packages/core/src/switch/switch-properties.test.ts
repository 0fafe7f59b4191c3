import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, Engine, restoreState, SECOND, SeededChoices, saveState } from '../engine/index.js';
import { Link, type LinkOptions } from '../link/index.js';
import { numberOf, RecordingStation } from '../link/recording-station.testing.js';
import { Trace } from '../trace/index.js';
import { BROADCAST_MAC, type MacAddress, rawFrame } from '../wire/index.js';
import { Switch } from './switch.js';
import type { SwitchOptions } from './switch-options.js';

const PORTS = 4;
/** Addresses that speak: more than ports, so that stations move and share ports. */
const MACS = 6;

interface Step {
  gap: number;
  port: number;
  source: number;
  destination: number;
}

interface Lab {
  engine: Engine;
  trace: Trace;
  sw: Switch;
  stations: RecordingStation[];
  links: Link[];
}

function lab(options: Partial<SwitchOptions>, link: LinkOptions = {}, timeScale = 1): Lab {
  const engine = new Engine({ choices: new SeededChoices(1), timeScale });
  const trace = new Trace(engine);
  trace.record();
  const ports = Array.from({ length: PORTS }, (_, index) => `p${index}`);
  const sw = new Switch(engine, trace, 'sw', { ports, ...options });
  const links: Link[] = [];
  const stations = sw.ports.map((port, index) => {
    const station = new RecordingStation(engine, `h${index}:eth0`, 0x100 + index);
    links.push(new Link(engine, trace, `l${index}`, station, port, link));
    return station;
  });
  return { engine, trace, sw, stations, links };
}

const steps = fc.array(
  fc.record({
    gap: fc.oneof(
      fc.nat(100_000),
      fc.nat(200).map((seconds) => seconds * SECOND),
    ),
    port: fc.nat(PORTS - 1),
    source: fc.nat(MACS - 1),
    destination: fc.nat(MACS),
  }),
  { minLength: 1, maxLength: 40 },
);

function play({ engine, stations }: Lab, list: readonly Step[], first = 0, scale = 1): void {
  list.forEach(({ gap, port, source, destination }, index) => {
    engine.runUntil(engine.now + gap * scale);
    const bytes = new Uint8Array(46);
    new DataView(bytes.buffer).setUint32(0, first + index);
    const to = destination === MACS ? BROADCAST_MAC : ((destination + 1) as MacAddress);
    stations[port]?.send(rawFrame(to, (source + 1) as MacAddress, 0x88b5, bytes));
  });
}

const heard = ({ stations }: Lab): unknown =>
  stations.map(({ arrivals }) => arrivals.map(({ time, frame }) => [time, numberOf(frame)]));

const options = fc.record(
  {
    capacity: fc.constantFrom(null, 0, 1, 3),
    latency: fc.constantFrom(0, 3000),
    macMove: fc.constantFrom('catalyst', 'nexus-9000', 'rfc-7432', 'comware'),
    snooping: fc.boolean(),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const linkOptions = fc.constantFrom<LinkOptions>(
  {},
  { bandwidth: 1_000_000 },
  { bandwidth: 1_000_000, queueBytes: 500 },
  { loss: 100_000 },
);

/** What a switch must do with one frame at a time, from a list of who spoke last where. */
class Model {
  private readonly known = new Map<number, { port: number; until: number }>();

  expect(step: Step, now: number, capacity: number): number[] {
    for (const [mac, { until }] of this.known) if (now >= until) this.known.delete(mac);
    if (this.known.has(step.source) || this.known.size < capacity) {
      this.known.set(step.source, { port: step.port, until: now + 300 * SECOND });
    }
    const to = step.destination === MACS ? undefined : this.known.get(step.destination);
    const others = [...Array(PORTS).keys()].filter((port) => port !== step.port);
    return to === undefined ? others : others.filter((port) => port === to.port);
  }

  get size(): number {
    return this.known.size;
  }
}

describe('properties of a switch', () => {
  test('one frame at a time: exactly the copies that who-spoke-last-where demands', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY), (list, capacity) => {
        const one = lab({ capacity: capacity === Number.POSITIVE_INFINITY ? null : capacity }, { delay: 1 });
        const model = new Model();
        list.forEach((step, index) => {
          // A frame every two nanoseconds at most, so that each is through before the next.
          play(one, [{ ...step, gap: step.gap + 2 }], index);
          one.engine.runUntil(one.engine.now + 2);
          const copies = one.stations.flatMap(({ arrivals }, port) =>
            arrivals.filter(({ frame }) => numberOf(frame) === index).map(() => port),
          );
          expect(copies).toEqual(model.expect(step, one.engine.now - 1, capacity));
          expect(copies).not.toContain(step.port);
          expect(one.sw.entries()).toHaveLength(model.size);
          expect(one.sw.entries().length).toBeLessThanOrEqual(capacity);
        });
      }),
    );
  });

  test('doubled time: the same arrivals and events at doubled instants', () => {
    fc.assert(
      fc.property(options, linkOptions, steps, (how, link, list) => {
        const once = lab(how, link);
        const twice = lab(how, link, 2);
        play(once, list);
        play(twice, list, 0, 2);
        once.engine.runUntil(20_000 * SECOND);
        twice.engine.runUntil(40_000 * SECOND);
        const doubled = once.stations.map(({ arrivals }) =>
          arrivals.map(({ time, frame }) => [time * 2, numberOf(frame)]),
        );
        expect(heard(twice)).toEqual(doubled);
        expect(twice.trace.events).toEqual(
          once.trace.events.map((event) => ({ ...event, time: event.time * 2 })),
        );
      }),
    );
  });

  test('save and restore mid-flight: identical arrivals, events and state, also into a dirty lab', () => {
    fc.assert(
      fc.property(options, linkOptions, steps, steps, steps, (how, link, before, after, dirt) => {
        const finish = (one: Lab): unknown => {
          for (const { arrivals } of one.stations) arrivals.length = 0;
          one.trace.truncate(0);
          play(one, after, 1000);
          one.links[1]?.unplug();
          one.sw.port('p2').setAdmin(true);
          play(one, before, 2000);
          one.sw.powerOff();
          one.sw.powerOn();
          play(one, after, 3000);
          one.engine.runUntil(100_000 * SECOND);
          return [heard(one), one.trace.events, digestOf(saveState(one.engine))];
        };
        const first = lab(how, link);
        play(first, before);
        const saved = saveState(first.engine);
        const expected = finish(first);
        const other = lab(how, link);
        play(other, dirt, 5000);
        other.sw.port('p2').setAdmin(false);
        other.sw.dropMulticast(null, true);
        other.links[0]?.unplug();
        restoreState(other.engine, saved);
        expect(digestOf(saveState(other.engine))).toBe(digestOf(saved));
        expect(finish(other)).toEqual(expected);
      }),
    );
  });

  test('a flood makes one copy per other port and never comes back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(39), (count, from) => {
        const ports = Array.from({ length: count }, (_, index) => `p${index}`);
        const engine = new Engine({ choices: new SeededChoices(1) });
        const trace = new Trace(engine);
        const sw = new Switch(engine, trace, 'sw', { ports });
        const stations = sw.ports.map((port, index) => {
          const station = new RecordingStation(engine, `h${index}:eth0`, 0x100 + index);
          new Link(engine, trace, `l${index}`, station, port);
          return station;
        });
        const sender = stations[from % count] as RecordingStation;
        sender.send(sender.frame());
        engine.runUntil(SECOND);
        expect(sender.arrivals).toHaveLength(0);
        expect(stations.reduce((sum, { arrivals }) => sum + arrivals.length, 0)).toBe(count - 1);
      }),
    );
  });
});
