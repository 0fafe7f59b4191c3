import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededChoices } from './choices.js';
import { Engine } from './engine.js';
import {
  bool,
  diagnostic,
  enumOf,
  int,
  mac,
  record,
  span,
  timer,
  u8,
  u16,
  u32,
  value,
  window,
} from './fields.js';

const newEngine = (): Engine => new Engine({ choices: new SeededChoices(1) });

const Everything = record('everything', {
  byte: u8,
  port: u16,
  address: u32,
  station: mac,
  offset: int,
  interval: span,
  isUp: bool,
  state: enumOf('INIT', 'BACKUP', 'MASTER'),
  frame: value<{ readonly bytes: readonly number[] }>(),
  count: diagnostic(int),
  hello: timer,
  hold: window,
});

describe('a record', () => {
  test('starts with zeros, false, null, the first label, or what is given', () => {
    const engine = newEngine();
    const plain = engine.record('a', Everything, engine.world, { hello: () => {} });
    expect([
      plain.byte,
      plain.isUp,
      plain.state,
      plain.frame,
      plain.hold.isOpen,
      plain.hello.isArmed,
    ]).toEqual([0, false, 'INIT', null, false, false]);
    const given = engine.record(
      'b',
      Everything,
      engine.world,
      { hello: () => {} },
      { byte: 7, state: 'MASTER', isUp: true, frame: { bytes: [1] } },
    );
    expect([given.byte, given.state, given.isUp, given.frame, given.port]).toEqual([
      7,
      'MASTER',
      true,
      { bytes: [1] },
      0,
    ]);
  });

  test('keeps what is written, and neighbours apart', () => {
    const engine = newEngine();
    const records = [0, 1, 2].map((n) =>
      engine.record(`r${n}`, Everything, engine.world, { hello: () => {} }),
    );
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.nat(255),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constantFrom('INIT', 'BACKUP', 'MASTER'),
        (n, byte, offset, isUp, state) => {
          const others = records
            .filter((_, index) => index !== n)
            .map((other) => [other.byte, other.offset, other.isUp, other.state]);
          Object.assign(records[n] as object, { byte, offset, isUp, state });
          const written = records[n] as (typeof records)[0];
          expect([written.byte, written.offset, written.isUp, written.state]).toEqual([
            byte,
            offset,
            isUp,
            state,
          ]);
          expect(
            records
              .filter((_, index) => index !== n)
              .map((other) => [other.byte, other.offset, other.isUp, other.state]),
          ).toEqual(others);
        },
      ),
    );
  });

  test.each([
    ['byte', 256],
    ['byte', -1],
    ['byte', 1.5],
    ['byte', Number.NaN],
    ['port', 65536],
    ['address', 2 ** 32],
    ['station', 2 ** 48],
    ['interval', -1],
    ['offset', 2 ** 53],
    ['offset', Number.POSITIVE_INFINITY],
    ['count', 0.1],
  ] as const)('refuses %s = %d and names it', (name, wrong) => {
    const engine = newEngine();
    const made = engine.record('n1.vrrp', Everything, engine.world, { hello: () => {} }, { byte: 3 });
    expect(() => {
      made[name] = wrong;
    }).toThrow(`n1.vrrp.${name}: ${wrong} is not an integer`);
    expect(made.byte).toBe(3);
    expect(() =>
      engine.record('x', Everything, engine.world, { hello: () => {} }, { [name]: wrong }),
    ).toThrow(`x.${name}`);
  });

  test('refuses a word that is no label, a missing handler and a field called reset', () => {
    const engine = newEngine();
    const made = engine.record('r', Everything, engine.world, { hello: () => {} });
    expect(() => {
      made.state = 'FAULT' as 'INIT';
    }).toThrow("r.state: 'FAULT' is not one of INIT, BACKUP, MASTER");
    expect(() => engine.record('r', Everything, engine.world, {} as never)).toThrow(
      'no handler for the timer hello',
    );
    expect(() => record('bad', { reset: bool })).toThrow("'reset' is every record's own method");
  });

  test('a value is kept by content: null again when null is written', () => {
    const engine = newEngine();
    const made = engine.record('r', Everything, engine.world, { hello: () => {} });
    const frame = { bytes: [1, 2] };
    made.frame = frame;
    expect(made.frame).toBe(frame);
    made.frame = { bytes: [1, 2] };
    expect(made.frame).toBe(frame);
    made.frame = { bytes: [1, 3] };
    expect(made.frame).toEqual({ bytes: [1, 3] });
    made.frame = null;
    expect(made.frame).toBe(null);
    expect(() => {
      made.frame = new Map() as never;
    }).toThrow('a Map cannot be part of a state');
  });

  test('reset goes back to the initial values and cancels timers and windows', () => {
    const engine = newEngine();
    let fired = 0;
    const made = engine.record(
      'r',
      Everything,
      engine.world,
      { hello: () => fired++ },
      { byte: 9, state: 'BACKUP' },
    );
    made.byte = 1;
    made.state = 'MASTER';
    made.frame = { bytes: [] };
    made.hello.arm(5);
    made.hold.open(5);
    made.reset();
    expect([made.byte, made.state, made.frame, made.hello.isArmed, made.hold.isOpen]).toEqual([
      9,
      'BACKUP',
      null,
      false,
      false,
    ]);
    engine.runUntil(100);
    expect(fired).toBe(0);
  });

  test('a thousand records grow the store without losing a word', () => {
    const engine = newEngine();
    const Small = record('small', { number: u16 });
    const records = Array.from({ length: 1000 }, (_, n) =>
      engine.record(`r${n}`, Small, engine.world, {}, { number: n }),
    );
    expect(records.map((made) => made.number)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    for (const made of records) made.reset();
    expect(records[999]?.number).toBe(999);
  });
});
