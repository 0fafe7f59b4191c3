import { ipv4Address, VRRP_GROUP } from '../../../wire/index.js';
import type {
  ConfiguredInterfaceAddress,
  GarpConfig,
  GlobalConfig,
  KeepalivedConfig,
  SourcePlace,
  SyncGroupConfig,
  TrackedBy,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpInstanceConfig,
  VrrpScriptConfig,
} from '../configuration/keepalived-config.js';

/** Configurations for tests, as the reader of keepalived.conf would make them. */
const position = { line: 1, column: 1 };
export const PLACE: SourcePlace = { file: 'keepalived.conf', range: { start: position, end: position } };

export const DEFAULT_GARP: GarpConfig = {
  masterRepeat: 5,
  masterDelayUs: 5_000_000,
  masterRefreshUs: 0,
  masterRefreshRepeat: 1,
  lowerPriorityRepeat: 5,
  lowerPriorityDelayUs: 5_000_000,
};

export function vip(text: string, iface = 'eth0', tracked = true): ConfiguredInterfaceAddress {
  const [address = '', length = '32'] = text.split('/');
  return {
    address: { family: 'inet', address: ipv4Address(address) },
    prefixLength: Number(length),
    interface: iface,
    scope: 0,
    broadcast: undefined,
    label: undefined,
    peer: undefined,
    tracked,
    origin: PLACE,
  };
}

export const tracked = (name: string, weight = 0, reverse = false): TrackedBy => ({
  name,
  weight,
  reverse,
  origin: PLACE,
});

/** What a test writes down of an instance; the fix-ups that tests rely on are made here. */
export interface InstanceSample extends Partial<Omit<VrrpInstanceConfig, 'garp'>> {
  readonly priority?: number;
  readonly state?: 'MASTER' | 'BACKUP';
  readonly garp?: Partial<GarpConfig>;
  readonly password?: string;
}

export function instance(sample: InstanceSample = {}): VrrpInstanceConfig {
  const { priority, state, garp, password, ...rest } = sample;
  const base = priority ?? (state === 'MASTER' ? 255 : 100);
  return {
    name: 'VI_1',
    origin: {},
    virtualRouterId: 51,
    version: 2,
    family: 'inet',
    interface: 'eth0',
    configuredState: state,
    initialState: base === 255 || state === 'MASTER' ? 'MASTER' : 'BACKUP',
    basePriority: base,
    owner: base === 255,
    advertIntervalUs: 1_000_000,
    downTimerAdverts: 3,
    nopreempt: false,
    preemptDelayUs: 0,
    strict: false,
    accept: true,
    garp: { ...DEFAULT_GARP, ...garp },
    lowerPriorityNoAdvert: false,
    higherPrioritySendAdvert: false,
    skipCheckAdvertAddress: false,
    checkUnicastSource: false,
    authentication: password === undefined ? { type: 'none' } : { type: 'PASS', password },
    sourceAddress: undefined,
    multicastGroup: { family: 'inet', address: VRRP_GROUP },
    unicast: false,
    unicastPeers: [],
    faultWithoutPeer: false,
    advertTtl: 255,
    virtualAddresses: [vip('10.0.0.100/24')],
    excludedAddresses: [],
    trackSourceAddress: false,
    trackPrimaryInterface: true,
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    virtualMac: undefined,
    notify: {
      master: undefined,
      backup: undefined,
      fault: undefined,
      stop: undefined,
      deleted: undefined,
      masterRxLowerPriority: undefined,
      any: undefined,
    },
    notifyPriorityChanges: false,
    promoteSecondaries: false,
    syncGroup: undefined,
    ...rest,
  };
}

export function script(name: string, sample: Partial<VrrpScriptConfig> = {}): VrrpScriptConfig {
  return {
    name,
    origin: {},
    arguments: ['/usr/local/bin/check'],
    intervalUs: 1_000_000,
    timeoutUs: sample.intervalUs ?? 1_000_000,
    rise: 1,
    fall: 1,
    weight: 0,
    reverse: false,
    initFail: false,
    ...sample,
  };
}

export function trackFile(name: string, sample: Partial<TrackFileConfig> = {}): TrackFileConfig {
  const initialValue = undefined;
  return {
    name,
    origin: {},
    path: `/etc/${name}`,
    weight: 1,
    reverse: false,
    initialValue,
    overwrite: false,
    ...sample,
  };
}

export function trackProcess(name: string, sample: Partial<TrackProcessConfig> = {}): TrackProcessConfig {
  return {
    name,
    origin: {},
    process: name,
    arguments: [],
    weight: 0,
    reverse: false,
    quorum: 1,
    quorumMax: undefined,
    terminateDelayUs: 0,
    forkDelayUs: 0,
    ...sample,
  };
}

export function syncGroup(name: string, members: readonly string[]): SyncGroupConfig {
  return {
    name,
    origin: {},
    members,
    trackingWeight: false,
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    notify: instance().notify,
    notifyPriorityChanges: false,
  };
}

const GLOBAL: GlobalConfig = {
  routerId: undefined,
  version: 2,
  multicastGroup4: VRRP_GROUP,
  startupDelayUs: 0,
  dynamicInterfaces: false,
  defaultInterface: undefined,
  logUnknownVrids: false,
  strict: false,
  garpIntervalUs: 0,
  gnaIntervalUs: 0,
  garp: DEFAULT_GARP,
  downTimerAdverts: 3,
  notifyPriorityChanges: false,
};

export function configuration(
  instances: readonly VrrpInstanceConfig[],
  sample: Partial<Omit<KeepalivedConfig, 'global' | 'instances'>> & {
    readonly global?: Partial<GlobalConfig>;
  } = {},
): KeepalivedConfig {
  const { global, ...rest } = sample;
  return {
    instances,
    syncGroups: [],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    staticAddresses: [],
    garpGroups: [],
    interfaceDelays: [],
    virtualServers: [],
    fatal: false,
    global: { ...GLOBAL, ...global },
    ...rest,
  };
}
