import { defineLab, type Nanoseconds } from '@viplab/core';
import { ClientNotes } from './client-words.js';
import { importLab, simulatedClients } from './import-lab.js';
import type { Observation, ObservedEvent } from './observation.js';
import type { RecordedRun, Recording } from './recording.js';
import { SwitchTap } from './switch-tap.js';
import { inRecordedWords, type NetworkNames } from './trace-words.js';
import { vipPaths } from './vip-path.js';

/** The recorder watches the neighbour caches of nodes whose names begin so: clients and routers. */
const WATCHED_NODES = /^[cr]/;

/**
 * Replays one recorded run in the simulator and notes what the recorder would have noted.
 *
 * @param seed which of the possible runs, where chance remains (a kernel's reachable time); default 1
 * @throws NotReplayable if the simulator has no counterpart of something in it.
 */
export function replay(recording: Recording, run: RecordedRun, seed = 1): Observation {
  const lab = defineLab(importLab(recording, run));
  const ownerOf = new Map<string, string>();
  const nodeOf = new Map<string, string>();
  for (const [node, mac] of recording.macs) ownerOf.set(mac, node);
  for (const [node, address] of recording.nodes) if (address !== null) nodeOf.set(address, node);
  const vips = new Set(recording.vips);
  const names: NetworkNames = { ownerOf, vips, watchesNeighbours: (node) => WATCHED_NODES.test(node) };
  const tap = new SwitchTap(recording.bridges[0] ?? 'lan', [...recording.nodes.keys()], nodeOf, vips);
  const { trace } = lab.run({ seed, until: recording.duration, frames: tap });
  const events: ObservedEvent[] = [...tap.events];
  const clients = new ClientNotes(simulatedClients(recording));
  for (const event of trace.events) {
    clients.note(event);
    const said = inRecordedWords(event, names);
    if (said !== undefined) events.push(said);
  }
  events.sort(byTime);
  events.push(...vipPaths(events, ownerOf));
  return {
    events: events.sort(byTime),
    advertsSent: tap.sent,
    advertsDelivered: tap.delivered,
    clients: clients.sorted(),
  };
}

const byTime = (a: { readonly time: Nanoseconds }, b: { readonly time: Nanoseconds }): number =>
  a.time - b.time;
