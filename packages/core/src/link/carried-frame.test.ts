import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Engine, fingerprint, SECOND, SeededChoices } from '../engine/index.js';
import { Switch } from '../switch/index.js';
import { type FrameFate, Trace } from '../trace/index.js';
import {
  type EthernetFrame,
  emitFrame,
  ethernetFrame,
  ipv4Address,
  ipv4Packet,
  parseFrame,
  udpDatagram,
  vlanTag,
  withPushedTag,
} from '../wire/index.js';
import { CarriedFrame } from './carried-frame.js';
import { Link } from './link.js';
import { RecordingStation } from './recording-station.testing.js';

const engine = new Engine({ choices: new SeededChoices(1) });
const station = new RecordingStation(engine, 'a:eth0', 0x0200_0000_0001);

const datagram = (payload: Uint8Array): EthernetFrame =>
  ethernetFrame(
    station.mac,
    station.mac,
    ipv4Packet(ipv4Address('10.0.0.1'), ipv4Address('10.0.0.2'), udpDatagram(9, 9, payload)),
  );

/** Two stations around a switch; the second's port tags, or not. */
function lan(isTagged: boolean) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  const hub = new Switch(engine, trace, 'sw', {
    ports: ['p1', isTagged ? { name: 'p2', vlan: null, tagged: [1] } : 'p2'],
  });
  const a = new RecordingStation(engine, 'a:eth0', 0x0200_0000_0001);
  const b = new RecordingStation(engine, 'b:eth0', 0x0200_0000_0002);
  const links = [
    new Link(engine, trace, 'left', a, hub.port('p1'), { asBytes: true }),
    new Link(engine, trace, 'right', b, hub.port('p2'), { asBytes: true }),
  ] as const;
  const seen: { fate: FrameFate; port: string; frame: object }[] = [];
  trace.frames = { onFrame: (_time, port, fate, frame) => seen.push({ port, fate, frame }) };
  return { engine, a, b, links, seen };
}

describe('a frame with its bytes', () => {
  test('is read back as it was sent, whatever lies beside it in the slab', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 1400 }), { minLength: 1, maxLength: 100 }),
        (payloads) => {
          const frames = payloads.map(datagram);
          const carried = frames.map((frame) => CarriedFrame.of(frame));
          expect(carried.map((each) => each.read())).toEqual(frames);
          expect(frames.map((frame) => parseFrame(emitFrame(frame)))).toEqual(frames);
        },
      ),
    );
  });

  test('has an array of its own for a payload that was read', () => {
    const carried = CarriedFrame.of(datagram(Uint8Array.of(1, 2, 3)));
    const first = carried.read();
    if (first?.payload.kind === 'ipv4' && first.payload.payload.kind === 'udp')
      first.payload.payload.payload[0] = 99;
    expect(carried.read()).toEqual(datagram(Uint8Array.of(1, 2, 3)));
  });

  test('gets its bytes once', () => {
    const carried = CarriedFrame.of(datagram(Uint8Array.of(1)));
    expect(CarriedFrame.of(carried)).toBe(carried);
    expect(CarriedFrame.of(withPushedTag(carried, vlanTag(5))).read()?.tag?.vlan).toBe(5);
  });

  test('is the same part of a state wherever its bytes lie', () => {
    const frame = datagram(Uint8Array.of(1, 2));
    expect(fingerprint(CarriedFrame.of(frame))).toBe(fingerprint(CarriedFrame.of(frame)));
    expect(fingerprint(CarriedFrame.of(frame))).not.toBe(
      fingerprint(CarriedFrame.of(datagram(Uint8Array.of(1, 3)))),
    );
  });

  test('is dropped where its bytes say something else than a frame', () => {
    const sound = datagram(Uint8Array.of(1));
    if (sound.payload.kind !== 'ipv4') throw new Error('no packet');
    // Options that are cut off: no constructor lets them pass, so the representation is made by hand.
    const payload = { ...sound.payload, options: Uint8Array.of(7, 40, 0, 0) };
    expect(CarriedFrame.of({ ...sound, payload }).read()).toBeUndefined();
  });
});

describe('a switch in bytes mode', () => {
  test('passes the same bytes on', () => {
    const { engine, a, b, seen } = lan(false);
    const sent = a.frame(b.mac, 100, 7);
    a.send(sent);
    engine.runUntil(SECOND);
    const [atSwitch] = seen.filter(({ fate, port }) => fate === 'delivered' && port === 'sw:p1');
    const [onward] = seen.filter(({ fate, port }) => fate === 'sent' && port === 'sw:p2');
    expect(atSwitch?.frame).toBeInstanceOf(CarriedFrame);
    expect(onward?.frame).toBe(atSwitch?.frame);
    expect(b.arrivals[0]?.frame).toEqual(sent);
    expect(b.arrivals[0]?.frame).not.toBeInstanceOf(CarriedFrame);
  });

  test('makes new ones where it pushes a tag', () => {
    const { engine, a, b } = lan(true);
    a.send(a.frame(b.mac, 100, 7));
    engine.runUntil(SECOND);
    expect(b.arrivals[0]?.frame.tag?.vlan).toBe(1);
    expect(b.numbers).toEqual([7]);
  });

  test('hands nothing on that a cable has damaged', () => {
    const { engine, a, b, links } = lan(false);
    links[0].aToB.setCorrupt(1_000_000);
    a.send(a.frame(b.mac, 100, 7));
    links[0].aToB.setCorrupt(0);
    a.send(a.frame(b.mac, 100, 8));
    engine.runUntil(SECOND);
    expect(b.numbers).toEqual([8]);
    expect(links[0].aToB.damagedFrames).toBe(1);
  });

  test('a host counts a frame whose bytes are none', () => {
    const { engine, a, b, links, seen } = lan(false);
    const sound = datagram(Uint8Array.of(1));
    if (sound.payload.kind !== 'ipv4') throw new Error('no packet');
    const payload = { ...sound.payload, options: Uint8Array.of(7, 40, 0, 0) };
    a.send({ ...sound, source: a.mac, destination: b.mac, payload });
    engine.runUntil(SECOND);
    expect(b.arrivals).toEqual([]);
    expect(links[1].bToA.damagedFrames).toBe(1);
    expect(seen.at(-1)).toMatchObject({ fate: 'corrupt', port: 'b:eth0' });
  });
});
