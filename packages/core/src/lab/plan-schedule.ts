import { type Nanoseconds, tryParseDuration } from '../engine/index.js';
import { isOpenBsd } from '../host/carp/carp-config.js';
import { FRAME_FILTER_NAMES, LOST_FRAME_KINDS } from '../link/index.js';
import { HEALTHS } from '../service/service.js';
import { tryParseIpCidr } from '../wire/index.js';
import type { ActionDesign, ActionName, LabDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { HostPlan, LinkPlan, ScheduledAction, SwitchPlan } from './plan.js';
import { tryParseShare } from './rates.js';

/** What an action needs to be told, beside when. */
interface ActionShape {
  /** Whom it is done to: a host, a switch or host, two hosts of a direction. */
  readonly target: 'host' | 'node' | 'direction' | 'any';
  readonly needs: readonly (keyof ActionDesign)[];
  /** Whether it can make a VIP move, so that it pays for a handover. */
  readonly disruptive: boolean;
}

/** Actions that may be done to a CARP interface. */
const CARP_ACTIONS: ReadonlySet<ActionName> = new Set([
  'interface-down',
  'interface-up',
  'carp-state',
  'add-address',
  'remove-address',
]);

/** Clocks of machines are off by 100 ppm at most, broken ones by more; beyond this a lab is mistaken. */
const MAX_DRIFT_PPM = 100_000;

/** How fast a clock runs, in ppm; 0 where nothing is said, or nothing that can be. */
export function planDrift(
  ppm: number | undefined,
  path: readonly (string | number)[],
  problems: Problems,
): number {
  if (ppm === undefined) return 0;
  if (Number.isInteger(ppm) && Math.abs(ppm) <= MAX_DRIFT_PPM) return ppm;
  problems.error(path, 'lab/bad-drift', `a clock drifts by a whole number of ppm, ${MAX_DRIFT_PPM} at most`);
  return 0;
}

/** What a faulty direction can lose: everything, or one kind of frame. */
export const LOSS_KINDS = ['all', ...FRAME_FILTER_NAMES] as const;

/** Every action of the schedule. */
export const ACTIONS: Readonly<Record<ActionName, ActionShape>> = {
  'power-off': { target: 'node', needs: [], disruptive: true },
  'power-on': { target: 'node', needs: [], disruptive: true },
  'kill-9': { target: 'host', needs: [], disruptive: true },
  stop: { target: 'host', needs: [], disruptive: true },
  start: { target: 'host', needs: [], disruptive: true },
  restart: { target: 'host', needs: [], disruptive: true },
  freeze: { target: 'host', needs: [], disruptive: true },
  thaw: { target: 'host', needs: [], disruptive: true },
  unplug: { target: 'host', needs: [], disruptive: true },
  plug: { target: 'host', needs: [], disruptive: true },
  'silent-cut': { target: 'host', needs: [], disruptive: true },
  'one-way-loss': { target: 'direction', needs: [], disruptive: true },
  'drop-multicast': { target: 'any', needs: [], disruptive: true },
  'lose-next': { target: 'host', needs: ['only'], disruptive: false },
  heal: { target: 'any', needs: [], disruptive: true },
  'set-loss': { target: 'host', needs: ['loss'], disruptive: true },
  'set-delay': { target: 'host', needs: ['delay'], disruptive: true },
  'script-result': { target: 'host', needs: ['script', 'good'], disruptive: true },
  'create-file': { target: 'host', needs: ['file'], disruptive: true },
  'remove-file': { target: 'host', needs: ['file'], disruptive: true },
  'clock-drift': { target: 'host', needs: ['ppm'], disruptive: false },
  'add-address': { target: 'host', needs: ['address'], disruptive: true },
  'remove-address': { target: 'host', needs: ['address'], disruptive: true },
  arping: { target: 'host', needs: ['address'], disruptive: false },
  'flush-neighbours': { target: 'host', needs: [], disruptive: false },
  'set-health': { target: 'host', needs: ['daemon', 'health'], disruptive: true },
  shutdown: { target: 'host', needs: [], disruptive: true },
  'interface-down': { target: 'host', needs: [], disruptive: true },
  'interface-up': { target: 'host', needs: [], disruptive: true },
  'carp-state': { target: 'host', needs: ['state'], disruptive: true },
  'carp-demote': { target: 'host', needs: [], disruptive: true },
  'set-sysctl': { target: 'host', needs: ['sysctl', 'value'], disruptive: true },
  'send-errors': { target: 'host', needs: [], disruptive: true },
  signal: { target: 'host', needs: ['daemon', 'signal'], disruptive: true },
};

/** Reads and checks the schedule; the result is in order of time, ties in the order in which they are written. */
export function planSchedule(
  design: LabDesign,
  hosts: readonly HostPlan[],
  switches: readonly SwitchPlan[],
  links: readonly LinkPlan[],
  duration: Nanoseconds,
  problems: Problems,
): ScheduledAction[] {
  const hostNames = hosts.map((host) => host.name);
  const names = [...hostNames, ...switches.map((node) => node.name)];
  const actions: ScheduledAction[] = [];
  (design.schedule ?? []).forEach((action, index) => {
    const path = ['schedule', index];
    const at = typeof action.at === 'object' ? action.at.nanoseconds : tryParseDuration(action.at);
    if (at === undefined)
      problems.error(
        [...path, 'at'],
        'lab/bad-duration',
        `'${String(action.at)}' is not an instant: write 10s or 1.5s`,
      );
    const shape = ACTIONS[action.do] as ActionShape | undefined;
    if (shape === undefined) {
      problems.unknownName(
        [...path, 'do'],
        'lab/unknown-action',
        'schedule',
        action.do,
        Object.keys(ACTIONS),
      );
      return;
    }
    const need = (key: keyof ActionDesign): void => {
      if (action[key] === undefined)
        problems.error(path, 'lab/incomplete-action', `${action.do} needs '${key}'`);
    };
    const known = shape.target === 'host' || shape.target === 'direction' ? hostNames : names;
    const check = (key: 'node' | 'from' | 'to'): void => {
      const name = action[key];
      if (name !== undefined && !known.includes(name))
        problems.unknownName([...path, key], 'lab/unknown-node', 'schedule', name, known);
    };
    for (const key of ['node', 'from', 'to'] as const) check(key);
    if (shape.target === 'host' || shape.target === 'node') need('node');
    if (shape.target === 'direction' && action.node === undefined)
      for (const key of ['from', 'to'] as const) need(key);
    for (const key of shape.needs) need(key);
    checkDetails(action, hosts, path, problems);
    checkPath(action, links, switches, path, problems);
    if (at === undefined) return;
    if (at > duration)
      problems.warning(
        [...path, 'at'],
        'lab/after-the-end',
        `${action.do} at ${String(action.at)} lies after the end of the run`,
      );
    // Said of the only switch, the trace and the page can name it.
    const only =
      action.do === 'drop-multicast' && action.node === undefined && switches.length === 1
        ? switches[0]
        : undefined;
    actions.push({ at, action: only === undefined ? action : { ...action, node: only.name } });
  });
  return actions
    .map((entry, order) => ({ entry, order }))
    .sort((a, b) => a.entry.at - b.entry.at || a.order - b.order)
    .map(({ entry }) => entry);
}

/** A direction needs one switch, or one cable, between its ends; a port of a switch needs a node behind it. */
function checkPath(
  action: ActionDesign,
  links: readonly LinkPlan[],
  switches: readonly SwitchPlan[],
  path: readonly (string | number)[],
  problems: Problems,
): void {
  const isSwitch = (name: string): boolean => switches.some((part) => part.name === name);
  const neighbours = (name: string): string[] =>
    links.flatMap(({ ends: [a, b] }) => (a.node === name ? [b.node] : b.node === name ? [a.node] : []));
  const { from, to } = action;
  if (action.do === 'one-way-loss' && from !== undefined && to !== undefined) {
    // The first cable of each, as the action takes it.
    const [first, last] = [neighbours(from)[0], neighbours(to)[0]];
    if (first === undefined || last === undefined) return;
    if (first !== to && (first !== last || !isSwitch(first))) {
      problems.error(
        path,
        'lab/no-common-switch',
        `no one switch and no cable joins ${from} and ${to}: take one-way-loss with 'node' instead`,
      );
    }
  }
  if (action.do === 'drop-multicast') {
    for (const node of [from, to]) {
      const at = action.node;
      if (node === undefined || !neighbours(node).length) continue;
      if (!neighbours(node).some((name) => isSwitch(name) && (at === undefined || at === name))) {
        problems.error(path, 'lab/no-common-switch', `${node} is on no port of ${at ?? 'a switch'}`);
      }
    }
  }
}

function checkDetails(
  action: ActionDesign,
  hosts: readonly HostPlan[],
  path: readonly (string | number)[],
  problems: Problems,
): void {
  const host = hosts.find((candidate) => candidate.name === action.node);
  const ofCarp = host?.carp?.config.interfaces.map(({ name }) => name) ?? [];
  const isCarp = CARP_ACTIONS.has(action.do) && ofCarp.includes(action.interface ?? '');
  if (
    host !== undefined &&
    action.interface !== undefined &&
    !isCarp &&
    !host.interfaces.some((iface) => iface.name === action.interface)
  ) {
    problems.unknownName([...path, 'interface'], 'lab/unknown-interface', action.do, action.interface, [
      ...host.interfaces.map((iface) => iface.name),
      ...(CARP_ACTIONS.has(action.do) ? ofCarp : []),
    ]);
  }
  const needsDaemon =
    ['kill-9', 'stop', 'start', 'restart'].includes(action.do) ||
    ((action.do === 'freeze' || action.do === 'thaw') && action.daemon !== undefined);
  if (host !== undefined && needsDaemon) {
    const daemons = daemonsOf(host);
    const wanted = action.daemon ?? daemons[0];
    if (wanted === undefined)
      problems.error(path, 'lab/no-daemon', `${action.do}: nothing runs on ${host.name}`);
    else if (!daemons.includes(wanted))
      problems.unknownName([...path, 'daemon'], 'lab/unknown-daemon', action.do, wanted, daemons);
  }
  if (action.do === 'set-health' && host !== undefined) {
    const servers = serversOf(host);
    const { daemon } = action;
    if (servers.length === 0)
      problems.error(path, 'lab/no-daemon', `${action.do}: no server runs on ${host.name}`);
    else if (daemon !== undefined && !servers.includes(daemon))
      problems.unknownName([...path, 'daemon'], 'lab/unknown-daemon', action.do, daemon, servers);
  }
  if (action.health !== undefined && !HEALTHS.includes(action.health))
    problems.unknownName([...path, 'health'], 'lab/unknown-health', action.do, action.health, HEALTHS);
  const kinds: readonly string[] = action.do === 'lose-next' ? LOST_FRAME_KINDS : LOSS_KINDS;
  if (action.only !== undefined && !kinds.includes(action.only))
    problems.unknownName([...path, 'only'], 'lab/unknown-kind', action.do, action.only, kinds);
  checkCarp(action, host, path, problems);
  planDrift(action.ppm, [...path, 'ppm'], problems);
  if (action.from !== undefined && action.from === action.to) {
    problems.error(
      [...path, 'to'],
      'lab/same-node',
      `${action.do} from ${action.from} to itself loses nothing`,
    );
  }
  if (action.loss !== undefined && tryParseShare(action.loss) === undefined)
    problems.error([...path, 'loss'], 'lab/bad-share', `'${action.loss}' is not a share such as 5%`);
  if (
    action.delay !== undefined &&
    typeof action.delay === 'string' &&
    tryParseDuration(action.delay) === undefined
  ) {
    problems.error([...path, 'delay'], 'lab/bad-duration', `'${action.delay}' is not a duration such as 5ms`);
  }
  if (action.address !== undefined && tryParseIpCidr(action.address) === undefined) {
    problems.error([...path, 'address'], 'lab/bad-address', `'${action.address}' is not an address`);
  }
  if (
    action.script !== undefined &&
    host !== undefined &&
    !(host.keepalived?.config.scripts ?? []).some((script) => script.name === action.script)
  ) {
    problems.unknownName(
      [...path, 'script'],
      'lab/unknown-script',
      action.do,
      action.script,
      host.keepalived?.config.scripts.map((script) => script.name) ?? [],
    );
  }
}

/** What is said to CARP needs a kernel that has it, and a vhid that is configured. */
function checkCarp(
  action: ActionDesign,
  host: HostPlan | undefined,
  path: readonly (string | number)[],
  problems: Problems,
): void {
  if (host === undefined) return;
  const isToCarp =
    action.do === 'carp-state' || action.do === 'carp-demote' || action.sysctl?.startsWith('net.inet.carp.');
  if (host.carp === null) {
    if (isToCarp === true || action.vhid !== undefined)
      problems.error(path, 'lab/no-carp', `${action.do}: ${host.name} has no CARP in its kernel`);
    return;
  }
  const vhids = host.carp.config.interfaces.flatMap(({ nodes }) => nodes.map(({ vhid }) => vhid));
  if (action.vhid !== undefined && !vhids.includes(action.vhid))
    problems.error(
      [...path, 'vhid'],
      'lab/unknown-vhid',
      `${host.name} has no vhid ${action.vhid}: it has ${vhids.join(', ')}`,
    );
  const groups = ['carp', ...host.carp.config.interfaces.flatMap((part) => part.groups)];
  if (
    action.do === 'carp-demote' &&
    isOpenBsd(host.carp.config.system) &&
    !groups.includes(action.group ?? 'carp')
  )
    problems.unknownName([...path, 'group'], 'lab/unknown-group', action.do, action.group ?? '', groups);
  const states: readonly string[] = ['init', 'backup', 'master'];
  if (action.state !== undefined && !states.includes(action.state))
    problems.unknownName([...path, 'state'], 'lab/unknown-word', action.do, action.state, states);
}

/** The names of a host's server programs, whose health can be set. */
export function serversOf(host: HostPlan): string[] {
  return [
    ...host.services.map((service) => service.name),
    ...(host.postgres === null ? [] : ['postgres']),
    ...(host.http === null ? [] : ['http']),
    ...host.echoPorts.map((port) => `echo:${port}`),
  ];
}

/** The names by which the programs of a host can be stopped and started, its keepalived first. */
export function daemonsOf(host: HostPlan): string[] {
  return [
    ...(host.keepalived === null ? [] : ['keepalived']),
    ...host.ucarps.map(({ name }) => name),
    ...host.services.map((service) => service.name),
    ...host.programs.map((program) => program.name),
    ...(host.postgres === null ? [] : ['postgres']),
    ...(host.http === null ? [] : ['http']),
    ...host.echoPorts.map((port) => `echo:${port}`),
    ...host.clients.map((_, index) => (index === 0 ? 'client' : `client/${index + 1}`)),
  ];
}
