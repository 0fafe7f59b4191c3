import { describe, expect, test } from 'vitest';
import { Engine, SeededChoices } from '../engine/index.js';
import { FrameColumns } from './frame-columns.js';
import { Trace } from './trace.js';

const frame = (length: number) => ({ length });
const lengthOf = (seen: object): number => (seen as { length: number }).length;

function columns() {
  const trace = new Trace(new Engine({ choices: new SeededChoices(1) }));
  const a = trace.portIndex('n1:eth0');
  const b = trace.portIndex('sw1:p1');
  return { kept: new FrameColumns(trace, lengthOf), a, b, trace };
}

describe('frames as columns', () => {
  test('a row is what the listener was told', () => {
    const { kept, a, b } = columns();
    kept.onFrame(1000, 'n1:eth0', 'sent', frame(60), a);
    kept.onFrame(51_000, 'sw1:p1', 'corrupt', frame(1514), b);
    expect(kept.length).toBe(2);
    expect(kept.row(0)).toEqual({ time: 1000, port: 'n1:eth0', fate: 'sent', length: 60 });
    expect(kept.row(1)).toEqual({ time: 51_000, port: 'sw1:p1', fate: 'corrupt', length: 1514 });
  });

  test('that a frame arrives is not said again', () => {
    const { kept, a, b } = columns();
    kept.onFrame(1000, 'n1:eth0', 'sent', frame(60), a);
    kept.onFrame(51_000, 'sw1:p1', 'delivered', frame(60), b);
    expect(kept.length).toBe(1);
  });

  test('rows beyond the first chunk are found, instants beyond 32 bits kept', () => {
    const { kept, a, b } = columns();
    const rows = 150_000;
    for (let row = 0; row < rows; row++)
      kept.onFrame(row * 1e9, '', row % 2 === 0 ? 'sent' : 'lost', frame(row), row % 3 === 0 ? a : b);
    expect(kept.length).toBe(rows);
    for (const row of [0, 65_535, 65_536, 131_072, rows - 1]) {
      const port = row % 3 === 0 ? 'n1:eth0' : 'sw1:p1';
      const fate = row % 2 === 0 ? 'sent' : 'lost';
      expect(kept.row(row)).toEqual({ time: row * 1e9, port, fate, length: row });
    }
  });

  test.each([-1, 0.5, 1])('there is no row %s', (index) => {
    const { kept, a } = columns();
    kept.onFrame(1, 'n1:eth0', 'sent', frame(60), a);
    expect(() => kept.row(index)).toThrow(RangeError);
  });

  test('a port has one index, however often it is asked for', () => {
    const { trace, a, b } = columns();
    expect(trace.portIndex('n1:eth0')).toBe(a);
    expect(a).not.toBe(b);
    expect(trace.portPath(b)).toBe('sw1:p1');
  });
});
