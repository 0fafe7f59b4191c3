import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type EthernetFrame, emitFrame, IP_PROTOCOL_VRRP, parseFrame, readPcap } from '@viplab/core';
import { describe, expect, test } from 'vitest';

const PCAP = fileURLToPath(new URL('../recordings/k01/frames.pcap', import.meta.url));
const { frames, linkType } = readPcap(readFileSync(PCAP));
const ETHER_TYPE_AT = 12;
const PROTOCOL_AT = 23;

describe('the frames that real daemons and kernels sent in k01', () => {
  test('are Ethernet', () => {
    expect(linkType).toBe(1);
  });

  // A Linux host captures its own frames without the padding that a cable would add.
  test.each([
    ['ARP', (bytes: Uint8Array) => etherType(bytes) === 0x0806, 'arp', 40],
    [
      'VRRP',
      (bytes: Uint8Array) => etherType(bytes) === 0x0800 && bytes[PROTOCOL_AT] === IP_PROTOCOL_VRRP,
      'vrrp',
      30,
    ],
  ])('%s frames are read and written again byte by byte', (_, wanted, kind, atLeast) => {
    const chosen = frames.filter(({ bytes }) => wanted(bytes));
    expect(chosen.length).toBeGreaterThan(atLeast);
    for (const { bytes, originalLength } of chosen) {
      expect(bytes.length).toBe(originalLength);
      const frame = parseFrame(bytes);
      expect(kindOf(frame)).toBe(kind);
      const emitted = emitFrame(frame, { padding: 'host' });
      expect(emitted).toEqual(new Uint8Array(bytes.slice(0, emitted.length)));
      // arping pads its requests itself.
      expect(bytes.slice(emitted.length).every((byte) => byte === 0)).toBe(true);
    }
  });
});

function etherType(bytes: Uint8Array): number {
  return ((bytes[ETHER_TYPE_AT] ?? 0) << 8) | (bytes[ETHER_TYPE_AT + 1] ?? 0);
}

function kindOf({ payload }: EthernetFrame): string {
  return payload.kind === 'ipv4' ? payload.payload.kind : payload.kind;
}
