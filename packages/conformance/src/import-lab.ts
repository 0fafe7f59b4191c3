import type { ClientDesign, HostDesign, LabDesign, LinkDesign, NodeDesign } from '@viplab/core';
import { CLIENT_PACE, isHeld } from './client-attempt.js';
import { durationText, importSchedule, RUN_FOLDER } from './import-schedule.js';
import { kernelPhases } from './kernel-phases.js';
import { NotReplayable } from './not-replayable.js';
import { type RecordedProgram, readProgram } from './recorded-program.js';
import type { RecordedRun, Recording } from './recording.js';

/** The recorder's cables have no delay to speak of: 10 to 50 us. */
const CABLE_DELAY = '20us';
/** The recorder's bridges: no snooping (`mcast_snooping 0`), ageing 300 s. */
const BRIDGE = { kind: 'switch', snooping: false, ageing: '300s' } as const;
/** The host's end of the cable to the bridge. */
const BRIDGE_PORT = 'eth0';
/** Recordings do not say it: all their networks are /24. */
const PREFIX_LENGTH = 24;
/** A short attempt of the recorder's clients gives up after this. */
const SHORT_TIMEOUT = '1s';

/**
 * Makes the design that replays one recorded run: its network with the recorded MAC addresses, its configuration
 * files, its line servers and clients with the pace and phase of that run, and its schedule with the start-up phases
 * of that run.
 *
 * @throws NotReplayable naming what the simulator has no counterpart of.
 */
export function importLab(recording: Recording, run: RecordedRun): LabDesign {
  const [bridge = 'lan', ...others] = recording.bridges;
  if (others.length > 0 || recording.extraPorts > 0)
    throw new NotReplayable('topology: several bridges, or hosts with several ports on them');
  if (recording.setup.length > 0) throw new NotReplayable(`topology: prepared by '${recording.setup[0]}'`);
  const programs = new Map(
    [...recording.processes].map(([name, process]) => [name, readProgram(name, process)]),
  );
  const daemons = daemonNames(programs);
  refuseLateServers(recording, programs);
  const nodes: Record<string, NodeDesign> = { [bridge]: BRIDGE };
  const links: LinkDesign[] = [];
  for (const [name, address] of recording.nodes) {
    nodes[name] = hostOf(name, address, recording, run, [...programs.values()]);
    if (address !== null) links.push({ between: [`${name}:${BRIDGE_PORT}`, bridge], delay: CABLE_DELAY });
  }
  for (const { nodes: ends, interfaces } of recording.cables) {
    links.push({
      between: [`${ends[0]}:${interfaces[0]}`, `${ends[1]}:${interfaces[1]}`],
      delay: CABLE_DELAY,
    });
  }
  // A Linux bridge floods to its newest port first (br_if.c `br_add_if`, list_add_rcu).
  links.reverse();
  return {
    name: `${recording.name}-${run.name}`,
    nodes,
    links,
    schedule: importSchedule({ recording, run, programs, daemons }),
    duration: durationText(recording.duration),
  };
}

/** The recorded clients (`short`, `persist write`) by the names that the simulated ones have in the trace: `c1/2`. */
export function simulatedClients(recording: Recording): ReadonlyMap<string, string> {
  const clients = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const [name, process] of recording.processes) {
    const program = readProgram(name, process);
    if (program.kind !== 'client') continue;
    for (const mode of program.modes) {
      const nth = (counts.get(program.node) ?? 0) + 1;
      counts.set(program.node, nth);
      clients.set(nth === 1 ? program.node : `${program.node}/${nth}`, mode);
    }
  }
  return clients;
}

/** The simulated programs behind each recorded process: a client that asks in two ways is two. */
function daemonNames(programs: ReadonlyMap<string, RecordedProgram>): Map<string, string[]> {
  const clients = new Map<string, number>();
  return new Map(
    [...programs].map(([name, program]) => {
      if (program.kind === 'keepalived' || program.kind === 'ucarp') return [name, [program.kind]];
      if (program.kind === 'server') return [name, [`echo:${program.port}`]];
      return [
        name,
        program.modes.map(() => {
          const before = clients.get(program.node) ?? 0;
          clients.set(program.node, before + 1);
          return before === 0 ? 'client' : `client/${before + 1}`;
        }),
      ];
    }),
  );
}

/** Simulated servers run from the beginning, so a recorded one has to. */
function refuseLateServers(recording: Recording, programs: ReadonlyMap<string, RecordedProgram>): void {
  for (const [name, program] of programs) {
    if (program.kind === 'server' && !recording.runningBefore.includes(name)) {
      throw new NotReplayable(`process ${name}: a server that does not run from the beginning`);
    }
  }
}

function hostOf(
  name: string,
  address: string | null,
  recording: Recording,
  run: RecordedRun,
  programs: readonly RecordedProgram[],
): HostDesign {
  const interfaces: Record<string, { address: string; mac?: string }> = {};
  if (address !== null) {
    const mac = recording.macs.get(name);
    interfaces[BRIDGE_PORT] = {
      address: `${address}/${PREFIX_LENGTH}`,
      ...(mac === undefined ? {} : { mac }),
    };
  }
  for (const cable of recording.cables) {
    cable.nodes.forEach((node, end) => {
      const at = end === 0 ? 0 : 1;
      if (node === name) interfaces[cable.interfaces[at]] = { address: cable.addresses[at] };
    });
  }
  const own = programs.filter((program) => program.node === name);
  const keepaliveds = own.filter((program) => program.kind === 'keepalived');
  const servers = own.filter((program) => program.kind === 'server');
  const ucarps = own.filter((program) => program.kind === 'ucarp');
  if (keepaliveds.length + ucarps.length > 1 || servers.length > 1)
    throw new NotReplayable(`node ${name}: several keepaliveds, ucarps or servers`);
  const [keepalived] = keepaliveds;
  const [ucarp] = ucarps;
  const [server] = servers;
  const clients = own.flatMap((program) => (program.kind === 'client' ? clientsOf(program, run) : []));
  return {
    interfaces,
    ...(keepalived === undefined
      ? {}
      : // Ready at once: the schedule starts it at the instant at which the recorded one was ready.
        {
          keepalived: {
            conf: configOf(recording, keepalived.file),
            file: keepalived.file,
            ready: '0s',
            autostart: false,
          },
        }),
    ...(ucarp === undefined
      ? {}
      : {
          ucarp: {
            command: inRunFolder(ucarp.command),
            scripts: Object.fromEntries(
              [...recording.config].map(([file, text]) => [`${RUN_FOLDER}/${file}`, inRunFolder(text)]),
            ),
            ready: '0s',
            autostart: false,
          },
        }),
    ...(server === undefined ? {} : { echo: server.port }),
    ...(clients.length === 0 ? {} : { client: clients }),
    ...(address === null ? {} : { sysctl: kernelOf(name, own, run) }),
  };
}

function configOf(recording: Recording, file: string): string {
  const text = recording.config.get(file);
  if (text === undefined) throw new NotReplayable(`config/${file}: is missing`);
  return inRunFolder(text);
}

const inRunFolder = (text: string): string => text.replaceAll('@RUN@', RUN_FOLDER);

type ClientProgram = Extract<RecordedProgram, { kind: 'client' }>;

function clientsOf(program: ClientProgram, run: RecordedRun): ClientDesign[] {
  return program.modes.map((mode) => {
    const [first] = run.clients.get(mode) ?? [];
    if (first === undefined) throw new NotReplayable(`client ${mode}: made no attempt in ${run.name}`);
    const connect = `${program.address}:${program.port}`;
    const from = durationText(first.time);
    const every = durationText(CLIENT_PACE);
    return isHeld(mode)
      ? { connect, hold: true, every, from }
      : { connect, hold: false, every, timeout: SHORT_TIMEOUT, from };
  });
}

/** The neighbour settings of a node's kernel, as far as the recorded run shows them. */
function kernelOf(
  name: string,
  programs: readonly RecordedProgram[],
  run: RecordedRun,
): Record<string, string> {
  const clients = programs.flatMap((program) => (program.kind === 'client' ? program.modes : []));
  const { reachableTime, retransTime } = kernelPhases(run, name, clients);
  return {
    ...(reachableTime === undefined
      ? {}
      : { [`${BRIDGE_PORT}.reachable_time`]: durationText(reachableTime) }),
    ...(retransTime === undefined ? {} : { [`${BRIDGE_PORT}.retrans_time`]: durationText(retransTime) }),
  };
}
