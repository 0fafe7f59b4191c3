import type { Complaints } from '../../../diagnostic/complaints.js';
import { VRRP_GROUP } from '../../../wire/address.js';
import { sameAddress } from './address-entry.js';
import type { ConfigurationDraft, InstanceDraft, SyncGroupDraft } from './draft.js';
import { OWNER_PRIORITY, placeOfKeyword, REFUSED } from './fix-up-context.js';
import { globalGarp } from './fix-up-timers.js';
import { completeGroupTrackers, placeOfGroup } from './fix-up-trackers.js';
import { completeInstance } from './fix-ups.js';
import type {
  ConfiguredAddress,
  GlobalConfig,
  InterfaceDelayConfig,
  KeepalivedConfig,
  SyncGroupConfig,
  VrrpInstanceConfig,
} from './keepalived-config.js';
import { formatSeconds } from './values.js';

/** Everything that keepalived does between the end of the file and its first state (`vrrp_complete_init`). */
export function completeConfiguration(
  draft: ConfigurationDraft,
  complaints: Complaints,
  readFatally: boolean,
): KeepalivedConfig {
  let fatal = readFatally;
  const refuse = (): void => {
    fatal = true;
  };
  const groups = formGroups(draft, complaints);
  const groupOf = new Map<string, SyncGroupDraft>();
  for (const { group, members } of groups) for (const member of members) groupOf.set(member.name, group);
  const instances = draft.instances.map((instance) =>
    completeInstance({
      draft: instance,
      global: draft.global,
      group: groupOf.get(instance.name),
      complaints,
      refuse,
    }),
  );
  if (complainAboutVridConflicts(instances, draft, complaints)) refuse();
  const syncGroups = groups.map(({ group, members }) => {
    const own = instances.filter((instance) => members.some((member) => member.name === instance.name));
    return completeGroup(group, own, complaints);
  });
  const settled = instances.map((instance) => settleState(instance, instances));
  complainAboutScriptSecurity(draft, complaints);
  const trackers = [...instances, ...syncGroups];
  return {
    global: completeGlobal(draft),
    instances: settled,
    syncGroups,
    scripts: draft.scripts
      .filter((script) => isUsed(script.name, script.origin['name'], trackers, complaints))
      .map((script) => ({
        ...script,
        timeoutUs: script.timeoutUs === 0 ? script.intervalUs : script.timeoutUs,
      })),
    trackFiles: draft.trackFiles.flatMap((file) =>
      file.path === undefined ? [] : [{ ...file, path: file.path }],
    ),
    trackProcesses: draft.trackProcesses.flatMap((process) =>
      process.process === undefined ? [] : [{ ...process, process: process.process }],
    ),
    staticAddresses: draft.staticAddresses.map((entry) => ({
      ...entry,
      interface: entry.interface ?? draft.global.defaultInterface,
    })),
    garpGroups: draft.garpGroups.map((group) => ({
      ...group,
      garpIntervalUs: Math.max(0, group.garpIntervalUs),
      gnaIntervalUs: Math.max(0, group.gnaIntervalUs),
    })),
    interfaceDelays: draft.interfaceDelays.map((delay) => limitDelay(delay, instances, complaints)),
    virtualServers: draft.virtualServers,
    fatal,
  };
}

function completeGlobal({ global }: ConfigurationDraft): GlobalConfig {
  return {
    routerId: global.routerId,
    version: global.version,
    multicastGroup4: global.multicastGroup4?.family === 'inet' ? global.multicastGroup4.address : VRRP_GROUP,
    startupDelayUs: global.startupDelayUs,
    dynamicInterfaces: global.dynamicInterfaces,
    defaultInterface: global.defaultInterface,
    logUnknownVrids: global.logUnknownVrids,
    strict: global.strict,
    garpIntervalUs: global.garpIntervalUs,
    gnaIntervalUs: global.gnaIntervalUs,
    garp: globalGarp(global),
    downTimerAdverts: global.downTimerAdverts,
    notifyPriorityChanges: global.notifyPriorityChanges,
  };
}

interface FormedGroup {
  readonly group: SyncGroupDraft;
  readonly members: readonly InstanceDraft[];
}

/** Finds the members of each group; groups without any are forgotten (`vrrp_sync_set_group`). */
function formGroups(draft: ConfigurationDraft, complaints: Complaints): FormedGroup[] {
  const taken = new Set<string>();
  return draft.syncGroups.flatMap((group) => {
    const members: InstanceDraft[] = [];
    let ownersOnly: boolean | undefined;
    for (const word of group.members ?? []) {
      const member = draft.instances.find((instance) => instance.name === word.text);
      if (member === undefined || taken.has(word.text)) {
        const message =
          member === undefined
            ? `there is no vrrp_instance ${word.text}`
            : `${word.text} is in another sync group`;
        complaints.add(word.place, member === undefined ? 'unknown-name' : 'duplicate', message, {
          means: 'keepalived logs this and leaves it out of the group',
        });
        continue;
      }
      taken.add(word.text);
      members.push(member);
      if (ownersOnly === true && member.configuredState === 'BACKUP') {
        complaints.add(word.place, 'conflict', `${group.name} has owners and others`, {
          means: 'keepalived logs this: it will not work',
        });
      }
      if (ownersOnly !== false)
        ownersOnly = member.configuredState === 'MASTER' && member.priority === OWNER_PRIORITY;
    }
    if (members.length === 0) {
      complaints.add(placeOfGroup(group), 'empty', `vrrp_sync_group ${group.name} has no members`, {
        means: 'keepalived logs this and forgets the group',
      });
      return [];
    }
    if (members.length === 1) {
      complaints.add(
        placeOfGroup(group),
        'lonely-group',
        `vrrp_sync_group ${group.name} has one member only`,
        {
          means: 'keepalived logs this and obeys',
        },
      );
    }
    return [{ group, members }];
  });
}

function completeGroup(
  group: SyncGroupDraft,
  members: readonly VrrpInstanceConfig[],
  complaints: Complaints,
): SyncGroupConfig {
  const trackers = completeGroupTrackers(
    group,
    members.some((member) => member.owner),
    complaints,
  );
  return {
    name: group.name,
    origin: group.origin,
    // In the order of the group's own list.
    members: (group.members ?? [])
      .map((word) => word.text)
      .filter((name) => members.some((member) => member.name === name)),
    trackingWeight: group.trackingWeight,
    trackInterfaces: trackers.interfaces,
    trackScripts: trackers.scripts,
    trackFiles: trackers.files,
    trackProcesses: trackers.processes,
    notify: group.notify,
    notifyPriorityChanges: group.notifyPriorityChanges ?? false,
  };
}

/** A group with a member that is no owner starts as BACKUP altogether (the end of `vrrp_complete_init`). */
function settleState(instance: VrrpInstanceConfig, all: readonly VrrpInstanceConfig[]): VrrpInstanceConfig {
  if (instance.syncGroup === undefined || instance.initialState === 'BACKUP') return instance;
  const members = all.filter((other) => other.syncGroup === instance.syncGroup);
  const mixed = members.some((member) => member.initialState === 'BACKUP' || !member.owner);
  return mixed ? { ...instance, initialState: 'BACKUP' } : instance;
}

function complainAboutVridConflicts(
  instances: readonly VrrpInstanceConfig[],
  draft: ConfigurationDraft,
  complaints: Complaints,
): boolean {
  let found = false;
  const seen = new Map<string, VrrpInstanceConfig[]>();
  for (const [index, instance] of instances.entries()) {
    const key = `${instance.family} ${instance.virtualRouterId} ${instance.interface} ${instance.unicast}`;
    const others = seen.get(key) ?? [];
    seen.set(key, others);
    const other = others.find((candidate) => conflicts(candidate, instance));
    others.push(instance);
    const own = draft.instances[index];
    if (other === undefined || instance.virtualRouterId === 0 || own === undefined) continue;
    found = true;
    const first = other.origin['virtual_router_id'];
    complaints.add(
      placeOfKeyword(own, 'virtual_router_id'),
      'vrid-conflict',
      `VRID ${instance.virtualRouterId} is used by ${other.name} on the same interface`,
      {
        means: REFUSED,
        related: first === undefined ? undefined : [{ ...first, message: `${other.name} has it here` }],
      },
    );
  }
  return found;
}

/** Whether two instances of one VRID on one interface would hear each other (`check_vrid_conflicts`). */
function conflicts(one: VrrpInstanceConfig, other: VrrpInstanceConfig): boolean {
  if (!one.unicast) return sameAddress(one.multicastGroup, other.multicastGroup);
  const sources: readonly (ConfiguredAddress | undefined)[] = [one.sourceAddress, other.sourceAddress];
  const [first, second] = sources;
  if ((first === undefined) !== (second === undefined)) return false;
  if (first !== undefined && second !== undefined && !sameAddress(first, second)) return false;
  return one.unicastPeers.some((peer) =>
    other.unicastPeers.some((otherPeer) => sameAddress(peer.address, otherPeer.address)),
  );
}

function isUsed(
  name: string,
  place: VrrpInstanceConfig['origin'][string] | undefined,
  trackers: readonly Pick<VrrpInstanceConfig, 'trackScripts'>[],
  complaints: Complaints,
): boolean {
  if (trackers.some((tracker) => tracker.trackScripts.some((tracked) => tracked.name === name))) return true;
  if (place !== undefined) {
    complaints.add(place, 'unused', `nothing tracks vrrp_script ${name}`, {
      severity: 'warning',
      means: 'keepalived logs this and never runs it',
    });
  }
  return false;
}

/**
 * `keepalived -t` ends with its code for security (6) if anything is executed without `enable_script_security`; the
 * daemon runs it all the same. Whether the files exist and who may write them is the machine's affair.
 */
function complainAboutScriptSecurity(draft: ConfigurationDraft, complaints: Complaints): void {
  if (draft.global.scriptSecurity || draft.instances.length === 0) return;
  const notified = [...draft.instances, ...draft.syncGroups].flatMap((owner) => Object.values(owner.notify));
  const place = draft.scripts[0]?.origin['name'] ?? notified.find((script) => script !== undefined)?.origin;
  if (place === undefined) return;
  complaints.add(place, 'script-security', 'scripts are executed without enable_script_security', {
    severity: 'note',
    means: 'keepalived logs a security violation (its configuration test ends with 6) and runs them',
  });
}

/** Delays are kept below the time in which adverts would be missed (`check_debounce_timers`). */
function limitDelay(
  delay: InterfaceDelayConfig,
  instances: readonly VrrpInstanceConfig[],
  complaints: Complaints,
): InterfaceDelayConfig {
  let { downDelayUs, upDelayUs } = delay;
  for (const instance of instances) {
    if (instance.interface !== delay.interface) continue;
    const missed = (instance.downTimerAdverts - 1) * instance.advertIntervalUs;
    const limit = missed === 0 ? 0 : missed - Math.floor(instance.advertIntervalUs / 256);
    if (downDelayUs < missed && upDelayUs < missed) continue;
    if (missed === 0 && downDelayUs === 0 && upDelayUs === 0) continue;
    if (downDelayUs >= missed) downDelayUs = limit;
    if (upDelayUs >= missed) upDelayUs = limit;
    const place = instance.origin['interface'] ?? instance.origin['name'];
    if (place === undefined) continue;
    complaints.add(
      place,
      'delay-limited',
      `the up and down delays of ${delay.interface} must be below ${formatSeconds(missed)} s for ${instance.name}`,
      {
        severity: 'warning',
        means: `keepalived uses ${formatSeconds(limit)} s`,
      },
    );
  }
  return { ...delay, downDelayUs, upDelayUs };
}
