import {
  type ActionDesign,
  type DurationText,
  MICROSECOND,
  MILLISECOND,
  type Nanoseconds,
} from '@viplab/core';
import { CAPTURE_TIMEOUT } from '@viplab/core/network';
import { isHeld } from './client-attempt.js';
import { clientPauses, type Pause, pauses, ROUNDING } from './lateness.js';
import { NotReplayable } from './not-replayable.js';
import { fieldOf, textField } from './observation.js';
import type { RecordedProgram } from './recorded-program.js';
import type { RecordedAction, RecordedRun, Recording } from './recording.js';
import { readShellCommand } from './shell-command.js';
import { SCHEDULING_DELAY, TIMER_TOLERANCE } from './tolerance.js';
import { configuredInstances, masterDownInterval } from './vrrp-intervals.js';

/** Where `@RUN@`, the recorder's folder of one run, is in the simulated hosts. */
export const RUN_FOLDER = '/run/lab';

/** A duration as a design writes it; recordings are exact to 100 us. */
export function durationText(time: Nanoseconds): DurationText {
  return `${Math.round(time / MICROSECOND)}us`;
}

/** What it takes to translate the schedule of one run. */
interface Translation {
  readonly recording: Recording;
  readonly run: RecordedRun;
  readonly programs: ReadonlyMap<string, RecordedProgram>;
  /** Names by which the simulated programs are stopped and started, by recorded process. */
  readonly daemons: ReadonlyMap<string, readonly string[]>;
}

/** What a program's actions are called: SIGTERM is `stop` here, and SIGSTOP, recorded as `stop`, is `freeze`. */
const SIGNALS: Readonly<Record<string, ActionDesign['do']>> = {
  kill9: 'kill-9',
  // The VRRP child sees its parent die (PR_SET_PDEATHSIG) and ends as after a SIGTERM.
  kill9_parent: 'stop',
  term: 'stop',
  sigint: 'stop',
  stop: 'freeze',
  cont: 'thaw',
};

/**
 * Translates what was done to one run.
 *
 * Instants are those at which the recorder really acted: signals take effect when an action begins, commands that
 * configure the network when it ends. A daemon is started at the instant at which the recorded one was ready, since
 * how long a process takes to start is no protocol.
 *
 * @throws NotReplayable naming an action that has no counterpart.
 */
export function importSchedule(translation: Translation): ActionDesign[] {
  return [
    ...translation.run.actions.flatMap((action) => translate(action, translation)),
    ...pauses(translation.run, configuredInstances(translation.recording), SCHEDULING_DELAY).flatMap(
      (pause) => paused(pause, electorOf(pause.node, translation)),
    ),
    ...[...translation.programs].flatMap(([name, program]) =>
      program.kind === 'client' ? clientsPaused(name, program, translation) : [],
    ),
  ];
}

/** What elects an owner on a node. */
const electorOf = (node: string, { programs }: Translation): string =>
  [...programs.values()].some((program) => program.kind === 'ucarp' && program.node === node)
    ? 'ucarp'
    : 'keepalived';

/** A process that does not run for a while. */
function paused({ node, from, to }: Pause, daemon: string): ActionDesign[] {
  return [
    { at: durationText(from), do: 'freeze', node, daemon },
    { at: durationText(to), do: 'thaw', node, daemon },
  ];
}

function clientsPaused(
  name: string,
  { node, modes }: Extract<RecordedProgram, { kind: 'client' }>,
  { run, daemons }: Translation,
): ActionDesign[] {
  return modes.flatMap((mode, index) => {
    const daemon = daemons.get(name)?.[index];
    if (daemon === undefined || !isHeld(mode)) return [];
    const attempts = run.clients.get(mode) ?? [];
    return clientPauses(attempts, SCHEDULING_DELAY, TIMER_TOLERANCE).flatMap((pause) =>
      paused({ ...pause, node }, daemon),
    );
  });
}

function translate(action: RecordedAction, translation: Translation): ActionDesign[] {
  const { recording } = translation;
  const began = durationText(action.began);
  const ended = durationText(action.ended);
  const [first = '', second = ''] = action.args;
  const refuse = (why: string): NotReplayable =>
    new NotReplayable(`action ${[action.action, ...action.args].join(' ')}: ${why}`);
  const node = (name: string): string => {
    if (!recording.nodes.has(name)) throw refuse(`there is no node ${name}`);
    return name;
  };
  switch (action.action) {
    case 'start':
      return action.args.flatMap((name) => start(name, action, translation, refuse));
    case 'kill9':
    case 'kill9_parent':
    case 'term':
    case 'sigint':
    case 'stop':
    case 'cont': {
      const program = programOf(first, translation, refuse);
      if (action.action === 'kill9_parent' && program.kind !== 'keepalived')
        throw refuse('only keepalived has a parent and a child');
      const verb = SIGNALS[action.action] as ActionDesign['do'];
      const at = verb === 'stop' ? durationText(goodbyeAfter(program.node, action, translation)) : began;
      return (translation.daemons.get(first) ?? []).map((daemon) => ({
        at,
        do: verb,
        node: program.node,
        daemon,
      }));
    }
    case 'kill9_child': {
      // The parent starts the child again: keepalived main.c, vrrp_respawn_thread.
      const program = programOf(first, translation, refuse);
      if (program.kind !== 'keepalived') throw refuse('only keepalived has a parent and a child');
      return [
        { at: began, do: 'kill-9', node: program.node, daemon: 'keepalived' },
        ...start(first, action, translation, refuse),
      ];
    }
    case 'link_down':
    case 'link_up':
      return [
        {
          at: ended,
          do: action.action === 'link_down' ? 'unplug' : 'plug',
          node: node(first),
          interface: 'eth0',
        },
      ];
    case 'power_off':
      return [{ at: began, do: 'power-off', node: node(first) }];
    case 'power_on':
      // The recorder forgets all its drops here, since power_off had made one.
      return [
        { at: ended, do: 'heal' },
        { at: ended, do: 'power-on', node: node(first) },
        ...startsAfterPowerOn(first, action, translation, refuse),
      ];
    case 'drop':
      return [{ at: ended, do: 'one-way-loss', from: node(first), to: node(second), only: 'vrrp' }];
    case 'drop_all':
      return [{ at: ended, do: 'silent-cut', node: node(first), interface: 'eth0' }];
    case 'heal':
      return [{ at: ended, do: 'heal' }];
    case 'cable_down':
    case 'cable_up':
    case 'cable_drop': {
      const cable = recording.cables.find(({ nodes }) => nodes.includes(first) && nodes.includes(second));
      if (cable === undefined) throw refuse('there is no such cable');
      const verb =
        action.action === 'cable_down' ? 'unplug' : action.action === 'cable_up' ? 'plug' : 'silent-cut';
      return [{ at: ended, do: verb, node: cable.nodes[0], interface: cable.interfaces[0] }];
    }
    case 'sh':
      return [shell(node(first), second, action, translation)];
    case 'note':
      return [];
    default:
      throw refuse('the replay does not know this action');
  }
}

/** A process takes a signal when it runs, which shows in its priority 0; at once if it sends none. */
function goodbyeAfter(node: string, { began }: RecordedAction, { run }: Translation): Nanoseconds {
  const goodbye = (run.advertsSent.get(node) ?? []).find(
    ({ time, priority }) => priority === 0 && time >= began && time <= began + SCHEDULING_DELAY,
  );
  return goodbye?.time ?? began;
}

function programOf(
  name: string,
  { programs }: Translation,
  refuse: (why: string) => NotReplayable,
): RecordedProgram {
  const program = programs.get(name);
  if (program === undefined) throw refuse(`there is no process ${name}`);
  return program;
}

/**
 * When a keepalived was ready after an action began: the instant of the first state that it logged.
 *
 * A log line may be read late, a timer never fires early: where the first election came sooner after that line than
 * the protocol allows, the daemon was ready as much earlier.
 */
function readyAfter(
  node: string,
  began: Nanoseconds,
  { recording, run }: Translation,
): Nanoseconds | undefined {
  const states = run.events.filter(
    (event) => event.kind === 'state' && textField(event, 'node') === node && event.time >= began,
  );
  const [first] = states;
  if (first === undefined) return undefined;
  let ready = first.time;
  for (const [key, configured] of configuredInstances(recording)) {
    const [configuredNode, instance] = key.split(' ', 2);
    if (configuredNode !== node) continue;
    const own = states.filter((event) => textField(event, 'instance') === instance);
    const election = own[1];
    if (own[0] === undefined || fieldOf(own[0], 'to') !== 'BACKUP') continue;
    if (election === undefined || fieldOf(election, 'to') !== 'MASTER') continue;
    const timeout = run.events.findLast(
      (event) =>
        event.kind === 'advert_timeout' &&
        event.time <= election.time &&
        textField(event, 'node') === node &&
        textField(event, 'instance') === instance,
    );
    if (timeout !== undefined)
      ready = Math.min(ready, Math.max(began, timeout.time - masterDownInterval(configured)));
  }
  return ready;
}

/** How much older than its first state a simulated ucarp takes the ring of its capture to be. */
const CAPTURE_AGE: Nanoseconds = 12 * MILLISECOND;

/**
 * When a ucarp was ready after an action began: the instant of its first state.
 *
 * Its packets come in blocks of a second, counted from when its capture was opened, 1 to 19 ms before that state. Where
 * it stayed BACKUP because of an advertisement that came in its last milliseconds, a block ended in between, and it is
 * started so much later that one does.
 */
function ucarpReadyAfter(
  node: string,
  began: Nanoseconds,
  { recording, run }: Translation,
): Nanoseconds | undefined {
  const configured = configuredInstances(recording).get(`${node} ucarp`);
  const [first, second] = run.events.filter(
    (event) => event.kind === 'state' && textField(event, 'node') === node && event.time >= began,
  );
  if (first === undefined || configured?.takeover === undefined) return first?.time;
  const deadline = first.time + configured.takeover;
  const heard = [...run.advertsDelivered].flatMap(([path, rows]) =>
    path.endsWith(`>${node}`) && !path.startsWith(`${node}>`) ? rows.map(({ time }) => time) : [],
  );
  const latest = heard.find((time) => time > first.time && time <= deadline + SCHEDULING_DELAY);
  if (latest === undefined || (second !== undefined && second.time <= deadline + SCHEDULING_DELAY))
    return first.time;
  // The end of the block that was open when its patience would have ended.
  const blocks = Math.floor((latest - first.time) / CAPTURE_TIMEOUT) + 1;
  const ready = latest + ROUNDING + CAPTURE_AGE - blocks * CAPTURE_TIMEOUT;
  return Math.max(first.time, ready);
}

function start(
  name: string,
  action: RecordedAction,
  translation: Translation,
  refuse: (why: string) => NotReplayable,
): ActionDesign[] {
  const program = programOf(name, translation, refuse);
  // Clients carry their own first instant.
  if (program.kind === 'client') return [];
  const ready =
    program.kind === 'keepalived'
      ? readyAfter(program.node, action.began, translation)
      : program.kind === 'ucarp'
        ? ucarpReadyAfter(program.node, action.began, translation)
        : action.ended;
  if (ready === undefined) throw refuse(`${name} never entered a state in ${translation.run.name}`);
  return (translation.daemons.get(name) ?? []).map((daemon) => ({
    at: durationText(ready),
    do: 'start',
    node: program.node,
    daemon,
  }));
}

/** After a boot every daemon of the node is started; servers start by themselves. */
function startsAfterPowerOn(
  node: string,
  action: RecordedAction,
  translation: Translation,
  refuse: (why: string) => NotReplayable,
): ActionDesign[] {
  return [...translation.programs]
    .filter(([, program]) => program.kind === 'keepalived' && program.node === node)
    .flatMap(([name]) => start(name, action, translation, refuse));
}

function shell(node: string, command: string, action: RecordedAction, { run }: Translation): ActionDesign {
  const deed = readShellCommand(command.replaceAll('@RUN@', RUN_FOLDER));
  const ended = durationText(action.ended);
  switch (deed.deed) {
    case 'create-file':
    case 'remove-file':
      return { at: ended, do: deed.deed, node, file: deed.file };
    case 'flush-neighbours':
      return {
        at: ended,
        do: 'flush-neighbours',
        node,
        ...(deed.address === undefined ? {} : { address: deed.address }),
        ...(deed.interface === undefined ? {} : { interface: deed.interface }),
      };
    case 'arping': {
      // It sends for seconds; its first request tells when it was ready.
      const first = run.events.find(
        (event) =>
          event.kind === 'arp_request' &&
          event.time >= action.began &&
          event.time <= action.ended &&
          textField(event, 'node') === node &&
          textField(event, 'ip') === deed.address,
      );
      return {
        at: durationText(first?.time ?? action.began),
        do: 'arping',
        node,
        address: deed.address,
        count: deed.count,
        ...(deed.interface === undefined ? {} : { interface: deed.interface }),
      };
    }
  }
}
