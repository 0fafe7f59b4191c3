import { describe, expect, test } from 'vitest';
import { DEFAULT_CAPTURE_EPOCH, parseFrame, readPcapng } from '../wire/index.js';
import { defineLab } from './index.js';
import { PAIR } from './pair.fixture.js';

const run = defineLab({ ...PAIR, schedule: [{ at: '5s', do: 'drop-multicast', node: 'sw1' }] }).run({
  until: '8s',
});

const timeOf = (stamp: bigint): number => Number(stamp - DEFAULT_CAPTURE_EPOCH);

describe('a capture', () => {
  test('at a switch: an interface per port, each frame once, in order of time', () => {
    const { interfaces, frames } = readPcapng(run.pcapng('sw1'));
    expect(interfaces.map(({ name }) => name)).toEqual(['sw1:n1', 'sw1:n2', 'sw1:c1']);
    expect(frames.length).toBeGreaterThan(50);
    for (const [index, frame] of frames.entries())
      expect(frame.stamp).toBeGreaterThanOrEqual(frames[index - 1]?.stamp ?? DEFAULT_CAPTURE_EPOCH);
    for (const frame of frames) expect(() => parseFrame(frame.bytes)).not.toThrow();
    const dropped = frames.filter(({ comment }) => comment === 'dropped by a filter');
    expect(dropped.length).toBeGreaterThanOrEqual(3);
    for (const { stamp } of dropped) expect(timeOf(stamp)).toBeGreaterThan(5e9);
  });

  test('at a host: what goes in and what goes out', () => {
    const { interfaces, frames } = readPcapng(run.pcapng('n1'));
    expect(interfaces.map(({ name }) => name)).toEqual(['n1:eth0']);
    // Two bits of epb_flags: 1 inbound, 2 outbound.
    expect(new Set(frames.map(({ flags }) => flags & 3))).toEqual(new Set([1, 2]));
    const sent = run.trace.filter('vrrp.advert-sent').filter(({ node }) => node === 'n1');
    const out = new Set(frames.filter(({ flags }) => (flags & 3) === 2).map(({ stamp }) => timeOf(stamp)));
    for (const { time } of sent) expect(out.has(time)).toBe(true);
  });

  test('does not change the run, and is the same each time', () => {
    const digest = run.digest;
    expect(run.pcapng('sw1')).toEqual(run.pcapng('sw1'));
    expect(run.digest).toBe(digest);
  });

  test('at a node that is not there', () => {
    expect(() => run.pcapng('sw9')).toThrow("no node 'sw9' to tap: there are sw1, n1, n2, c1");
  });
});
