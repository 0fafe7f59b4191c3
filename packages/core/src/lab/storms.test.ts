import { describe, expect, test } from 'vitest';
import { BroadcastStormError } from '../switch/index.js';
import type { LabDesign } from './design.js';
import { defineLab } from './index.js';
import { PAIR } from './pair.fixture.js';

/** The pair on two switches that are joined by two cables. */
const looped = (sw1: object = {}, sw2: object = {}): LabDesign => ({
  ...PAIR,
  name: 'looped',
  nodes: { sw1: { kind: 'switch', ...sw1 }, sw2: { kind: 'switch', ...sw2 }, ...PAIR.nodes },
  links: [
    ['n1', 'sw1'],
    ['n2', 'sw2'],
    ['c1', 'sw1'],
    ['sw1:a', 'sw2:a'],
    ['sw1:b', 'sw2:b'],
  ],
});

describe('a lab whose switches form a loop', () => {
  test('is made, with a warning, and its run ends in a storm that names the loop', () => {
    const lab = defineLab(looped());
    expect(lab.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['lab/loop', 'warning']]);
    const run = lab.run();
    expect(run.until).toBeLessThan(1e9);
    expect(run.report.verdict.words).toContain('broadcast-storm');
    expect(run.report.verdict).toMatchObject({
      word: 'broadcast-storm',
      isExpected: false,
      findings: [
        { word: 'broadcast-storm', at: run.until, loop: expect.arrayContaining(['sw1:a', 'sw2:b']) },
      ],
    });
    const [storm] = run.trace.filter('switch.storm');
    expect([...(storm?.loop ?? [])].toSorted()).toEqual(['sw1:a', 'sw1:b', 'sw2:a', 'sw2:b']);
    expect(run.text()).toMatch(/flaps\? +BROADCAST-STORM one frame circles in the loop sw\d:\w sw\d/);
    expect(run.text()).toContain('broadcast storm');
    expect(run.json()).toMatchObject({
      verdict: { word: 'broadcast-storm', findings: [{ loop: storm?.loop }] },
    });
    // What is made by running again stops at the same place.
    expect(run.text({ level: 'vv' })).toContain('IGMPv3 report');
    expect(run.pcapng('sw1').length).toBeGreaterThan(1000);
    expect(lab.run().digest).toBe(run.digest);
  });

  test('may be expected', () => {
    const design = { ...looped(), expect: ['broadcast-storm', 'headless'] as const };
    const { verdict } = defineLab(design).run().report;
    expect(verdict.words.filter((word) => word !== 'headless')).toEqual(['broadcast-storm']);
  });

  test('stepped by hand it throws, with the loop', () => {
    const simulation = defineLab(looped()).start();
    expect(() => simulation.runUntil('10s')).toThrow(BroadcastStormError);
    expect(() => defineLab(looped()).start().runUntil('10s')).toThrow(
      /The loop is sw\d:\w sw\d:\w sw\d:\w sw\d:\w\./,
    );
  });

  test.each(['stp', 'rstp'] as const)('%s on both switches: no warning, no storm, a pair', (spanningTree) => {
    const ports = { n1: { edge: true }, n2: { edge: true }, c1: { edge: true } };
    const edges = (names: readonly (keyof typeof ports)[]) =>
      Object.fromEntries(names.map((name) => [name, ports[name]]));
    const lab = defineLab({
      ...looped({ spanningTree, ports: edges(['n1', 'c1']) }, { spanningTree, ports: edges(['n2']) }),
      duration: '120s',
    });
    expect(lab.diagnostics).toEqual([]);
    const run = lab.run();
    expect(run.trace.filter('switch.storm')).toEqual([]);
    expect(run.report.vip('192.168.1.100').owners.at(-1)?.owners).toEqual(['n1']);
    // With 802.1D the cable between the switches is closed for 30 s, and both are master meanwhile.
    expect(run.report.verdict.word).toBe(spanningTree === 'stp' ? 'dual' : 'no-flap');
  });

  test('one switch that speaks it is enough: it hears its own BPDUs come back', () => {
    const lab = defineLab({ ...looped({ spanningTree: 'rstp' }), duration: '60s' });
    expect(lab.diagnostics).toEqual([]);
    const run = lab.run();
    expect(run.until).toBe(60e9);
    const roles = run.trace.filter('stp.port').map(({ port, role }) => `${port} ${role}`);
    expect(roles.some((text) => /^[ab] backup$/.test(text))).toBe(true);
  });

  test('storm control bounds it: the run lives, and its copies die', () => {
    const stormControl = { broadcast: 100, multicast: 100 };
    const run = defineLab({ ...looped({ stormControl }, { stormControl }), duration: '3s' }).run();
    expect(run.until).toBe(3e9);
    expect(run.trace.filter('switch.storm')).toEqual([]);
    const shut = { multicast: 100, action: 'shutdown' } as const;
    const closing = defineLab({
      ...looped({ stormControl: shut }, { stormControl: shut }),
      duration: '3s',
    }).run();
    const [first] = closing.trace.filter('switch.err-disabled');
    expect(first).toMatchObject({ reason: 'storm-control', port: expect.stringMatching(/^[ab]$/) });
    expect(closing.text()).toContain('shuts port');
  });
});
