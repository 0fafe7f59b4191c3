import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BROADCAST_MAC, ipv4Address, macAddress, UNSPECIFIED_IPV4, ZERO_MAC } from './address.js';
import {
  arpProbe,
  arpReply,
  arpRequest,
  arpUnicastProbe,
  describeArp,
  emitArp,
  gratuitousArpReply,
  gratuitousArpRequest,
  gratuitousArpRequestToBroadcast,
  isArpProbe,
  isGratuitousArp,
  parseArp,
} from './arp.js';
import { arbitraryArp } from './frame.arbitrary.js';
import { fromHex, RECORDED_FRAMES, toHex } from './recorded-frames.fixture.js';
import { wireErrorCode } from './wire-error.fixture.js';

const mac = macAddress('02:00:00:00:01:01');
const clientMac = macAddress('02:00:00:00:02:03');
const vip = ipv4Address('192.168.1.100');
const client = ipv4Address('192.168.1.50');

describe('what Linux and the daemons sent', () => {
  test.each([
    [
      'keepalived gratuitous ARP',
      RECORDED_FRAMES.keepalivedGratuitousArp,
      gratuitousArpRequestToBroadcast(mac, vip),
    ],
    ['request', RECORDED_FRAMES.arpRequest, arpRequest(clientMac, client, vip)],
    ['reply', RECORDED_FRAMES.arpReply, arpReply(clientMac, client, mac, vip)],
  ])('%s', (_name, recorded, packet) => {
    expect(toHex(emitArp(packet))).toBe(recorded.slice(28));
    expect(parseArp(fromHex(recorded), 14)).toEqual(packet);
  });

  test('ucarp repeats its MAC as the target of a gratuitous request', () => {
    const packet = parseArp(fromHex(RECORDED_FRAMES.ucarpGratuitousArp), 14);
    expect(packet).toMatchObject({ operation: 'request', targetMac: mac, senderMac: mac });
    expect(isGratuitousArp(packet)).toBe(true);
  });
});

describe('shapes', () => {
  test('target MACs and senders are those of the standards', () => {
    expect(arpUnicastProbe(mac, vip, client)).toEqual(arpRequest(mac, vip, client));
    expect(gratuitousArpRequest(mac, vip)).toMatchObject({
      targetMac: ZERO_MAC,
      senderIp: vip,
      targetIp: vip,
    });
    expect(gratuitousArpReply(mac, vip)).toMatchObject({ operation: 'reply', targetMac: mac });
    expect(gratuitousArpReply(mac, vip, BROADCAST_MAC)).toMatchObject({ targetMac: BROADCAST_MAC });
    expect(arpProbe(mac, vip)).toMatchObject({
      senderIp: UNSPECIFIED_IPV4,
      targetIp: vip,
      targetMac: ZERO_MAC,
    });
  });

  test('all have the same keys in the same order', () => {
    const keys = Object.keys(arpRequest(mac, vip, client));
    for (const packet of [
      arpProbe(mac, vip),
      arpReply(mac, vip, mac, vip),
      parseArp(emitArp(arpProbe(mac, vip))),
    ]) {
      expect(Object.keys(packet)).toEqual(keys);
    }
  });

  test('are told apart', () => {
    expect(isGratuitousArp(arpRequest(mac, vip, client))).toBe(false);
    expect(isGratuitousArp(arpProbe(mac, UNSPECIFIED_IPV4))).toBe(false);
    expect(isArpProbe(arpProbe(mac, vip))).toBe(true);
    expect(isArpProbe(gratuitousArpRequest(mac, vip))).toBe(false);
  });

  test('in words', () => {
    expect(describeArp(arpRequest(clientMac, client, vip))).toBe(
      'ARP who-has 192.168.1.100 tell 192.168.1.50',
    );
    expect(describeArp(arpReply(mac, vip, clientMac, client))).toBe(
      'ARP 192.168.1.100 is-at 02:00:00:00:01:01',
    );
    expect(describeArp(arpProbe(mac, vip))).toBe('ARP probe 192.168.1.100');
    expect(describeArp(gratuitousArpRequest(mac, vip))).toBe(
      'gratuitous ARP 192.168.1.100 is-at 02:00:00:00:01:01',
    );
    expect(describeArp(gratuitousArpReply(mac, vip))).toBe(
      'gratuitous ARP 192.168.1.100 is-at 02:00:00:00:01:01 (reply)',
    );
  });
});

describe('bytes', () => {
  test('every packet survives', () => {
    fc.assert(
      fc.property(arbitraryArp, (packet) => {
        expect(parseArp(emitArp(packet))).toEqual(packet);
      }),
    );
  });

  test('padding is ignored, a cut is not', () => {
    const bytes = emitArp(arpRequest(mac, vip, client));
    const padded = new Uint8Array(46);
    padded.set(bytes);
    expect(parseArp(padded)).toEqual(parseArp(bytes));
    for (let length = 0; length < bytes.length; length++) {
      expect(wireErrorCode(() => parseArp(bytes.slice(0, length)))).toBe('truncated');
    }
  });

  test.each([
    ['hardware', 1, 6],
    ['protocol', 2, 0x86],
    ['hardware length', 4, 8],
    ['protocol length', 5, 16],
    ['operation', 7, 3],
  ])('another %s is unsupported', (_name, index, value) => {
    const bytes = emitArp(arpRequest(mac, vip, client));
    bytes[index] = value;
    expect(wireErrorCode(() => parseArp(bytes))).toBe('unsupported');
  });
});
