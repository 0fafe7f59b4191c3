import { carpInstanceName, formatIp, isOpenBsd, type LabPlan, type VrrpInstanceConfig } from '@viplab/core';
import type { Campaign, FaultKind } from './campaign.js';
import { checkCampaign, FAULT_KINDS } from './check-campaign.js';
import { failingChecks } from './failing-checks.js';
import type { Deed, Fault } from './fault.js';
import { daemonsOf } from './launches.js';

type Host = LabPlan['hosts'][number];
type Draft = Omit<Fault, 'index'>;

/** The group of VRRP's adverts (RFC 5798 §5.1.1.2) and of CARP's; what `drop-multicast` loses if nothing else is said. */
const VRRP_GROUP = '224.0.0.18';

/**
 * Everything that may go wrong in a lab under a campaign, in a canonical order: by kind (the clean ones first), then by
 * node in the order of the lab, then by interface. The order in which the campaign lists kinds and nodes is not in it.
 *
 * What lasts at once must be healed one by one, and `heal` of a node heals all that is at it. So the nodes of a silent
 * fault are the node and the switches at its cables: two silent faults at one switch never last at once.
 *
 * @throws RangeError if the campaign names what the lab does not have.
 * @example
 * ```ts
 * faultsOf(pair.plan, oneFaultAndRepair()).map((fault) => fault.label);
 * // ['power-off n1', 'power-off n2', 'unplug n1', 'unplug n2', 'stop n1', 'stop n2'] where nothing is tracked
 * ```
 */
export function faultsOf(plan: LabPlan, campaign: Campaign): Fault[] {
  checkCampaign(plan, campaign);
  const scope = new Scope(plan, campaign);
  return FAULT_KINDS.filter((kind) => campaign.faults.includes(kind))
    .flatMap((kind) => DRAFTS[kind](scope))
    .map((draft, index) => ({ index, ...draft }));
}

/** Which parts of a lab a campaign is about. */
class Scope {
  readonly hosts: readonly Host[];
  /** Switches that are named. */
  readonly switches: readonly string[];
  /** Switches that may lose multicast: the named ones, or those beside the hosts in scope. */
  readonly multicastSwitches: readonly string[];

  constructor(
    readonly plan: LabPlan,
    campaign: Campaign,
  ) {
    const { nodes } = campaign;
    const holders = new Set(plan.vips.flatMap((vip) => vip.holders.map((holder) => holder.node)));
    this.hosts = plan.hosts.filter(({ name }) =>
      nodes === undefined ? holders.has(name) : nodes.includes(name),
    );
    const all = plan.switches.map((part) => part.name);
    this.switches = all.filter((name) => nodes?.includes(name) === true);
    const beside = new Set(this.hosts.flatMap((host) => this.peersAt(host.name)));
    this.multicastSwitches =
      nodes === undefined
        ? all
        : this.switches.length > 0
          ? this.switches
          : all.filter((name) => beside.has(name));
  }

  /** The nodes at the other ends of a host's cables, or of one of them. */
  peersAt(host: string, iface?: string): string[] {
    const peers = this.plan.links.flatMap(({ ends: [a, b] }) => {
      const isNear = (end: typeof a): boolean =>
        end.node === host && (iface === undefined || end.port === iface);
      return [...(isNear(a) ? [b.node] : []), ...(isNear(b) ? [a.node] : [])];
    });
    return [...new Set(peers)];
  }

  /**
   * The interfaces of a host on which VRRP or CARP depends: those of its instances, of their addresses, and those they
   * track. Of a host without an instance: all.
   */
  interfacesOf(host: Host): string[] {
    const carried = new Set([
      ...instancesOf(host).flatMap(interfacesOf),
      ...(host.carp?.config.interfaces ?? []).map(({ parent }) => parent),
      ...host.ucarps.map(({ config }) => config.interface),
    ]);
    return host.interfaces
      .map((iface) => iface.name)
      .filter((name) => carried.size === 0 || carried.has(name))
      .filter((name) =>
        this.plan.links.some(({ ends }) => ends.some((end) => end.node === host.name && end.port === name)),
      );
  }

  /** The node to heal after `one-way-loss`, which goes by the first interface of each host; null: none joins them. */
  joint(from: Host, to: Host): string | null {
    const [first] = this.peersAt(from.name, from.interfaces[0]?.name);
    const [last] = this.peersAt(to.name, to.interfaces[0]?.name);
    if (first === to.name) return from.name;
    return first !== undefined && first === last && this.plan.switches.some(({ name }) => name === first)
      ? first
      : null;
  }
}

/** An interface of a host as the lines of a schedule say it. */
interface Place {
  readonly node: string;
  /** Nothing where the host has one only. */
  readonly which: { readonly interface?: string };
  /** `n1`, or `n1:eth1`. */
  readonly label: string;
  /** The nodes that a silent fault here is about: this one, and what is at the other end of the cable. */
  readonly ends: readonly string[];
}

const instancesOf = (host: Host): readonly VrrpInstanceConfig[] => host.keepalived?.config.instances ?? [];

function interfacesOf(instance: VrrpInstanceConfig): string[] {
  return [
    ...(instance.interface === undefined ? [] : [instance.interface]),
    ...[...instance.virtualAddresses, ...instance.excludedAddresses].flatMap(
      (entry) => entry.interface ?? [],
    ),
    ...instance.trackInterfaces.map((tracked) => tracked.name),
  ];
}

/** A fault of the machine itself, also of a switch where one is named. */
const ofMachine =
  (kind: 'power-off' | 'freeze', end: Deed['do']) =>
  (scope: Scope): Draft[] =>
    scope.hosts.map(({ name }) => ofNode(kind, name, { do: kind, node: name }, { do: end, node: name }));

const ofNode = (kind: FaultKind, node: string, begin: Deed, end: Deed): Draft => ({
  kind,
  label: `${kind} ${node}`,
  nodes: [node],
  begin,
  end,
});

/** A fault of what runs the elections of a host: keepalived, a ucarp. CARP in a kernel is none of these. */
const ofDaemon =
  (deed: 'stop' | 'kill-9' | 'freeze', end: Deed['do'], kind: FaultKind = deed) =>
  (scope: Scope): Draft[] =>
    scope.hosts.flatMap((host) => {
      const { name: node } = host;
      const daemons = daemonsOf(host);
      return daemons.map((daemon): Draft => {
        const draft = ofNode(kind, node, { do: deed, node, daemon }, { do: end, node, daemon });
        return daemons.length === 1 ? draft : { ...draft, label: `${kind} ${node} ${daemon}` };
      });
    });

/** A machine that is shut down in good order: only OpenBSD tells the others (rc(8), `ifconfig carpN down`). */
const shutdowns = (scope: Scope): Draft[] =>
  scope.hosts
    .filter(({ carp }) => carp !== null && isOpenBsd(carp.config.system))
    .map(({ name: node }) => ofNode('shutdown', node, { do: 'shutdown', node }, { do: 'power-on', node }));

/**
 * `ifconfig … state backup`: whoever is to be MASTER is made to yield, and later told to be MASTER again. Nobody does that to
 * the others: a worse node that is told to be MASTER is one beside the better until that one's next advert.
 */
const forcedStates = (scope: Scope): Draft[] =>
  scope.hosts.flatMap(({ name: node, carp }) =>
    (carp?.config.interfaces ?? []).flatMap((iface) =>
      iface.nodes
        .filter((host) => isBestOf(scope.plan, node, carpInstanceName(iface, host)))
        .map(({ vhid }): Draft => {
          const deed = { do: 'carp-state', node, interface: iface.name, vhid } as const;
          return {
            ...ofNode('carp-state', node, { ...deed, state: 'backup' }, { ...deed, state: 'master' }),
            label: `carp-state ${node} ${iface.name}${iface.nodes.length === 1 ? '' : `:${vhid}`}`,
          };
        }),
    ),
  );

/** Whether no holder has a lower advskew than an instance, of any address that it may have. */
const isBestOf = ({ vips }: LabPlan, node: string, instance: string): boolean =>
  vips.every(({ holders }) => {
    const own = holders.find((holder) => holder.node === node && holder.instance === instance);
    return own === undefined || holders.every(({ priority }) => priority >= own.priority);
  });

/** What maintenance adds to FreeBSD's demotion, in pfSense and OPNsense too. */
const MAINTENANCE_DEMOTION = 240;

/** `ifconfig -g carp carpdemote`, or `sysctl net.inet.carp.demotion=240`. */
const demotions = (scope: Scope): Draft[] =>
  scope.hosts.flatMap(({ name: node, carp }) => {
    if (carp === null) return [];
    const by = isOpenBsd(carp.config.system) ? 1 : MAINTENANCE_DEMOTION;
    return [
      ofNode('carp-demote', node, { do: 'carp-demote', node, by }, { do: 'carp-demote', node, by: -by }),
    ];
  });

const ofInterface =
  (build: (place: Place) => Draft) =>
  (scope: Scope): Draft[] =>
    scope.hosts.flatMap((host) => {
      const node = host.name;
      return scope.interfacesOf(host).map((name) => {
        const isOnly = host.interfaces.length === 1;
        return build({
          node,
          which: isOnly ? {} : { interface: name },
          label: isOnly ? node : `${node}:${name}`,
          ends: [node, ...scope.peersAt(node, name)],
        });
      });
    });

const DRAFTS: Readonly<Record<FaultKind, (scope: Scope) => Draft[]>> = {
  'power-off': (scope) => [
    ...ofMachine('power-off', 'power-on')(scope),
    ...scope.switches.map((name) =>
      ofNode('power-off', name, { do: 'power-off', node: name }, { do: 'power-on', node: name }),
    ),
  ],
  unplug: ofInterface(({ node, which, label }) => ({
    kind: 'unplug',
    label: `unplug ${label}`,
    nodes: [node],
    begin: { do: 'unplug', node, ...which },
    end: { do: 'plug', node, ...which },
  })),
  stop: ofDaemon('stop', 'start'),
  shutdown: shutdowns,
  'check-fails': (scope) =>
    scope.hosts.flatMap((host) =>
      failingChecks(host).map(
        ({ what, begin, end }): Draft => ({
          ...ofNode('check-fails', host.name, begin, end),
          label: `check-fails ${host.name} ${what}`,
        }),
      ),
    ),
  'kill-9': ofDaemon('kill-9', 'start'),
  freeze: ofMachine('freeze', 'thaw'),
  // SIGSTOP, or no processor time: the kernel goes on answering for the addresses that the daemon has put there.
  stall: ofDaemon('freeze', 'thaw', 'stall'),
  'silent-cut': ofInterface(({ node, which, label, ends }) => ({
    kind: 'silent-cut',
    label: `silent-cut ${label}`,
    nodes: ends,
    begin: { do: 'silent-cut', node, ...which },
    end: { do: 'heal', node },
  })),
  'one-way-loss': (scope) => [...oneWayPaths(scope), ...deafToAdverts(scope)],
  'drop-multicast': (scope) =>
    scope.multicastSwitches.flatMap((node) =>
      groupsOf(scope).map((group): Draft => {
        const address = group === VRRP_GROUP ? {} : { address: group };
        return {
          kind: 'drop-multicast',
          label: `drop-multicast ${node}${group === VRRP_GROUP ? '' : ` ${group}`}`,
          nodes: [node],
          begin: { do: 'drop-multicast', node, ...address },
          end: { do: 'heal', node },
        };
      }),
    ),
  'carp-state': forcedStates,
  'carp-demote': demotions,
};

/**
 * Every frame from one node to another is lost while the other way works: a forwarding fault between two ports. All
 * frames, as no such fault knows protocols; the client hears both nodes, which is what makes it hard on a pair.
 */
function oneWayPaths(scope: Scope): Draft[] {
  return scope.hosts.flatMap((from) =>
    scope.hosts.flatMap((to): Draft[] => {
      const joint = from === to ? null : scope.joint(from, to);
      if (joint === null) return [];
      return [
        {
          kind: 'one-way-loss',
          label: `one-way-loss ${from.name} to ${to.name}`,
          nodes: [...new Set([from.name, to.name, joint])],
          begin: { do: 'one-way-loss', from: from.name, to: to.name, only: 'all' },
          end: { do: 'heal', node: joint },
        },
      ];
    }),
  );
}

/**
 * A node that hears no advert from anybody and everything else: a packet filter that forgot protocol 112. It stands on
 * one machine, so it is a fault of that machine and not of a pair.
 */
function deafToAdverts(scope: Scope): Draft[] {
  return ofInterface(({ node, which, label, ends }) => ({
    kind: 'one-way-loss',
    label: `one-way-loss adverts to ${label}`,
    nodes: ends,
    begin: { do: 'one-way-loss', node, ...which, only: 'vrrp' },
    end: { do: 'heal', node },
  }))(scope).filter((draft) =>
    scope.hosts.some((host) => hearsAdverts(host) && host.name === draft.begin.node),
  );
}

/** Whether something on a host listens to adverts. */
export const hearsAdverts = ({ keepalived, carp, ucarps }: Host): boolean =>
  keepalived !== null || carp !== null || ucarps.length > 0;

/** The groups to which adverts are sent; the default one if all are unicast, to show that they do not mind. */
function groupsOf(scope: Scope): string[] {
  const groups = scope.plan.hosts.flatMap((host) => [
    ...instancesOf(host).flatMap(({ unicast, multicastGroup }) =>
      unicast ? [] : [formatIp(multicastGroup.address)],
    ),
    ...(host.carp?.config.interfaces.some(({ peer }) => peer === null) === true ? [VRRP_GROUP] : []),
    ...host.ucarps.map(({ config }) => formatIp(config.multicastGroup)),
  ]);
  return groups.length === 0 ? [VRRP_GROUP] : [...new Set(groups)];
}
