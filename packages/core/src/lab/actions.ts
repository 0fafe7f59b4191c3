import { formatDuration, parseDuration, record, SECOND, Timer, u32 } from '../engine/index.js';
import type { Process } from '../host/index.js';
import {
  type FrameFilterName,
  type Link,
  type LinkDirection,
  LOST_FRAME_KINDS,
  type LostFrameKind,
} from '../link/index.js';
import { DEFAULT_SLOWNESS, Service } from '../service/service.js';
import {
  formatIpv4,
  type IpCidr,
  isIpv6Cidr,
  tryParseIpCidr,
  VRRP_GROUP,
  VRRP_GROUP_IPV6,
} from '../wire/index.js';
import { changeAddress, demote, forceState, setInterface } from './carp-actions.js';
import type { ActionDesign } from './design.js';
import type { Network } from './network.js';
import { ACTIONS } from './plan-schedule.js';
import { tryParseShare } from './rates.js';
import { setSysctl } from './sysctls.js';

/** What one action is done to, in one word for the trace: `n1`, `sw1`, `n2 to n1`. */
export function targetOf(action: ActionDesign): string {
  if (action.from !== undefined && action.to !== undefined) return `${action.from} to ${action.to}`;
  return action.node ?? 'lab';
}

/** What else there is to say of an action: the daemon, the script, the share. */
export function detailOf(action: ActionDesign): string {
  if (action.do === 'drop-multicast')
    return `${action.address ?? formatIpv4(VRRP_GROUP)} no longer passes; all else does`;
  const parts = [
    action.daemon,
    action.interface,
    action.only,
    action.script,
    action.good === undefined ? undefined : action.good ? 'good' : 'bad',
    action.file,
    action.loss,
    action.delay === undefined
      ? undefined
      : typeof action.delay === 'string'
        ? action.delay
        : formatDuration(action.delay.nanoseconds),
    action.ppm === undefined ? undefined : `${action.ppm} ppm`,
    action.address,
    action.health,
    action.vhid === undefined ? undefined : `vhid ${action.vhid}`,
    action.state,
    action.by === undefined ? undefined : action.by < 0 ? `${action.by}` : `+${action.by}`,
    action.group,
    action.sysctl === undefined ? undefined : `${action.sysctl}=${action.value}`,
    action.failing === undefined ? undefined : action.failing ? 'failing' : 'working',
    action.signal === undefined ? undefined : `SIG${action.signal}`,
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}

/** Does an action to the network, now, and says so in the trace. */
export function perform(network: Network, action: ActionDesign): void {
  const { trace } = network;
  for (const listener of network.actionListeners) listener(action);
  if (trace.isOn) {
    const target = targetOf(action);
    trace.emit('cause.began', action.node ?? action.from ?? 'lab', {
      action: action.do,
      target,
      disruptive: ACTIONS[action.do].disruptive,
      detail: detailOf(action),
    });
  }
  DEEDS[action.do](network, action);
}

/** A machine gets its power for the first time, later than the others: a `power-on` that nobody put into the schedule. */
export function boot(network: Network, node: string): void {
  for (const listener of network.actionListeners) listener({ at: '0s', do: 'power-on', node });
  network.host(node).powerOn();
}

type Deed = (network: Network, action: ActionDesign) => void;

const nodeOf = (action: ActionDesign): string => {
  if (action.node === undefined) throw new RangeError(`${action.do} needs a node`);
  return action.node;
};

const process = (network: Network, action: ActionDesign): Process => {
  const programs = network.programs.get(nodeOf(action));
  const name = action.daemon ?? [...(programs?.keys() ?? [])][0] ?? '';
  const found = programs?.get(name);
  if (found === undefined) throw new RangeError(`no daemon '${name}' on ${nodeOf(action)}`);
  return found;
};

const interfaceOf = (network: Network, action: ActionDesign) => {
  const host = network.host(nodeOf(action));
  const name =
    action.interface ?? network.plan.hosts.find((plan) => plan.name === host.name)?.interfaces[0]?.name ?? '';
  const found = host.interface(name);
  if (found === undefined) throw new RangeError(`${host.name} has no interface ${name}`);
  return found;
};

const link = (network: Network, action: ActionDesign): Link => {
  const found = interfaceOf(network, action);
  return network.linkAt(found.host.name, found.name);
};

const cidrOf = (action: ActionDesign): IpCidr => {
  const text = action.address ?? '';
  const cidr = tryParseIpCidr(text);
  if (cidr === undefined) throw new RangeError(`'${text}' is not an address`);
  return cidr;
};

/** The directions of a host's cable: into the network and out of it. */
function directions(
  network: Network,
  host: string,
  iface?: string,
): { out: LinkDirection; in: LinkDirection } {
  const at = interfaceOf(network, {
    at: '0s',
    do: 'unplug',
    node: host,
    ...(iface === undefined ? {} : { interface: iface }),
  });
  const cable = network.linkAt(host, at.name);
  const out = cable.from(at);
  return { out, in: out.reverse };
}

/** Loses frames from one host to another, at the switch between them or on the cable that joins them. */
function loseBetween(
  network: Network,
  from: string,
  to: string,
  only: string | undefined,
  on: boolean,
): void {
  const away = directions(network, from).out;
  const towards = directions(network, to).in;
  if (away === towards) {
    if (only === undefined || only === 'all') away.setCut(on);
    else away.dropOnly(on ? (only as FrameFilterName) : 'nothing');
    return;
  }
  const at = network.switches.get(away.to.path.split(':')[0] ?? '');
  if (at === undefined || at !== network.switches.get(towards.from.path.split(':')[0] ?? '')) {
    throw new RangeError(`no switch joins ${from} and ${to}`);
  }
  const port = (path: string): string => path.slice(path.indexOf(':') + 1);
  at.dropBetween((only ?? 'all') as FrameFilterName | 'all', on, port(away.to.path), port(towards.from.path));
}

/** The ports of a switch behind which a node is. */
function portsTowards(network: Network, at: string, node: string): string[] {
  return network.plan.links.flatMap(({ ends: [a, b] }) =>
    a.node === at && b.node === node ? [a.port] : b.node === at && a.node === node ? [b.port] : [],
  );
}

const lostKind = ({ do: verb, only }: ActionDesign): LostFrameKind => {
  const kind = LOST_FRAME_KINDS.find((known) => known === only);
  if (kind === undefined)
    throw new RangeError(`${verb} loses ${LOST_FRAME_KINDS.join(' or ')}, not '${only}'`);
  return kind;
};

/** Makes switches lose a group: one of them or all, between the ports of two nodes, from one, to one, or everywhere. */
function loseGroup(network: Network, action: ActionDesign): void {
  const groups = action.address === undefined ? [VRRP_GROUP, VRRP_GROUP_IPV6] : [cidrOf(action).address];
  for (const at of network.switches.values()) {
    if (action.node !== undefined && action.node !== at.name) continue;
    const ports = (node: string | undefined): (string | undefined)[] =>
      node === undefined ? [undefined] : portsTowards(network, at.name, node);
    for (const from of ports(action.from))
      for (const to of ports(action.to)) for (const group of groups) at.dropMulticast(group, true, from, to);
  }
}

/** Ends silent losses: everywhere, of one switch with its cables, or of one host's cables. */
function heal(network: Network, node: string | undefined): void {
  for (const at of network.switches.values()) if (node === undefined || node === at.name) at.clearDrops();
  for (const cable of network.links) {
    const touches = cable.directions.some(({ from }) => from.path.startsWith(`${node}:`));
    if (node !== undefined && !touches) continue;
    for (const direction of cable.directions) {
      direction.setCut(false);
      direction.dropOnly('nothing');
    }
  }
}

const ROUNDS = record('arping', { done: u32 });

/** arping(8): one broadcast request a second, from the node's own address. */
export class ArpingTimers {
  private readonly timers = new Map<ActionDesign, Timer>();

  constructor(network: Network) {
    for (const { action } of network.plan.schedule) {
      if (action.do !== 'arping') continue;
      const rounds = action.count ?? 1;
      const path = `arping ${this.timers.size + 1}`;
      const progress = network.engine.record(path, ROUNDS, network.engine.world);
      const timer: Timer = new Timer(network.engine, `${path} timer`, network.engine.world, () => {
        request(network, action);
        progress.done++;
        if (progress.done < rounds) timer.arm(SECOND);
      });
      this.timers.set(action, timer);
    }
  }

  /** Begins the rounds of an action of the schedule; one that is not in it asks once. */
  begin(network: Network, action: ActionDesign): void {
    const timer = this.timers.get(action);
    if (timer === undefined) request(network, action);
    else timer.arm(0);
  }
}

function request(network: Network, action: ActionDesign): void {
  const iface = interfaceOf(network, action);
  iface.host.requestNeighbour(iface, cidrOf(action).address);
}

const DEEDS: Readonly<Record<ActionDesign['do'], Deed>> = {
  'power-off': (network, action) =>
    (network.switches.get(nodeOf(action)) ?? network.host(nodeOf(action))).powerOff(),
  'power-on': (network, action) =>
    (network.switches.get(nodeOf(action)) ?? network.host(nodeOf(action))).powerOn(),
  'kill-9': (network, action) => process(network, action).kill(),
  stop: (network, action) => process(network, action).stop(),
  start: (network, action) => process(network, action).start(),
  restart: (network, action) => {
    process(network, action).stop();
    process(network, action).start();
  },
  freeze: (network, action) =>
    (action.daemon === undefined ? network.host(nodeOf(action)) : process(network, action)).freeze(),
  thaw: (network, action) =>
    (action.daemon === undefined ? network.host(nodeOf(action)) : process(network, action)).thaw(),
  unplug: (network, action) => link(network, action).unplug(),
  plug: (network, action) => link(network, action).plug(),
  'silent-cut': (network, action) => {
    for (const direction of link(network, action).directions) direction.setCut(true);
  },
  'one-way-loss': (network, action) => {
    if (action.from !== undefined && action.to !== undefined)
      loseBetween(network, action.from, action.to, action.only, true);
    else {
      const { in: into } = directions(network, nodeOf(action), action.interface);
      if (action.only === undefined || action.only === 'all') into.setCut(true);
      else into.dropOnly(action.only as FrameFilterName);
    }
  },
  'drop-multicast': loseGroup,
  'lose-next': (network, action) =>
    directions(network, nodeOf(action), action.interface).in.loseNext(lostKind(action)),
  heal: (network, action) => heal(network, action.node),
  'set-loss': (network, action) => link(network, action).setLoss(tryParseShare(action.loss ?? '') ?? 0),
  'set-delay': (network, action) =>
    link(network, action).setDelay(Math.max(1, parseDuration(action.delay ?? '0s'))),
  'script-result': (network, action) =>
    network.keepaliveds.get(nodeOf(action))?.setScriptResult(action.script ?? '', action.good ?? true),
  'create-file': (network, action) => network.host(nodeOf(action)).files.create(action.file ?? ''),
  'remove-file': (network, action) => network.host(nodeOf(action)).files.remove(action.file ?? ''),
  'clock-drift': (network, action) => network.host(nodeOf(action)).domain.setDrift(action.ppm ?? 0),
  'add-address': (network, action) => {
    if (changeAddress(network, action, true)) return;
    network.host(nodeOf(action)).addAddress(interfaceOf(network, action), cidrOf(action));
  },
  'remove-address': (network, action) => {
    if (changeAddress(network, action, false)) return;
    const host = network.host(nodeOf(action));
    const { address } = cidrOf(action);
    const at = host.ownerInterface(address);
    if (at !== undefined && at !== null) host.removeAddress(at, address);
  },
  arping: (network, action) => network.arpings.begin(network, action),
  'flush-neighbours': (network, action) => {
    const { neighbours, ipv6 } = interfaceOf(network, action);
    const cidr = action.address === undefined ? null : cidrOf(action);
    if (cidr === null) {
      neighbours.forgetDynamic();
      ipv6?.neighbours.forgetDynamic();
    } else if (isIpv6Cidr(cidr)) ipv6?.neighbours.forget(cidr.address);
    else neighbours.forget(cidr.address);
  },
  'set-health': (network, action) => {
    const server = process(network, action);
    if (!(server instanceof Service))
      throw new RangeError(`${action.daemon} on ${nodeOf(action)} is no server: it has no health`);
    const slowness = action.delay === undefined ? DEFAULT_SLOWNESS : parseDuration(action.delay);
    server.setHealth(action.health ?? 'healthy', Math.max(1, slowness));
  },
  shutdown: (network, action) => network.host(nodeOf(action)).shutdown(),
  'interface-down': (network, action) => setInterface(network, action, false),
  'interface-up': (network, action) => setInterface(network, action, true),
  'carp-state': forceState,
  'carp-demote': demote,
  'set-sysctl': (network, action) =>
    setSysctl(network.host(nodeOf(action)), action.sysctl ?? '', action.value ?? 0),
  'send-errors': (network, action) => interfaceOf(network, action).setSendErrors(action.failing ?? true),
  signal: (network, action) => {
    const program = process(network, action);
    if (!program.signal(action.signal ?? 'USR1'))
      throw new RangeError(`${action.daemon} on ${nodeOf(action)} ends at a signal ${action.signal}`);
  },
};
