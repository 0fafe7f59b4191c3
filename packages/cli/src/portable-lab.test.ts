import { deflateRawSync } from 'node:zlib';
import { designDigest, type LabDesign } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { BadInput } from './bad-input.js';
import { PAIR } from './check/hand-made-verdicts.fixture.js';
import { packLab, portableToken, unpackLab } from './portable-lab.js';

describe('a lab inside a token', () => {
  test('comes back as it was, in letters and digits', async () => {
    const packed = await packLab(PAIR);
    expect(packed).toMatch(/^[0-9a-v]+$/);
    expect(designDigest((await unpackLab('vl2-x', packed)).design)).toBe(designDigest(PAIR));
    expect(await portableToken('vl2-7q2mzk4d-s1', PAIR)).toBe(`vl2-7q2mzk4d-s1-p${packed}`);
  });

  test.each([
    ['cut short', (packed: string) => packed.slice(0, packed.length >> 1)],
    ['of other letters', () => 'zzzz'],
    ['of nothing', () => '0'],
  ])('%s is bad input', async (_, change) => {
    const packed = change(await packLab(PAIR));
    await expect(unpackLab('vl2-x', packed)).rejects.toThrow(BadInput);
  });

  test('that is none, or unfolds without end, is bad input', async () => {
    const base32 = (bytes: Uint8Array): string => {
      const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      return (bits.match(/.{1,5}/g) ?? [])
        .map((five) => Number.parseInt(five.padEnd(5, '0'), 2).toString(32))
        .join('');
    };
    const bomb = base32(deflateRawSync(Buffer.alloc(30_000_000)));
    await expect(unpackLab('vl2-x', bomb)).rejects.toThrow(/cannot be unpacked/);
    const noLab = base32(deflateRawSync('nodes: 7\n'));
    await expect(unpackLab('vl2-x', noLab)).rejects.toThrow(/is none/);
    const good: LabDesign = { name: 'x', nodes: { n1: { address: '10.0.0.1/24' } } };
    expect(base32(deflateRawSync('x')).length).toBeGreaterThan(0);
    expect((await unpackLab('vl2-x', await packLab(good))).design).toEqual(good);
  });
});
