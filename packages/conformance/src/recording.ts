import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Nanoseconds, SECOND } from '@viplab/core';
import { CLIENT_MODES, type ClientAttempt, readClientAttempts } from './client-attempt.js';
import type { AdvertRow, FieldValue, Observation, ObservedEvent } from './observation.js';
import { RecordedJson, RecordingError } from './recorded-json.js';

/** A program of a recorded network. */
export interface RecordedProcess {
  readonly node: string;
  /** The command line; `@RUN@` stands for the run's own folder. */
  readonly command: string;
}

/** One line of a recording's schedule. */
export interface RecordedPlan {
  readonly action: string;
  readonly args: readonly string[];
}

/** One line of the schedule as it was carried out. */
export interface RecordedAction extends RecordedPlan {
  readonly planned: Nanoseconds;
  readonly began: Nanoseconds;
  readonly ended: Nanoseconds;
}

/** A cable between two hosts: names, interfaces and addresses of both ends. */
export interface RecordedCable {
  readonly nodes: readonly [string, string];
  readonly interfaces: readonly [string, string];
  readonly addresses: readonly [string, string];
}

/** One run of a case, from nothing. */
export interface RecordedRun extends Observation {
  /** `run1`. */
  readonly name: string;
  readonly actions: readonly RecordedAction[];
}

/** A folder in the recordings' format. */
export interface Recording {
  /** The folder's name. */
  readonly name: string;
  readonly title: string;
  readonly duration: Nanoseconds;
  /** Address of each node on the common bridge; null for nodes with cables only. */
  readonly nodes: ReadonlyMap<string, string | null>;
  readonly bridges: readonly string[];
  readonly extraPorts: number;
  readonly cables: readonly RecordedCable[];
  /** MAC address by node. */
  readonly macs: ReadonlyMap<string, string>;
  /** Commands that prepared the network, `node: command`. */
  readonly setup: readonly string[];
  readonly vips: readonly string[];
  readonly processes: ReadonlyMap<string, RecordedProcess>;
  readonly runningBefore: readonly string[];
  readonly schedule: readonly RecordedPlan[];
  /** Configuration files by name. */
  readonly config: ReadonlyMap<string, string>;
  readonly runs: readonly RecordedRun[];
  /** What the recorder itself made of the runs; what is read here is checked against it. */
  readonly timeline: RecordedJson;
}

/** Seconds as recordings write them, 0.1 ms exact, in whole nanoseconds. */
function instant(json: RecordedJson): Nanoseconds {
  return Math.round(json.number() * SECOND);
}

function readText(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new RecordingError(
      `${join(folder, file)}: ${code === 'ENOENT' ? 'is missing: not a recording' : String(code)}`,
    );
  }
}

function namesIn(folder: string, part: string): string[] {
  try {
    return readdirSync(join(folder, part)).sort();
  } catch {
    throw new RecordingError(`${join(folder, part)}: is missing: not a recording`);
  }
}

/**
 * Reads a folder in the recordings' format and checks it.
 *
 * @throws RecordingError naming the file and the place in it.
 */
export function readRecording(folder: string): Recording {
  const name = basename(folder);
  const read = (file: string) => RecordedJson.parse(`${name}/${file}`, readText(folder, file));
  const events = read('events.json');
  const timeline = read('timeline.json');
  const runFiles = namesIn(folder, 'runs')
    .filter((file) => /^run\d+\.json$/.test(file))
    .sort((a, b) => Number(a.slice(3, -5)) - Number(b.slice(3, -5)));
  if (runFiles.length === 0) throw new RecordingError(`${name}/runs: holds no run1.json`);
  const topology = events.field('topology');
  const nodes = new Map(
    topology
      .field('nodes')
      .fields()
      .map(([node, ip]) => [node, ip.isNull ? null : ip.text()]),
  );
  const processes = new Map(
    events
      .field('processes')
      .fields()
      .map(([key, json]): [string, RecordedProcess] => {
        const node = json.field('node');
        if (!nodes.has(node.text()))
          throw node.complaint(`names '${node.text()}', which is no node of the topology`);
        return [key, { node: node.text(), command: json.field('command').text() }];
      }),
  );
  const isCarp = [...processes.values()].some(({ command }) => command.startsWith('ucarp '));
  const runs = runFiles.map((file) => readRun(file.slice(0, -5), read(`runs/${file}`), isCarp));
  const counted = timeline.field('runs');
  if (counted.number() !== runs.length)
    throw counted.complaint(`says ${counted.number()}, but there are ${runs.length} runs`);
  return {
    name,
    title: events.field('title').text(),
    duration: instant(events.field('duration')),
    nodes,
    bridges: topology
      .field('bridges')
      .items()
      .map((json) => json.text()),
    extraPorts: topology.field('extra_ports').items().length,
    cables: topology.field('cables').items().map(readCable),
    macs: new Map(
      topology
        .field('mac')
        .fields()
        .map(([node, json]) => [node, json.text()]),
    ),
    setup: topology
      .field('setup')
      .items()
      .map((json) =>
        json
          .items()
          .map((part) => part.text())
          .join(': '),
      ),
    vips: events
      .field('vips')
      .items()
      .map((json) => json.text()),
    processes,
    runningBefore: events
      .field('running_before_t0')
      .items()
      .map((json) => json.text()),
    schedule: events.field('schedule').items().map(readPlan),
    config: new Map(namesIn(folder, 'config').map((file) => [file, readText(folder, join('config', file))])),
    runs,
    timeline,
  };
}

function readCable(json: RecordedJson): RecordedCable {
  const parts = json.items().map((part) => part.text());
  const [a, b, aInterface, bInterface, aAddress, bAddress] = parts;
  if (parts.length !== 6) throw json.complaint('is not a cable: two nodes, two interfaces, two addresses');
  return {
    nodes: [a as string, b as string],
    interfaces: [aInterface as string, bInterface as string],
    addresses: [aAddress as string, bAddress as string],
  };
}

function readPlan(json: RecordedJson): RecordedPlan {
  return {
    action: json.field('action').text(),
    args: json
      .field('args')
      .items()
      .map((arg) => arg.text()),
  };
}

function readRun(name: string, json: RecordedJson, isCarp: boolean): RecordedRun {
  const clients = new Map<string, ClientAttempt[]>();
  for (const mode of CLIENT_MODES) {
    const rows = json.optional(`client_${mode}`);
    if (rows === undefined) continue;
    for (const [client, attempts] of readClientAttempts(mode, rows)) clients.set(client, attempts);
  }
  const events = json.field('events').items().map(readEvent);
  return {
    name,
    actions: json
      .field('actions')
      .items()
      .map((action) => ({
        ...readPlan(action),
        planned: instant(action.field('planned')),
        began: instant(action.field('began')),
        ended: instant(action.field('ended')),
      })),
    events: events.sort((a, b) => a.time - b.time),
    advertsSent: readAdverts(json.field('adverts_sent'), isCarp),
    advertsDelivered: readAdverts(json.field('adverts_delivered'), isCarp),
    clients,
  };
}

function readEvent(json: RecordedJson): ObservedEvent {
  const fields: Record<string, FieldValue> = {};
  for (const [name, value] of json.fields())
    if (name !== 't' && name !== 'event') fields[name] = value.scalar();
  return { time: instant(json.field('t')), kind: json.field('event').text(), fields };
}

function readAdverts(json: RecordedJson, isCarp: boolean): Map<string, AdvertRow[]> {
  return new Map(
    json.fields().map(([who, rows]) => [
      who,
      rows.items().map((row): AdvertRow => {
        const [time, vrid, priority, interval] = row.items();
        if (time === undefined || vrid === undefined || priority === undefined || interval === undefined) {
          throw row.complaint('is not an advertisement: time, VRID, priority, interval');
        }
        return {
          time: instant(time),
          vrid: vrid.number(),
          priority: priority.number(),
          interval: interval.number(),
          ...(isCarp ? { protocol: 'carp' as const } : {}),
        };
      }),
    ]),
  );
}
