import type {
  ConfiguredAddress,
  ConfiguredInterfaceAddress,
  GarpGroupConfig,
  InterfaceDelayConfig,
  NotifyConfig,
  NotifyScript,
  SourcePlace,
  TrackedBy,
  UnicastPeer,
} from './keepalived-config.js';
import type { Word } from './lexer.js';
import type { SourceLine } from './source-line.js';

/** Same type, but may be written. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is being watched, by an instance or a group, as written. */
export interface TrackersDraft {
  interfaces: TrackedBy[];
  scripts: TrackedBy[];
  files: TrackedBy[];
  processes: TrackedBy[];
  /** Names only: BFD is not modelled. */
  bfd: string[];
}

/** A `vrrp_instance` while it is read: undefined is "not written", defaults come later. */
export interface InstanceDraft {
  readonly name: string;
  readonly origin: Record<string, SourcePlace>;
  configuredState: 'MASTER' | 'BACKUP' | undefined;
  interface: string | undefined;
  family: 'inet' | 'inet6' | undefined;
  version: 2 | 3 | undefined;
  virtualRouterId: number;
  priority: number | undefined;
  advertIntervalUs: number | undefined;
  downTimerAdverts: number | undefined;
  nopreempt: boolean;
  preemptDelayUs: number;
  strict: boolean | undefined;
  accept: boolean | undefined;
  garpMasterRepeat: number | undefined;
  garpMasterDelayUs: number | undefined;
  garpMasterRefreshUs: number | undefined;
  garpMasterRefreshRepeat: number | undefined;
  garpLowerPriorityRepeat: number | undefined;
  garpLowerPriorityDelayUs: number | undefined;
  lowerPriorityNoAdvert: boolean | undefined;
  higherPrioritySendAdvert: boolean | undefined;
  skipCheckAdvertAddress: boolean;
  checkUnicastSource: boolean;
  authenticationType: 'PASS' | 'AH' | undefined;
  password: string;
  sourceAddress: ConfiguredAddress | undefined;
  multicastGroup: ConfiguredAddress | undefined;
  /** Any keyword that begins with `unicast`, and a few more, were seen. */
  unicastConfigured: boolean;
  faultWithoutPeer: boolean;
  peers: UnicastPeer[];
  unicastTtl: number | undefined;
  virtualAddresses: ConfiguredInterfaceAddress[];
  excludedAddresses: ConfiguredInterfaceAddress[];
  trackSourceAddress: boolean;
  trackPrimaryInterface: boolean;
  trackers: TrackersDraft;
  useVmac: boolean;
  useIpvlan: boolean;
  vmacName: string | undefined;
  vmacAddress: number | undefined;
  /** The MAC was given with five bytes: the VRID is the sixth. */
  vmacUsesVrid: boolean;
  vmacTransmitFromBase: boolean;
  notify: Mutable<NotifyConfig>;
  notifyPriorityChanges: boolean | undefined;
  promoteSecondaries: boolean;
  /** The block was closed, so `vrrp_end_handler` ran. */
  closed: boolean;
}

/** A `vrrp_sync_group` while it is read. */
export interface SyncGroupDraft {
  readonly name: string;
  readonly origin: Record<string, SourcePlace>;
  members: Word[] | undefined;
  trackingWeight: boolean;
  trackers: TrackersDraft;
  notify: Mutable<NotifyConfig>;
  notifyPriorityChanges: boolean | undefined;
}

/** A `vrrp_script` while it is read. */
export interface ScriptDraft {
  readonly name: string;
  readonly origin: Record<string, SourcePlace>;
  arguments: string[];
  intervalUs: number;
  timeoutUs: number;
  rise: number;
  fall: number;
  weight: number;
  reverse: boolean;
  initFail: boolean;
}

/** A `track_file` while it is read. */
export interface TrackFileDraft {
  readonly name: string;
  readonly origin: Record<string, SourcePlace>;
  path: string | undefined;
  weight: number;
  reverse: boolean;
  initialValue: number | undefined;
  overwrite: boolean;
}

/** A `vrrp_track_process` while it is read. */
export interface TrackProcessDraft {
  readonly name: string;
  readonly origin: Record<string, SourcePlace>;
  process: string | undefined;
  arguments: string[];
  weight: number;
  reverse: boolean;
  quorum: number;
  quorumMax: number | undefined;
  terminateDelayUs: number;
  forkDelayUs: number;
}

/** `global_defs` while it is read. */
export interface GlobalDraft {
  routerId: string | undefined;
  version: 2 | 3;
  multicastGroup4: ConfiguredAddress | undefined;
  startupDelayUs: number;
  dynamicInterfaces: boolean;
  defaultInterface: string | undefined;
  logUnknownVrids: boolean;
  strict: boolean;
  checkUnicastSource: boolean;
  skipCheckAdvertAddress: boolean;
  garpIntervalUs: number;
  gnaIntervalUs: number;
  garpMasterRepeat: number;
  garpMasterDelayUs: number;
  garpMasterRefreshUs: number;
  garpMasterRefreshRepeat: number;
  garpLowerPriorityRepeat: number | undefined;
  garpLowerPriorityDelayUs: number | undefined;
  downTimerAdverts: number;
  lowerPriorityNoAdvert: boolean;
  higherPrioritySendAdvert: boolean;
  notifyPriorityChanges: boolean;
  scriptSecurity: boolean;
}

/** Everything that was read, before defaults and fix-ups. */
export interface ConfigurationDraft {
  readonly global: GlobalDraft;
  readonly instances: InstanceDraft[];
  readonly syncGroups: SyncGroupDraft[];
  readonly scripts: ScriptDraft[];
  readonly trackFiles: TrackFileDraft[];
  readonly trackProcesses: TrackProcessDraft[];
  readonly bfdInstances: string[];
  readonly trackGroups: string[];
  readonly staticAddresses: ConfiguredInterfaceAddress[];
  readonly garpGroups: Mutable<GarpGroupConfig>[];
  readonly interfaceDelays: InterfaceDelayConfig[];
  readonly virtualServers: string[];
}

/** keepalived's `VRRP_GARP_DELAY`: 5 s. */
export const DEFAULT_GARP_DELAY_US = 5_000_000;
/** keepalived's `VRRP_GARP_REP`. */
export const DEFAULT_GARP_REPEAT = 5;
/** keepalived's `VRRP_GARP_REFRESH_REP`. */
export const DEFAULT_GARP_REFRESH_REPEAT = 1;
/** keepalived's `VRRP_DOWN_TIMER_ADVERTS`. */
export const DEFAULT_DOWN_TIMER_ADVERTS = 3;

/** No notify scripts. */
export function noNotify(): Mutable<NotifyConfig> {
  const none: NotifyScript | undefined = undefined;
  return {
    master: none,
    backup: none,
    fault: none,
    stop: none,
    deleted: none,
    masterRxLowerPriority: none,
    any: none,
  };
}

/** No trackers. */
export function noTrackers(): TrackersDraft {
  return { interfaces: [], scripts: [], files: [], processes: [], bfd: [] };
}

/** A `vrrp_instance` of which only the name is known (`alloc_vrrp`). */
export function newInstance(name: string): InstanceDraft {
  return {
    name,
    origin: {},
    configuredState: undefined,
    interface: undefined,
    family: undefined,
    version: undefined,
    virtualRouterId: 0,
    priority: undefined,
    advertIntervalUs: undefined,
    downTimerAdverts: undefined,
    nopreempt: false,
    preemptDelayUs: 0,
    strict: undefined,
    accept: undefined,
    garpMasterRepeat: undefined,
    garpMasterDelayUs: undefined,
    garpMasterRefreshUs: undefined,
    garpMasterRefreshRepeat: undefined,
    garpLowerPriorityRepeat: undefined,
    garpLowerPriorityDelayUs: undefined,
    lowerPriorityNoAdvert: undefined,
    higherPrioritySendAdvert: undefined,
    skipCheckAdvertAddress: false,
    checkUnicastSource: false,
    authenticationType: undefined,
    password: '',
    sourceAddress: undefined,
    multicastGroup: undefined,
    unicastConfigured: false,
    faultWithoutPeer: false,
    peers: [],
    unicastTtl: undefined,
    virtualAddresses: [],
    excludedAddresses: [],
    trackSourceAddress: false,
    trackPrimaryInterface: true,
    trackers: noTrackers(),
    useVmac: false,
    useIpvlan: false,
    vmacName: undefined,
    vmacAddress: undefined,
    vmacUsesVrid: false,
    vmacTransmitFromBase: false,
    notify: noNotify(),
    notifyPriorityChanges: undefined,
    promoteSecondaries: false,
    closed: false,
  };
}

/** Nothing read yet; the globals have their defaults (`set_default_values`). */
export function newDraft(): ConfigurationDraft {
  return {
    global: {
      routerId: undefined,
      version: 2,
      multicastGroup4: undefined,
      startupDelayUs: 0,
      dynamicInterfaces: false,
      defaultInterface: undefined,
      logUnknownVrids: false,
      strict: false,
      checkUnicastSource: false,
      skipCheckAdvertAddress: false,
      garpIntervalUs: 0,
      gnaIntervalUs: 0,
      garpMasterRepeat: DEFAULT_GARP_REPEAT,
      garpMasterDelayUs: DEFAULT_GARP_DELAY_US,
      garpMasterRefreshUs: 0,
      garpMasterRefreshRepeat: DEFAULT_GARP_REFRESH_REPEAT,
      garpLowerPriorityRepeat: undefined,
      garpLowerPriorityDelayUs: undefined,
      downTimerAdverts: DEFAULT_DOWN_TIMER_ADVERTS,
      lowerPriorityNoAdvert: false,
      higherPrioritySendAdvert: false,
      notifyPriorityChanges: false,
      scriptSecurity: false,
    },
    instances: [],
    syncGroups: [],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    bfdInstances: [],
    trackGroups: [],
    staticAddresses: [],
    garpGroups: [],
    interfaceDelays: [],
    virtualServers: [],
  };
}

/** A line with its words. */
export interface WordLine {
  readonly line: SourceLine;
  readonly words: readonly Word[];
}
