import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { shippedFolders } from './command.js';
import { labelOf } from './event-label.js';
import { keyOf } from './observation.js';
import { readRecording } from './recording.js';

describe('labels', () => {
  const recordings = shippedFolders(fileURLToPath(new URL('../recordings', import.meta.url))).map(
    readRecording,
  );

  test.each(recordings)('$name: different events have different labels', ({ runs, macs }) => {
    const ownerOf = new Map([...macs].map(([node, mac]) => [mac, node]));
    const labels = new Map<string, string>();
    for (const event of runs.flatMap((run) => run.events)) {
      const key = keyOf(event);
      const label = labelOf(event, ownerOf);
      expect(labels.get(label) ?? key).toBe(key);
      labels.set(label, key);
    }
    expect(labels.size).toBeGreaterThan(20);
  });

  test('kinds that are not known are told by their fields', () => {
    expect(
      labelOf({ kind: 'bgp', fields: { node: 'r1', peer: '10.0.1.2', to: 'Up', was: 'Down' } }, new Map()),
    ).toBe('bgp r1 peer=.2 to=Up');
  });
});
