import { describe, expect, test } from 'vitest';
import { type Nanoseconds, SECOND } from '../../engine/index.js';
import {
  BROADCAST_MAC,
  ethernetFrame,
  gratuitousArpRequest,
  ipv4Cidr,
  TCP_ACK,
  TCP_PSH,
  TCP_RST,
  type TcpSegment,
} from '../../wire/index.js';
import type { Host } from '../host.js';
import { eth0, ip, Lan, macOf, Tap } from '../lan.testing.js';
import { seconds } from './peer.testing.js';
import { pattern, Talker } from './talk.testing.js';

const V = ip('10.0.0.100');
const VIP = ipv4Cidr('10.0.0.100/32');

/** A frame with a segment, as a listener on the hub sees it. */
interface Passing {
  readonly at: Nanoseconds;
  readonly from: number;
  readonly to: number;
  readonly segment: TcpSegment;
}

/**
 * A client, two nodes that may own 10.0.0.100, and a listener on one hub: from end to end and back takes 1 ms. The
 * client has a connection through V with A's server, made at 0 s; then comes the situation, from 100 s on.
 */
class Stage {
  readonly lan = new Lan({ delay: 250_000 });
  readonly c: Host;
  readonly a: Host;
  readonly b: Host;
  readonly client: Talker;
  readonly serverA: Talker;
  readonly serverB: Talker;
  readonly spy: Tap;
  readonly socket: number;
  private readonly from = 100 * SECOND;

  constructor(options: { bServes?: boolean; keepAlive?: object; filterB?: boolean } = {}) {
    const { lan } = this;
    this.c = lan.host('c', 1, ['10.0.0.1/24']);
    this.a = lan.host('a', 2, ['10.0.0.2/24']);
    const filter =
      options.filterB === true ? [{ name: 'invalid', direction: 'in', protocol: 6 } as const] : [];
    this.b = lan.host('b', 3, ['10.0.0.3/24'], {}, { filter });
    this.spy = new Tap(lan.engine, 'spy');
    for (const port of [eth0(this.c), eth0(this.a), eth0(this.b), this.spy]) lan.plugIn(port);
    this.client = new Talker(this.c);
    this.serverA = new Talker(this.a, { echoes: true });
    this.serverB = new Talker(this.b);
    this.serverA.sockets.listen(80);
    if (options.bServes !== false) this.serverB.sockets.listen(80);
    this.a.addAddress(eth0(this.a), VIP);
    const connect = options.keepAlive === undefined ? {} : { keepAlive: options.keepAlive };
    this.socket = this.client.connect(V, 80, connect);
    this.run(-50);
    if (this.serverA.accepted.length !== 1) throw new Error('no connection');
    this.spy.frames.splice(0);
  }

  /** Runs until so many seconds after the beginning of the situation. */
  run(until: number): void {
    this.lan.run(this.from + Math.round(until * 1e9));
  }

  /** Where the clock stands. */
  since(at: Nanoseconds): number {
    return seconds(at - this.from);
  }

  announce(host: Host): void {
    const { mac } = eth0(host);
    eth0(host).sendFrame(ethernetFrame(BROADCAST_MAC, mac, gratuitousArpRequest(mac, V)));
  }

  take(host: Host, announces = true): void {
    host.addAddress(eth0(host), VIP);
    if (announces) this.announce(host);
  }

  drop(host: Host): void {
    host.removeAddress(eth0(host), V);
  }

  /** The segments that passed, the way to the listener taken off. */
  segments(): Passing[] {
    return this.spy.frames.flatMap(({ time, frame }) =>
      frame.payload.kind === 'ipv4' && frame.payload.payload.kind === 'tcp'
        ? [
            {
              at: time - 2 * this.lan.delay,
              from: frame.source,
              to: frame.destination,
              segment: frame.payload.payload,
            },
          ]
        : [],
    );
  }

  resets(): Passing[] {
    return this.segments().filter(({ segment }) => (segment.flags & TCP_RST) !== 0);
  }

  failures(talker: Talker): (readonly [string, number])[] {
    return talker.failures.map(({ error, at }) => [error, this.since(at)] as const);
  }

  get states(): string[] {
    return this.a.tcp.connections().map(({ state }) => state);
  }
}

const [MAC_C, MAC_A, MAC_B] = [macOf(0x100), macOf(0x200), macOf(0x300)];

describe('an address moves under a live connection', () => {
  test('A to B at 0 s with GARP, the client writes at 1 s: RST after one way, ECONNRESET (case 42)', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(1.5);
    const [reset, ...more] = stage.resets();
    expect(more).toEqual([]);
    const data = stage.segments().find(({ segment }) => segment.payload.length > 0);
    expect(data?.to).toBe(MAC_B);
    expect(reset).toMatchObject({ from: MAC_B, to: MAC_C });
    expect(reset?.segment).toMatchObject({
      flags: TCP_RST,
      sequence: data?.segment.acknowledgement,
      acknowledgement: 0,
      window: 0,
    });
    // B does not know the client: its ARP takes a round trip.
    expect(stage.since(reset?.at ?? 0)).toBe(1.0015);
    expect(stage.failures(stage.client)).toEqual([['ECONNRESET', 1.002]]);
    expect(stage.states).toEqual(['ESTABLISHED']);
    stage.run(5000);
    expect(stage.states).toEqual(['ESTABLISHED']);
    expect(stage.serverA.failures).toEqual([]);
  });

  test('where B knows the client, the RST takes no more than the way', () => {
    const stage = new Stage();
    eth0(stage.b).neighbours.setPermanent(ip('10.0.0.1'), MAC_C);
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(2);
    expect(stage.failures(stage.client)).toEqual([['ECONNRESET', 1.001]]);
  });

  test('A to B to A within 10 s while the client is idle: it notices nothing (case 43)', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(8);
    stage.drop(stage.b);
    stage.take(stage.a);
    stage.run(12);
    stage.client.write(stage.socket, pattern(40));
    stage.run(14);
    expect(stage.client.heardFrom(stage.socket)).toEqual(pattern(40));
    expect(stage.resets()).toEqual([]);
    expect([stage.client.failures, stage.serverA.failures]).toEqual([[], []]);
    expect(stage.lan.trace.filter('tcp.retransmitted')).toEqual([]);
  });

  test('V leaves A at 0 s, its server writes at 50 ms, V is back at 3 s: the bytes leave at 3.065 s (case 44)', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.run(0.05);
    const server = stage.serverA.accepted[0] as number;
    stage.serverA.write(server, pattern(10));
    stage.run(3);
    expect(stage.spy.frames).toEqual([]);
    stage.take(stage.a);
    stage.run(4);
    const data = stage.segments().filter(({ segment }) => segment.payload.length > 0);
    expect(data.map(({ at, from }) => [stage.since(at), from])).toEqual([[3.065, MAC_A]]);
    expect(stage.client.heardFrom(stage.socket)).toEqual(pattern(10));
    stage.client.write(stage.socket, pattern(20));
    stage.run(5);
    expect(stage.client.heardFrom(stage.socket)).toHaveLength(30);
    expect(stage.resets()).toEqual([]);
  });

  test('bytes that were on their way when V left are sent again when it is back', () => {
    const stage = new Stage();
    stage.run(0);
    const server = stage.serverA.accepted[0] as number;
    stage.serverA.write(server, pattern(10));
    stage.drop(stage.a);
    // The client's acknowledgement comes to nobody.
    stage.run(100);
    expect(stage.states).toEqual(['ESTABLISHED']);
    stage.take(stage.a);
    stage.run(300);
    expect(stage.client.heardFrom(stage.socket)).toEqual(pattern(10));
    stage.serverA.write(server, pattern(5));
    stage.run(301);
    expect(stage.client.heardFrom(stage.socket)).toHaveLength(15);
  });

  test('what was never sent because V was gone for good ends after 15 probes', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.serverA.write(stage.serverA.accepted[0] as number, pattern(10));
    stage.run(2000);
    expect(stage.spy.frames).toEqual([]);
    expect(stage.failures(stage.serverA)).toEqual([['ETIMEDOUT', 925.623]]);
  });

  test('a closed socket whose FIN cannot leave is given up too', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.serverA.sockets.close(stage.serverA.accepted[0] as number);
    stage.run(2000);
    expect(stage.states).toEqual([]);
    expect(stage.spy.frames).toEqual([]);
  });

  test('a server that lost V keeps an idle socket for ever, or until its keepalive: 7875 s, without a frame', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.run(20_000);
    expect(stage.states).toEqual(['ESTABLISHED']);
    const guarded = new Stage();
    const server = guarded.serverA.accepted[0] as number;
    const connection = guarded.a.tcp.connection(server);
    if (connection === undefined) throw new Error('no connection');
    connection.keepIdle = 7200 * SECOND;
    connection.keepInterval = 75 * SECOND;
    connection.keepProbes = 9;
    guarded.a.tcp.rows.timers.keep.arm(connection.row, 7200 * SECOND);
    guarded.run(0);
    guarded.drop(guarded.a);
    guarded.run(10_000);
    expect(guarded.states).toEqual([]);
    expect(guarded.failures(guarded.serverA)[0]?.[0]).toBe('ETIMEDOUT');
    expect(guarded.spy.frames).toEqual([]);
  });

  test('both own V and the client is at B: what A pushes arrives, its acknowledgement ends it (case 45)', () => {
    const stage = new Stage();
    stage.run(0);
    // B takes V as well, and the client believes it. A is not impressed by announcements of its own address.
    stage.take(stage.b);
    stage.run(1);
    stage.serverA.write(stage.serverA.accepted[0] as number, pattern(4));
    stage.run(1.1);
    expect(stage.client.heardFrom(stage.socket)).toEqual(pattern(4));
    const ack = stage.segments().find(({ from }) => from === MAC_C);
    expect(ack?.to).toBe(MAC_B);
    const [reset] = stage.resets();
    expect(reset).toMatchObject({ from: MAC_B, to: MAC_C });
    expect(reset?.segment.sequence).toBe(ack?.segment.acknowledgement);
    expect(stage.failures(stage.client)).toEqual([['ECONNRESET', 1.0025]]);
    // A sends again and again; the client's RST goes to B each time, so A never hears it.
    stage.run(2000);
    const later = stage.resets().slice(1);
    expect(later).toHaveLength(16);
    for (const { from, to } of later) expect([from, to]).toEqual([MAC_C, MAC_B]);
    expect(stage.failures(stage.serverA)).toEqual([['ETIMEDOUT', 926.824]]);
  });

  test("A's bytes after the client was reset, the client being back at A: RST, and A hears it", () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(2);
    expect(stage.client.failures).toHaveLength(1);
    stage.drop(stage.b);
    stage.take(stage.a);
    stage.run(4);
    stage.serverA.write(stage.serverA.accepted[0] as number, pattern(4));
    stage.run(5);
    expect(stage.failures(stage.serverA)).toEqual([['ECONNRESET', 4.001]]);
  });

  test('the client idle for good without keepalive: half open for ever', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(20_000);
    expect(stage.client.failures).toEqual([]);
    expect(stage.c.tcp.connections().map(({ state }) => state)).toEqual(['ESTABLISHED']);
  });

  test('the client idle with keepalive: RST from B on the first probe', () => {
    const stage = new Stage({ keepAlive: {} });
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(20_000);
    // Idle since 1 ms after the SYN at -100 s.
    expect(stage.failures(stage.client).map(([error, at]) => [error, Math.floor(at)])).toEqual([
      ['ECONNRESET', 7100],
    ]);
  });

  test('A dropped V and B announced it late: silence, then RST at the next timeout', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b, false);
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(3);
    expect(stage.client.failures).toEqual([]);
    stage.announce(stage.b);
    stage.run(10);
    // The client's handshake took 2 ms with ARP, so R is 202 ms; the first resend after 2 s is the one at 16 R.
    expect(stage.resets().map(({ at, from }) => [Math.floor(stage.since(at) * 100), from])).toEqual([
      [423, MAC_B],
    ]);
    expect(stage.client.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
  });

  test('a busy connection proves that its neighbours are there: nobody asks for them (Linux sk_dst_confirm)', () => {
    const stage = new Stage();
    stage.run(0);
    const arps = () => stage.spy.frames.filter(({ frame }) => frame.payload.kind === 'arp').length;
    for (let second = 0; second < 300; second++) {
      stage.run(second);
      stage.client.write(stage.socket, pattern(10));
      // The first minute may begin with entries that are stale.
      if (second === 60) stage.spy.frames.splice(0);
    }
    expect(stage.client.heardFrom(stage.socket)).toHaveLength(2990);
    expect(stage.segments().length).toBeGreaterThan(400);
    expect(arps()).toBe(0);
  });

  test('without an announcement the silence ends when the neighbour entry does', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b, false);
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(60);
    expect(stage.client.failures.map(({ error }) => error)).toEqual(['ECONNRESET']);
    const [, at] = stage.failures(stage.client)[0] ?? ['', 0];
    // DELAY 5 s and three probes of 1 s, then the next timeout.
    expect(at).toBeGreaterThan(9);
    expect(at).toBeLessThan(15);
  });

  test('B drops what it does not know: silence for 925 s', () => {
    const stage = new Stage({ filterB: true });
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(2000);
    expect(stage.failures(stage.client)).toEqual([['ETIMEDOUT', 927.848]]);
    expect(stage.resets()).toEqual([]);
  });

  test('A is dead and nobody took over: ARP fails again and again, EHOSTUNREACH in the end', () => {
    const stage = new Stage();
    stage.run(0);
    stage.a.powerOff();
    stage.run(1);
    stage.client.write(stage.socket, pattern(4));
    stage.run(2000);
    const [failure, ...more] = stage.failures(stage.client);
    expect(more).toEqual([]);
    expect(failure?.[0]).toBe('EHOSTUNREACH');
    // Each failure of ARP takes a doubling back (RFC 6069), so the timers come more often, and 924.6 s is the least.
    expect(failure?.[1]).toBeGreaterThan(925);
    expect(failure?.[1]).toBeLessThan(1000);
    expect(stage.lan.trace.filter('arp.failed').length).toBeGreaterThan(10);
  });

  test('connecting where B owns V and nothing serves: ECONNREFUSED; where V is nowhere: EHOSTUNREACH after 3 s', () => {
    const stage = new Stage({ bServes: false });
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    eth0(stage.b).neighbours.setPermanent(ip('10.0.0.1'), MAC_C);
    stage.run(1);
    stage.client.connect(V, 80);
    stage.run(2);
    expect(stage.failures(stage.client)).toEqual([['ECONNREFUSED', 1.001]]);
    stage.drop(stage.b);
    eth0(stage.c).neighbours.forget(V);
    stage.client.connect(V, 80);
    stage.run(10);
    expect(stage.failures(stage.client)[1]).toEqual(['EHOSTUNREACH', 5]);
  });

  test('a server of the node that took over, by its own wildcard socket, takes new connections and no old ones', () => {
    const stage = new Stage();
    stage.run(0);
    stage.drop(stage.a);
    stage.take(stage.b);
    stage.run(1);
    const socket = stage.client.connect(V, 80);
    stage.run(2);
    expect(stage.client.connected).toContain(socket);
    expect(stage.serverB.accepted).toHaveLength(1);
    expect(stage.serverA.accepted).toHaveLength(1);
    const fresh = stage.segments().find(({ segment }) => segment.flags === (TCP_ACK | TCP_PSH));
    expect(fresh).toBeUndefined();
  });
});
