import { fileURLToPath } from 'node:url';
import { defineLab, type HostDesign, type LabDesign, type Nanoseconds, SECOND } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import type { ClientAttempt } from './client-attempt.js';
import { type ClientSegment, clientSegments, segmentName } from './client-segments.js';
import { ClientNotes } from './client-words.js';
import { importLab, simulatedClients } from './import-lab.js';
import type { RecordedRun } from './recording.js';
import { readRecording } from './recording.js';
import { WHEEL_SLACK } from './tolerance.js';
import { CLIENT_NODE } from './vip-path.js';

const k08 = readRecording(fileURLToPath(new URL('../recordings/k08', import.meta.url)));
/** When the split is healed, and one of the two masters yields without a word to the clients. */
const HEALED: Nanoseconds = 60 * SECOND;
const PACE: Nanoseconds = 0.2 * SECOND;
/** DELAY and three probes: from a kernel's doubt to its next broadcast (net/core/neighbour.c). */
const DESPAIR: Nanoseconds = 8 * SECOND;

type Clients = ReadonlyMap<string, readonly ClientAttempt[]>;

function clientsOf(design: LabDesign, seed: number): Clients {
  const { trace } = defineLab(design).run({ seed, until: k08.duration });
  const notes = new ClientNotes(simulatedClients(k08));
  for (const event of trace.events) notes.note(event);
  return notes.sorted();
}

const afterHeal = (clients: Clients, client: string): ClientSegment[] =>
  clientSegments(clients.get(client) ?? []).filter(({ last }) => last > HEALED);

/** For how long nobody answered short connections after the split was healed. */
function blackHole(clients: Clients): Nanoseconds {
  const segments = afterHeal(clients, 'short');
  expect(segments.map(segmentName)).toEqual(['ok n1', 'timeout', 'ok n2']);
  return (segments[2]?.first ?? 0) - (segments[1]?.first ?? 0);
}

/** How long the request hung that a held connection sent into the hole. */
function hung(clients: Clients): Nanoseconds {
  const segments = afterHeal(clients, 'persist');
  expect(segments.map(segmentName)).toEqual(['ok n1', 'reset', 'open', 'ok n2']);
  return segments[1]?.longest ?? 0;
}

/** The design of a run whose client draws its reachable time. */
function drawing(run: RecordedRun): LabDesign {
  const design = importLab(k08, run);
  const { sysctl: _, ...client } = design.nodes[CLIENT_NODE] as HostDesign;
  return { ...design, nodes: { ...design.nodes, [CLIENT_NODE]: client } };
}

describe('after a healed split nobody tells the clients (k08)', () => {
  test.each(k08.runs.map((run) => [run.name, run] as const))(
    '%s: short connections, and the request that hung, ended when the recorded ones did',
    (_, run) => {
      const mine = clientsOf(importLab(k08, run), 1);
      const late = blackHole(run.clients) - blackHole(mine);
      expect(late).toBeGreaterThanOrEqual(-PACE);
      expect(late).toBeLessThanOrEqual(WHEEL_SLACK * DESPAIR + PACE);
      expect(hung(run.clients)).toBeGreaterThan(53 * SECOND);
      expect(hung(run.clients)).toBeLessThan(55 * SECOND);
      expect(hung(mine)).toBeLessThanOrEqual(hung(run.clients));
      expect(hung(mine)).toBeGreaterThanOrEqual(hung(run.clients) / (1 + WHEEL_SLACK));
    },
  );

  test('whatever reachable time is drawn, from 15 to 45 s: the recorded holes lie in between', () => {
    const run = k08.runs[0] as RecordedRun;
    const holes = Array.from({ length: 8 }, (_, seed) => blackHole(clientsOf(drawing(run), seed + 1)));
    // Counted from the first attempt into the hole; the last confirmation came up to two attempts before it.
    const [least, most] = [15 * SECOND + DESPAIR - 2 * PACE, 45 * SECOND + DESPAIR + 2 * PACE];
    for (const hole of holes) {
      expect(hole).toBeGreaterThanOrEqual(least);
      expect(hole).toBeLessThanOrEqual(most);
    }
    expect(Math.max(...holes) - Math.min(...holes)).toBeGreaterThan(5 * SECOND);
    for (const { clients } of k08.runs) {
      expect(blackHole(clients)).toBeGreaterThanOrEqual(least);
      expect(blackHole(clients)).toBeLessThanOrEqual(most * (1 + WHEEL_SLACK));
    }
  });
});
