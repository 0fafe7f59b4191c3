import { describe, expect, test } from 'vitest';
import { carpFacts, carpPowerOffStory, HandMadeCarp } from './hand-made-carp.fixture.js';
import {
  at,
  HandMadeTrace,
  multicastLostStory,
  pairFacts,
  powerOffStory,
} from './hand-made-trace.fixture.js';
import { mermaid } from './mermaid.js';
import { reportOf } from './report.js';

/** What the grammar of sequence diagrams allows of what is used here. */
const STATEMENT =
  /^ {2}(participant p\d+ as [^;#\n]+|p\d+(->>|-->>|-\))p\d+: [^;\n]+|Note over p\d+(,p\d+)?: [^;\n]+)$/;

const linesOf = (text: string): string[] => text.trimEnd().split('\n');

describe('the sequence diagram', () => {
  test('tells the story of a failover', () => {
    const { events, facts } = powerOffStory();
    const lines = linesOf(mermaid(reportOf(events, facts)));
    expect(lines[0]).toBe('sequenceDiagram');
    expect(lines).toEqual(
      expect.arrayContaining([
        '  participant p0 as n1',
        '  Note over p0: 10.000 power-off n1',
        '  p0->>p1: 9.475 VI_WRITE advert 150, the last that counts',
        '  Note over p1: 13.084 VI_WRITE MASTER (100)',
        '  p1-)p2: 13.084 5 x gratuitous ARP .100',
        '  Note over p2: 13.084 ARP .100 = n2',
        '  p2-->>p1: 13.084 frames to .100',
      ]),
    );
    for (const line of lines.slice(1)) expect(line).toMatch(STATEMENT);
  });

  test('is cut where nobody reads on, and says so', () => {
    const { events, facts } = multicastLostStory();
    const lines = linesOf(mermaid(reportOf(events, facts), { most: 5 }));
    expect(lines.filter((line) => !line.includes('participant'))).toHaveLength(7);
    expect(lines.at(-1)).toMatch(/^ {2}Note over p0,p\d: \d+ more until \d+\.\d{3} left out$/);
  });

  test('names cannot break out of it', () => {
    const name = 'n1;\nparticipant x #1 %% "<b>"';
    const facts = pairFacts({ nodes: [{ name, kind: 'host' }], vips: [], clients: [] });
    const { events } = new HandMadeTrace()
      .cause(1, 'power-off', name)
      .add(2, 'arp.announced', name, { interface: 'e', address: 'a;b', mac: 'm', op: 'request' });
    const lines = linesOf(mermaid(reportOf(events, facts)));
    expect(lines[1]).toBe('  participant p0 as n1#59; participant x #35;1 #37;#37; #34;#60;b#62;#34;');
    expect(lines).toHaveLength(4);
    for (const line of lines.slice(1)) expect(line.replace(/#\d+;/g, '')).toMatch(STATEMENT);
  });

  test('an empty run is an empty diagram', () => {
    expect(mermaid(reportOf([], pairFacts({ nodes: [], vips: [], clients: [] })))).toBe('sequenceDiagram\n');
  });

  test('of CARP it says why states changed, and who says goodbye', () => {
    const { events, facts } = carpPowerOffStory();
    const text = mermaid(reportOf(events, facts));
    expect(text).toContain('p0->>p1: 10.000 carp0 advert 1/0, the last that counts');
    expect(text).toContain('Note over p0: 20.346 carp0 MASTER (preempts)');
    const trace = new HandMadeCarp({ fw1: 0, fw2: 100 }).advert(at('10'), 'fw1', {
      advbase: 255,
      advskew: 255,
    });
    expect(mermaid(reportOf(trace.events, carpFacts(trace.skews)))).toContain(
      'Note over p0: 10.000 carp0 says goodbye (advert 255/255)',
    );
  });
});
