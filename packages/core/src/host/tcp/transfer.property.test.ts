import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MICROSECOND, MILLISECOND, SECOND } from '../../engine/index.js';
import type { Link } from '../../link/index.js';
import { eth0, ip, Lan } from '../lan.testing.js';
import { brokenInvariants, NumbersGoRound } from './invariants.testing.js';
import type { SocketId } from './socket-api.js';
import { firstDifference, pattern, Talker } from './talk.testing.js';

/** What one end does. */
interface Act {
  readonly who: 'client' | 'server';
  readonly what: 'write' | 'shutdown' | 'pause' | 'resume';
  /** Milliseconds after the act before it. */
  readonly after: number;
  readonly length: number;
}

const act = fc.record<Act>({
  who: fc.constantFrom('client', 'server'),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant('write' as const) },
    { weight: 1, arbitrary: fc.constant('shutdown' as const) },
    { weight: 2, arbitrary: fc.constant('pause' as const) },
    { weight: 1, arbitrary: fc.constant('resume' as const) },
  ),
  after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 3000 })),
  length: fc.oneof(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 150_000 })),
});
const sysctl = fc.record({
  tcp_timestamps: fc.constantFrom(1, 1, 0),
  tcp_sack: fc.constantFrom(1, 1, 0),
  tcp_window_scaling: fc.constantFrom(1, 1, 0),
  tcp_reno: fc.constantFrom(0, 1),
});
const cable = fc.record({
  loss: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200_000 })),
  duplicate: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200_000 })),
  reorder: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200_000 })),
  reorderDelay: fc.integer({ min: 1, max: 20_000 }),
  delay: fc.integer({ min: 1, max: 30_000 }),
  jitter: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 10_000 })),
  bandwidth: fc.constantFrom(null, 10_000_000, 1_000_000_000),
  mtu: fc.constantFrom(1500, 1500, 576, 9000),
});
const common = {
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  /** How far before 2^32 the numbers begin, at most. */
  before: fc.constantFrom(100, 20_000, 0xffff_ffff),
  sysctls: fc.tuple(sysctl, sysctl),
  cable,
  noDelay: fc.boolean(),
  acts: fc.array(act, { minLength: 1, maxLength: 12 }),
};

/** One end: what it has said, and whether it reads. */
interface End {
  readonly talker: Talker;
  socket: SocketId | null;
  readonly said: Uint8Array[];
  hasShut: boolean;
  isPaused: boolean;
}

/** How often the interesting things happened, over all runs. */
type Counts = Record<string, number>;

class Conversation {
  readonly lan: Lan;
  readonly link: Link;
  readonly client: End;
  readonly server: End;
  readonly faults: string[] = [];

  constructor(
    { seed, before, sysctls, cable, noDelay }: Omit<Given, 'acts'>,
    private readonly counts: Counts,
    keepAlive?: { idle: number; interval: number; count: number },
  ) {
    this.lan = new Lan({ choices: new NumbersGoRound(seed, before) });
    const { lan } = this;
    const hosts = (['10.0.0.1/24', '10.0.0.2/24'] as const).map((address, index) =>
      lan.host(`h${index}`, index + 1, [address], sysctls[index as 0 | 1], {
        interfaces: [
          {
            name: 'eth0',
            mac: (0x02_00_00_00_00_00 + index + 1) as never,
            addresses: [{ address: ip(address.slice(0, -3)), prefixLength: 24 }],
            mtu: cable.mtu,
          },
        ],
      }),
    );
    const [c, s] = hosts as [(typeof hosts)[0], (typeof hosts)[0]];
    const delay = cable.delay * MICROSECOND;
    this.link = lan.cable(eth0(c), eth0(s), {
      delay: { lo: delay, hi: delay + cable.jitter * MICROSECOND },
      bandwidth: cable.bandwidth,
      loss: cable.loss,
      duplicate: cable.duplicate,
      reorder: { ppm: cable.reorder, delay: cable.reorderDelay * MICROSECOND },
    });
    const options = { noDelay, ...(keepAlive === undefined ? {} : { keepAlive }) };
    const end = (talker: Talker): End => ({
      talker,
      socket: null,
      said: [],
      hasShut: false,
      isPaused: false,
    });
    this.client = end(new Talker(c, { reads: () => !this.client.isPaused }));
    this.server = end(new Talker(s, { reads: () => !this.server.isPaused, accepted: options }));
    lan.engine.afterEvent = () => this.look();
    this.server.talker.sockets.listen(80);
    this.client.socket = this.client.talker.connect(ip('10.0.0.2'), 80, options);
  }

  /** After every event. */
  private look(): void {
    for (const { talker } of [this.client, this.server]) {
      const { tcp } = talker.host;
      if (this.faults.length === 0)
        this.faults.push(...brokenInvariants(tcp).map((fault) => `${this.lan.engine.now}: ${fault}`));
      if (tcp.outOfOrder.length > 0) this.count('out-of-order');
      if (tcp.sacked.length > 0) this.count('sacked');
      for (const connection of tcp.connections()) {
        if (connection.recovery !== 'open')
          this.count(connection.hasSack ? 'sack recovery' : 'newreno recovery');
        if (connection.sndUna > connection.sndNxt) this.count('numbers going round');
      }
    }
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  /** Does what is asked for as far as the end can. */
  act({ who, what, length }: Act): void {
    const end = this[who];
    if (end === this.server) end.socket ??= end.talker.accepted[0] ?? null;
    const { talker, socket } = end;
    if (what === 'pause') end.isPaused = true;
    else if (what === 'resume') this.resume(end);
    else if (socket !== null && talker.sockets.isOpen(socket) && !end.hasShut) {
      if (what === 'write') {
        const bytes = pattern(length).map((byte, index) => (byte + end.said.length + (index >> 11)) & 0xff);
        end.said.push(bytes);
        talker.write(socket, bytes);
      } else if (talker.waiting(socket) === 0) {
        // Half-close, once everything is with the kernel.
        end.hasShut = true;
        talker.sockets.shutdown(socket);
      }
    }
  }

  resume(end: End): void {
    end.isPaused = false;
    if (end === this.server) end.socket ??= end.talker.accepted[0] ?? null;
    if (end.socket !== null) end.talker.read(end.socket);
  }

  /** Perform acts one after the other. */
  perform(acts: readonly Act[]): void {
    for (const act of acts) {
      this.run(act.after * MILLISECOND);
      this.act(act);
    }
  }

  run(span: number): void {
    this.lan.run(this.lan.engine.now + span);
  }

  /** Whether an end has heard all that the other has said; in words where not. */
  missing(): string[] {
    const ends = [
      ['server', this.client, this.server],
      ['client', this.server, this.client],
    ] as const;
    return ends.flatMap(([name, from, to]) => {
      const said = joined(from.said);
      const heard = to.socket === null ? NO_BYTES : to.talker.heardFrom(to.socket);
      const at = firstDifference(said, heard);
      const lacks = at < 0 ? [] : [`the ${name} heard ${heard.length} of ${said.length}, other at ${at}`];
      const ended = to.socket !== null && to.talker.ended.includes(to.socket);
      return ended === from.hasShut ? lacks : [...lacks, `the ${name} ${ended ? 'heard' : 'misses'} the end`];
    });
  }

  /** Bytes that are wrong, whatever became of the connection. */
  wrong(): string[] {
    return (
      [
        [this.client, this.server],
        [this.server, this.client],
      ] as const
    ).flatMap(([from, to]) => {
      const said = joined(from.said);
      const heard = to.socket === null ? NO_BYTES : to.talker.heardFrom(to.socket);
      const isPrefix =
        heard.length <= said.length && firstDifference(said.subarray(0, heard.length), heard) < 0;
      return isPrefix ? [] : ['other bytes than were said'];
    });
  }

  note(): void {
    for (const { kind } of this.lan.trace.filter('tcp.retransmitted')) this.count(kind);
    for (const { error } of this.lan.trace.filter('tcp.failed')) this.count(error);
  }

  get failures(): number[] {
    return [this.client.talker.failures.length, this.server.talker.failures.length];
  }

  /** Both close; in the end nothing may be left. */
  leftovers(): string[] {
    for (const { talker, socket } of [this.client, this.server])
      if (socket !== null && talker.sockets.isOpen(socket)) talker.sockets.close(socket);
    this.run(2000 * SECOND);
    return [this.client, this.server].flatMap(({ talker }) =>
      talker.host.tcp.connections().map(({ localText, state }) => `${localText} is still ${state}`),
    );
  }
}

type Given = {
  readonly [K in keyof typeof common]: (typeof common)[K] extends fc.Arbitrary<infer T> ? T : never;
};

const NO_BYTES = new Uint8Array(0);
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

describe('whatever befalls the frames of a cable', () => {
  test('every byte arrives once and in order, both ways', { timeout: 120_000 }, () => {
    const counts: Counts = {};
    fc.assert(
      fc.property(fc.record(common), (given) => {
        const talk = new Conversation(given, counts);
        talk.run(20 * SECOND);
        talk.perform(given.acts);
        for (const end of [talk.client, talk.server]) talk.resume(end);
        talk.run(600 * SECOND);
        // Whoever has not got through yet may do so on a good cable.
        for (const direction of talk.link.directions) {
          direction.setLoss(0);
          direction.setDuplicate(0);
          direction.setReorder(0, 0);
        }
        talk.run(300 * SECOND);
        for (const end of [talk.client, talk.server]) talk.resume(end);
        talk.run(300 * SECOND);
        talk.note();
        expect(talk.faults).toEqual([]);
        if (talk.failures.some((count) => count > 0)) {
          // A fifth lost may be a whole handshake.
          expect(talk.wrong()).toEqual([]);
          talk.count('failed');
        } else expect(talk.missing()).toEqual([]);
        expect(talk.leftovers()).toEqual([]);
        expect(talk.faults).toEqual([]);
      }),
      { numRuns: 60, seed: 20_260 },
    );
    for (const what of [
      'timeout',
      'fast',
      'tail-probe',
      'window-probe',
      'syn',
      'out-of-order',
      'sacked',
      'sack recovery',
      'newreno recovery',
      'numbers going round',
    ])
      expect(counts[what] ?? 0, what).toBeGreaterThan(2);
    expect(counts['failed'] ?? 0).toBeLessThan(10);
  });

  const cut = fc.record({
    how: fc.constantFrom('a-to-b', 'b-to-a', 'both', 'unplug'),
    after: fc.integer({ min: 0, max: 5000 }),
    span: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 1, max: 2_000_000 })),
  });

  test('no cuts and heals make a connection hang: it goes on, or both ends hear that it is over', {
    timeout: 120_000,
  }, () => {
    const counts: Counts = {};
    const schedule = fc.record({ ...common, cuts: fc.array(cut, { minLength: 1, maxLength: 5 }) });
    fc.assert(
      fc.property(schedule, (given) => {
        const keepAlive = { idle: 30 * SECOND, interval: 10 * SECOND, count: 4 };
        const talk = new Conversation(given, counts, keepAlive);
        const { link } = talk;
        const half = given.acts.length >> 1;
        talk.run(2 * SECOND);
        talk.perform(given.acts.slice(0, half));
        for (const { how, after, span } of given.cuts) {
          talk.run(after * MILLISECOND);
          if (how === 'unplug') link.unplug();
          if (how === 'a-to-b' || how === 'both') link.cutOneWay(link.aToB);
          if (how === 'b-to-a' || how === 'both') link.cutOneWay(link.bToA);
          talk.run(span * MILLISECOND);
          link.plug();
          for (const direction of link.directions) link.mendOneWay(direction);
        }
        talk.perform(given.acts.slice(half));
        for (const direction of link.directions) direction.setLoss(0);
        for (const end of [talk.client, talk.server]) talk.resume(end);
        talk.run(3000 * SECOND);
        for (const end of [talk.client, talk.server]) talk.resume(end);
        talk.run(1000 * SECOND);
        talk.note();
        expect(talk.faults).toEqual([]);
        expect(talk.wrong()).toEqual([]);
        const missing = talk.missing();
        const isOver = (end: End): boolean => end.socket === null || !end.talker.sockets.isOpen(end.socket);
        if (missing.length > 0) {
          // It did not get through: then both ends know.
          expect([missing, isOver(talk.client), isOver(talk.server)]).toEqual([missing, true, true]);
          talk.count('over');
        } else talk.count('survived');
        expect(talk.leftovers()).toEqual([]);
        expect(talk.faults).toEqual([]);
      }),
      { numRuns: 60, seed: 20_261 },
    );
    for (const what of ['over', 'survived', 'ETIMEDOUT', 'timeout', 'keepalive', 'window-probe'])
      expect(counts[what] ?? 0, what).toBeGreaterThan(2);
  });
});
