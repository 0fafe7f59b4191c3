import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededChoices } from './choices.js';
import { Engine } from './engine.js';
import { timer, u16, window } from './fields.js';
import { NO_ROW, type Row, type Table, table } from './table.js';
import { Timer } from './timer.js';

const Ageing = table('ageing', { port: u16, age: window, probe: timer }, 'age');
const Plain = table('plain', { port: u16 });

const newEngine = (): Engine => new Engine({ choices: new SeededChoices(1) });

type Command = readonly ['insert' | 'delete' | 'find', number, number];

/** Few keys, so that they meet again; some differ only above bit 32, some only in their second number. */
const anyCommand: fc.Arbitrary<Command> = fc.tuple(
  fc.constantFrom('insert', 'insert', 'delete', 'find'),
  fc.oneof(
    fc.nat(40),
    fc.nat(20).map((n) => n * 2 ** 32),
    fc.nat(20).map((n) => n * 65536),
    fc.constant(0xffff_ffff_ffff),
  ),
  fc.constantFrom(0, 0, 1, 4094),
);

describe('Table', () => {
  test('behaves as a map of keys under any mix of insert, find and delete', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 150, size: 'max' }), (commands) => {
        const rows = newEngine().table('t', Plain, newEngine().world);
        const model = new Map<string, { row: Row; a: number; b: number; port: number }>();
        for (const [what, a, b] of commands) {
          const key = `${a},${b}`;
          const known = model.get(key);
          expect(rows.find(a, b)).toBe(known?.row ?? NO_ROW);
          if (what === 'delete' && known !== undefined) {
            rows.delete(known.row);
            model.delete(key);
          } else if (what === 'insert' && known === undefined) {
            const row = rows.insert(a, b);
            expect(rows.columns.port[row]).toBe(0);
            const port = model.size;
            rows.columns.port[row] = port;
            model.set(key, { row, a, b, port });
          } else if (what === 'insert') expect(() => rows.insert(a, b)).toThrow('is there already');
        }
        const expected = [...model.values()].sort((x, y) => x.a - y.a || x.b - y.b);
        expect(rows.size).toBe(model.size);
        expect(rows.sortedRows()).toEqual(expected.map(({ row }) => row));
        for (const { row, a, b, port } of expected) {
          expect([rows.find(a, b), rows.keyA[row], rows.keyB[row], rows.columns.port[row]]).toEqual([
            row,
            a,
            b,
            port,
          ]);
        }
        rows.clear();
        expect([rows.size, rows.sortedRows()]).toEqual([0, []]);
      }),
      { numRuns: 500 },
    );
  });

  test('grows to thousands of rows', () => {
    const engine = newEngine();
    const rows = engine.table('t', Plain, engine.world);
    for (let key = 0; key < 5000; key++) {
      // The row first: columns move when the table grows.
      const row = rows.insert(0x02_00_00_00_00_00 + key * 7, 1);
      rows.columns.port[row] = key;
    }
    for (let key = 0; key < 5000; key++)
      expect(rows.columns.port[rows.find(0x02_00_00_00_00_00 + key * 7, 1)]).toBe(key);
    expect(rows.find(1, 1)).toBe(NO_ROW);
  });

  test('a timer per row: armed, armed anew, cancelled, deleted with its row', () => {
    const engine = newEngine();
    const fired: string[] = [];
    const rows: Table<typeof Ageing.fields> = engine.table('t', Ageing, engine.world, {
      probe: (row) => fired.push(`${rows.keyA[row]} at ${engine.now}`),
    });
    const [one, two, three, four] = [1, 2, 3, 4].map((key) => rows.insert(key)) as [Row, Row, Row, Row];
    for (const row of [one, two, three, four]) {
      rows.windows.age.openForever(row);
      rows.timers.probe.arm(row, 100);
    }
    rows.timers.probe.arm(two, 50);
    rows.timers.probe.cancel(three);
    rows.delete(four);
    expect([one, two, three].map((row) => rows.timers.probe.isArmed(row))).toEqual([true, true, false]);
    // The slot that row 4 gave back goes to another row: its old deadline must not fire for it.
    rows.timers.probe.arm(rows.insert(5), 200);
    engine.runUntil(1000);
    expect(fired).toEqual(['2 at 50', '1 at 100', '5 at 200']);
    expect(rows.timers.probe.isArmed(one)).toBe(false);
    expect(() => engine.table('x', Ageing, engine.world, {} as never)).toThrow(
      'no handler for the timer probe',
    );
  });

  test('rows whose window has closed count as absent and are swept in the order of their keys', () => {
    const engine = newEngine();
    const rows = engine.table('t', Ageing, engine.world, { probe: () => {} });
    const ends = [
      [9, 10],
      [3, 10],
      [5, 20],
      [1, 10],
    ] as const;
    for (const [key, end] of ends) rows.windows.age.open(rows.insert(key), end);
    engine.runUntil(9);
    expect(rows.sortedRows().map((row) => rows.keyA[row])).toEqual([1, 3, 5, 9]);
    engine.runUntil(10);
    expect(rows.sortedRows().map((row) => rows.keyA[row])).toEqual([5]);
    expect(rows.size).toBe(4);
    const ended: number[] = [];
    rows.sweep((row) => ended.push(rows.keyA[row] as number));
    expect(ended).toEqual([1, 3, 9]);
    expect(rows.size).toBe(1);
    expect(rows.find(9)).toBe(NO_ROW);
  });

  test('a derived timer is armed for the earliest end of an open window', () => {
    const engine = newEngine();
    const rows = engine.table('t', Ageing, engine.world, { probe: () => {} });
    const fired: number[] = [];
    const sweeper: Timer = new Timer(
      engine,
      'sweeper',
      engine.world,
      () => {
        fired.push(engine.now);
        rows.sweep();
        rows.windows.age.armForEarliest(sweeper);
      },
      true,
    );
    rows.windows.age.openForever(rows.insert(1));
    rows.windows.age.armForEarliest(sweeper);
    expect(sweeper.isArmed).toBe(false);
    rows.windows.age.open(rows.insert(2), 70);
    rows.windows.age.open(rows.insert(3), 30);
    rows.windows.age.armForEarliest(sweeper);
    engine.runUntil(1000);
    expect(fired).toEqual([30, 70]);
    expect(rows.size).toBe(1);
  });
});
