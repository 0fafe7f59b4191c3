import { expect, test } from 'vitest';
import { SeededChoices } from './choices.js';
import { Engine } from './engine.js';
import { bool, enumOf, int, timer, value, window } from './fields.js';
import { rowView } from './row-view.js';
import { digestOf, restoreState, saveState } from './snapshot.js';
import { table } from './table.js';

const Fields = {
  count: int,
  isOpen: bool,
  state: enumOf('CLOSED', 'OPEN', 'HALF'),
  name: value<string>(),
  due: timer,
  age: window,
};
const Rows = table('things', Fields);
const View = rowView(Rows);

const setUp = () => {
  const engine = new Engine({ choices: new SeededChoices(1) });
  return { engine, rows: engine.table('things', Rows, engine.world, { due: () => {} }) };
};

test('a view reads and writes its own row, and goes on doing so when the table has grown', () => {
  const { rows } = setUp();
  const views = Array.from({ length: 40 }, (_, key) => new View(rows, rows.insert(key)));
  expect(views[0]).toMatchObject({ count: 0, isOpen: false, state: 'CLOSED', name: null });
  views.forEach((view, key) => {
    view.count = -key;
    view.isOpen = key % 2 === 1;
    view.state = key % 3 === 0 ? 'OPEN' : 'HALF';
    view.name = `thing ${key}`;
  });
  views.forEach((view, key) => {
    expect(rows.columns.count[view.row]).toBe(-key);
    expect([view.count, view.isOpen, view.state, view.name]).toEqual([
      -key,
      key % 2 === 1,
      key % 3 === 0 ? 'OPEN' : 'HALF',
      `thing ${key}`,
    ]);
  });
});

test('what is written through a view is state: it is in the digest and comes back', () => {
  const { engine, rows } = setUp();
  const view = new View(rows, rows.insert(1));
  view.name = 'one';
  const saved = saveState(engine);
  view.name = 'two';
  view.state = 'OPEN';
  expect(digestOf(saveState(engine))).not.toBe(digestOf(saved));
  restoreState(engine, saved);
  const again = new View(rows, rows.find(1));
  expect([again.name, again.state]).toEqual(['one', 'CLOSED']);
});

test('a stopwatch tells how long ago it was started, also after a restore at another instant', () => {
  const { engine, rows } = setUp();
  const row = rows.insert(1);
  engine.runUntil(500);
  rows.windows.age.start(row);
  engine.runUntil(1_700);
  expect(rows.windows.age.elapsed(row)).toBe(1_200);
  restoreState(engine, saveState(engine), 1_000_000);
  expect(rows.windows.age.elapsed(rows.find(1))).toBe(1_200);
});
