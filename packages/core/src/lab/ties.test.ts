import { describe, expect, test } from 'vitest';
import { guardAll } from '../engine/guards.testing.js';
import { buildOf, isDerived } from './guarded-lab.testing.js';
import { defineLab, defineProgram, type LabDesign } from './index.js';

const caller = defineProgram({
  name: 'caller',
  ports: [9999],
  state: {},
  on: {
    start: (p) => p.timer('tick').arm('1s'),
    tick: (p) => {
      p.udp(9999).send('192.168.1.255:9999', 'hello');
      p.timer('tick').arm('1s');
    },
  },
});
/** Its timer is due in the very instant at which the caller's word arrives, a millisecond later. */
const listener = defineProgram({
  name: 'listener',
  ports: [9999],
  state: {},
  on: {
    start: (p) => p.timer('tock').arm('1001ms'),
    receive: (p) => p.log('heard'),
    tock: (p) => {
      p.log('waited');
      p.timer('tock').arm('1s');
    },
  },
});
const design: LabDesign = {
  name: 'ties',
  nodes: {
    a: { address: '192.168.1.11/24', programs: [caller] },
    b: { address: '192.168.1.12/24', programs: [listener] },
  },
  links: [{ between: ['a', 'b'], delay: '1ms' }],
  duration: '5s',
};
const timerFirst = defineLab({ ...design, ties: 'timer-first' });

const wordsOf = (run: { log(node: string): readonly string[] }): string[] =>
  run.log('b').flatMap((line) => /(heard|waited)$/.exec(line)?.[1] ?? []);

describe('what comes first at one instant', () => {
  test('a frame, unless the lab says otherwise', () => {
    const words = ['heard', 'waited', 'heard', 'waited'];
    expect(wordsOf(defineLab(design).run({ until: '2500ms' }))).toEqual(words);
    expect(wordsOf(defineLab({ ...design, ties: 'packet-first' }).run({ until: '2500ms' }))).toEqual(words);
  });

  test('a timer, where the lab says so', () => {
    expect(wordsOf(timerFirst.run({ until: '2500ms' }))).toEqual(['waited', 'heard', 'waited', 'heard']);
  });

  test('it is part of what a token names', () => {
    expect(timerFirst.run({ until: '1s' }).token).not.toBe(defineLab(design).run({ until: '1s' }).token);
  });

  test('a fork and a restore keep it', () => {
    const simulation = timerFirst.start().runUntil('1000500us');
    const snapshot = simulation.save();
    const fork = simulation.fork().runUntil('2500ms');
    simulation.runUntil('4s').restore(snapshot);
    expect(simulation.runUntil('2500ms').stateDigest).toBe(fork.stateDigest);
    expect(guardAll(buildOf(timerFirst.plan), { until: 2_000_500_000 }, isDerived)).toEqual([]);
  });
});
