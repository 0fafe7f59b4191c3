import { describe, expect, test } from 'vitest';
import { sequenceText } from './sequence-text.js';

const DIAGRAM = `sequenceDiagram
  participant p0 as n1
  participant p1 as n2
  participant p2 as c1
  participant p3 as sw1
  Note over p0: 0.060 VI_1 BACKUP (150)
  Note over p0: 3.474 VI_1 MASTER (150)
  p0-)p2: 3.474 5 x gratuitous ARP .100
  p2-->>p0: 3.474 frames to .100
  p0->>p1: 3.474 VI_1 advert 150, the last that counts
  Note over p3: 4.000 drop-multicast sw1
  Note over p1: 7.084 VI_1 MASTER #40;100#41;
  Note over p0,p3: 9 more until 30.000 left out
  p1-)p2: 12.084 5 x gratuitous ARP .100
`;
const options = { until: 8, width: 100, without: ['sw1'] };

describe('a sequence diagram as text', () => {
  test('has a lifeline for each node and an arrow for each message', () => {
    expect(sequenceText(DIAGRAM, options)).toEqual([
      '          n1             n2             c1',
      '    3.474  █              │              │   n1 VI_1 MASTER (150)',
      '    3.474  │─────────────────────────────►   5 x gratuitous ARP .100'.replace('─►', '►│'),
      '    3.474  │◄─────────────────────────────│   frames to .100'.replace('─│', '│'),
      '    3.474  │─────────────►│              │   VI_1 advert 150, the last that counts',
      '    4.000  │              │              │   drop-multicast sw1',
      '    7.084  │              █              │   n2 VI_1 MASTER (100)',
    ]);
  });

  test('keeps to its width, and is none where nothing would fit', () => {
    for (const width of [60, 72, 100])
      for (const line of sequenceText(DIAGRAM, { ...options, width }))
        expect([...line].length).toBeLessThanOrEqual(width);
    expect(sequenceText(DIAGRAM, { ...options, width: 50 })).toEqual([]);
    const many = Array.from({ length: 8 }, (_, index) => `  participant p${index} as n${index}`).join('\n');
    expect(sequenceText(`sequenceDiagram\n${many}\n`, options)).toEqual([]);
    expect(sequenceText('', options)).toEqual([]);
  });

  test('shows the last of many steps', () => {
    const steps = Array.from({ length: 40 }, (_, index) => `  p0->>p1: ${index}.000 advert ${index}`).join(
      '\n',
    );
    const lines = sequenceText(`${DIAGRAM}${steps}\n`, { ...options, until: 100 });
    expect(lines).toHaveLength(15);
    expect(lines.at(-1)).toContain('advert 39');
  });
});
