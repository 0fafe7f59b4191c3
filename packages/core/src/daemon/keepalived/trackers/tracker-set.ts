import type { Host } from '../../../host/index.js';
import { isLoopback, tryParseIpv4 } from '../../../wire/index.js';
import type { KeepalivedConfig, SyncGroupConfig, TrackedBy } from '../configuration/keepalived-config.js';
import type { VrrpInstance } from '../vrrp-instance.js';
import type { VrrpMachine } from '../vrrp-machine.js';
import { FileTracker } from './file-tracker.js';
import { InterfaceTracker, limitDelay, type TrackerSurroundings } from './interface-tracker.js';
import { ProcessTracker } from './process-tracker.js';
import { ScriptTracker } from './script-tracker.js';
import type { LocalSystem, Tracking } from './tracking.js';

/** A host as its own check commands see it. */
class HostSystem implements LocalSystem {
  constructor(private readonly host: Host) {}

  countProcesses(name: string): number {
    return this.host.processes.filter((process) => process.name === name && process.isRunning).length;
  }

  hasFile(path: string): boolean {
    return this.host.files.has(path);
  }

  isListening(port: number): boolean {
    return this.host.isListening(port);
  }

  isLocal(name: string): boolean {
    if (name === 'localhost' || name === this.host.name) return true;
    const address = tryParseIpv4(name);
    return address !== undefined && (isLoopback(address) || this.host.owns(address));
  }
}

/** Everything that a daemon watches, and which instances care. */
export class TrackerSet {
  private readonly interfaces = new Map<string, InterfaceTracker>();
  private readonly scripts: ReadonlyMap<string, ScriptTracker>;
  private readonly files: ReadonlyMap<string, FileTracker>;
  private readonly processes: ReadonlyMap<string, ProcessTracker>;

  constructor(
    private readonly surroundings: TrackerSurroundings,
    private readonly host: Host,
    private readonly config: KeepalivedConfig,
  ) {
    const system = new HostSystem(host);
    const at = (kind: string, name: string): TrackerSurroundings => this.at(kind, name);
    this.scripts = new Map(
      config.scripts.map((script) => [
        script.name,
        new ScriptTracker(at('script', script.name), script, system),
      ]),
    );
    this.files = new Map(
      config.trackFiles.map((file) => [file.name, new FileTracker(at('file', file.name), file)]),
    );
    this.processes = new Map(
      config.trackProcesses.map((tracked) => [
        tracked.name,
        new ProcessTracker(at('process', tracked.name), tracked, system),
      ]),
    );
  }

  private at(kind: string, name: string): TrackerSurroundings {
    return { ...this.surroundings, path: `${this.surroundings.path}.${kind}.${name}` };
  }

  /** Enters what an instance and its group care for, while the lab is built. */
  attach({ machine, config }: VrrpInstance, group: SyncGroupConfig | undefined): void {
    const own = config.interface;
    const ofInterface = ({ name, weight, reverse }: Omit<TrackedBy, 'origin'>): void => {
      this.ensureInterface(name).add({ machine, weight, reverse });
    };
    if (own !== undefined && config.trackPrimaryInterface)
      ofInterface({ name: own, weight: 0, reverse: false });
    for (const tracked of [...config.trackInterfaces, ...(group?.trackInterfaces ?? [])]) {
      // keepalived `alloc_track_if`: what does not exist is not tracked.
      const exists = this.host.interface(tracked.name) !== undefined;
      if (exists || this.config.global.dynamicInterfaces) ofInterface(tracked);
    }
    for (const { interface: name, tracked } of [...config.virtualAddresses, ...config.excludedAddresses]) {
      if (name === undefined || !tracked || (name === own && !config.trackPrimaryInterface)) continue;
      if (name !== config.virtualMac?.name) ofInterface({ name, weight: 0, reverse: false });
    }
    const add = (
      trackers: ReadonlyMap<string, { add(tracking: Tracking): void }>,
      wanted: readonly TrackedBy[],
    ): void => {
      for (const { name, weight, reverse } of wanted) trackers.get(name)?.add({ machine, weight, reverse });
    };
    add(this.scripts, [...config.trackScripts, ...(group?.trackScripts ?? [])]);
    add(this.files, [...config.trackFiles, ...(group?.trackFiles ?? [])]);
    add(this.processes, [...config.trackProcesses, ...(group?.trackProcesses ?? [])]);
  }

  private ensureInterface(name: string): InterfaceTracker {
    const known = this.interfaces.get(name);
    if (known !== undefined) return known;
    const { config, host } = this;
    const delays = config.interfaceDelays.find((delay) => delay.interface === name);
    const limits = config.instances.filter((instance) => instance.interface === name);
    const face = host.interface(name);
    const created = new InterfaceTracker(
      this.at('interface', name),
      name,
      limitDelay(delays?.downDelayUs ?? 0, limits),
      limitDelay(delays?.upDelayUs ?? 0, limits),
      () => face?.isUp ?? false,
    );
    this.interfaces.set(name, created);
    return created;
  }

  interface(name: string): InterfaceTracker | undefined {
    return this.interfaces.get(name);
  }

  /** @throws RangeError if there is none of that name */
  script(name: string): ScriptTracker {
    return found(this.scripts, name, 'vrrp_script');
  }

  /** @throws RangeError if there is none of that name */
  file(name: string): FileTracker {
    return found(this.files, name, 'track_file');
  }

  /** Names of the scripts whose results the lab has to give, since their commands mean nothing here. */
  get unknownScripts(): readonly string[] {
    return [...this.scripts.values()].flatMap(({ command, config }) =>
      command === undefined ? [config.name] : [],
    );
  }

  /** Whether a script, process or interface that a machine watches has been found bad. A file holds a number, no check. */
  failsFor(machine: VrrpMachine): boolean {
    for (const trackers of [this.scripts, this.processes, this.interfaces])
      for (const tracker of trackers.values()) if (tracker.failsFor(machine)) return true;
    return false;
  }

  processesChanged(): void {
    for (const tracker of this.processes.values()) tracker.processesChanged();
  }

  /** Counts what is found (keepalived `initialise_tracking_priorities`: interfaces, files, processes, scripts). */
  start(): void {
    for (const tracker of this.interfaces.values()) tracker.start();
    for (const tracker of this.files.values()) tracker.start();
    for (const tracker of this.processes.values()) tracker.start();
    for (const tracker of this.scripts.values()) tracker.prepare();
  }

  /** The first run of each script, when the machines have started. */
  runScripts(): void {
    for (const tracker of this.scripts.values()) tracker.run();
  }

  reset(): void {
    for (const tracker of this.interfaces.values()) tracker.reset();
    for (const tracker of this.files.values()) tracker.reset();
    for (const tracker of this.processes.values()) tracker.reset();
    for (const tracker of this.scripts.values()) tracker.reset();
  }
}

function found<T>(trackers: ReadonlyMap<string, T>, name: string, kind: string): T {
  const tracker = trackers.get(name);
  if (tracker === undefined)
    throw new RangeError(`no ${kind} '${name}': there are ${[...trackers.keys()].join(', ') || 'none'}`);
  return tracker;
}
