import { MILLISECOND, type Nanoseconds, readUcarpCommand, SECOND } from '@viplab/core';
import { ucarpTakeoverInterval } from '@viplab/core/network';
import { fieldOf, type Observation, type ObservedEvent, textField } from './observation.js';
import type { Recording } from './recording.js';

/** From what an interval is counted to an advertisement timeout. */
export type IntervalStart = 'since_backup' | 'since_advert' | 'since_equal_or_higher';

/** One interval that ends with an advertisement timeout: it does not depend on when daemons were ready. */
export interface VrrpInterval {
  readonly node: string;
  readonly instance: string;
  /** Which timeout of that instance, from 1. */
  readonly nth: number;
  readonly since: IntervalStart;
  readonly length: Nanoseconds;
  /** When it ended. */
  readonly at: Nanoseconds;
}

/** What the configuration says of an instance. */
export interface ConfiguredInstance {
  readonly vrid: number;
  readonly priority: number;
  /** In seconds. */
  readonly advertInterval: number;
  /** ucarp: how long its polls take until it takes over. Then `vrid` is its vhid and `priority` its advskew. */
  readonly takeover?: Nanoseconds;
}

/** How much later than by the protocol a daemon acts: 0.2 to 8 ms in the recordings. */
const DAEMON_DELAY: Nanoseconds = 10 * MILLISECOND;

/** Skew_Time: keepalived counts version 2's for any interval in 256ths of a second (RFC 3768 §6.1). */
function skewTime({ priority }: ConfiguredInstance): Nanoseconds {
  return ((256 - priority) / 256) * SECOND;
}

/** Master_Down_Interval: how long a backup waits for an advertisement (RFC 3768 §6.1). */
export function masterDownInterval(configured: ConfiguredInstance): Nanoseconds {
  if (configured.takeover !== undefined) return configured.takeover;
  return 3 * configured.advertInterval * SECOND + skewTime(configured);
}

/** The intervals after which a backup's patience ends: Skew_Time after a priority 0, else Master_Down_Interval. */
export function statedLengths(configured: ConfiguredInstance): Nanoseconds[] {
  const whole = masterDownInterval(configured);
  return configured.takeover === undefined ? [skewTime(configured), whole] : [whole];
}

/**
 * Whether an interval is one that the protocol states: Master_Down_Interval, or Skew_Time after a priority 0
 * (RFC 3768 §6.1). Others end with a timeout by accident and depend on when something was done to the network.
 */
export function isStated(length: Nanoseconds, configured: ConfiguredInstance): boolean {
  return statedLengths(configured).some(
    (stated) => length >= stated - MILLISECOND && length <= stated + DAEMON_DELAY,
  );
}

/** The configured instances by `node instance`, read from the configuration files as the recorder reads them. */
export function configuredInstances(recording: Recording): Map<string, ConfiguredInstance> {
  const instances = new Map<string, ConfiguredInstance>();
  for (const [file, text] of recording.config) {
    for (const match of text.matchAll(/vrrp_instance (\S+) \{(.*?)\n\}/gs)) {
      const [, name = '', body = ''] = match;
      const vrid = /virtual_router_id (\d+)/.exec(body)?.[1];
      const priority = /priority (\d+)/.exec(body)?.[1];
      if (vrid === undefined || priority === undefined) continue;
      const advertInterval = Number(/advert_int (\d+(?:\.\d+)?)/.exec(body)?.[1] ?? 1);
      instances.set(`${file.split('.')[0]} ${name}`, {
        vrid: Number(vrid),
        priority: Number(priority),
        advertInterval,
      });
    }
  }
  for (const { node, command } of recording.processes.values()) {
    if (!command.startsWith('ucarp ')) continue;
    const { config } = readUcarpCommand(command, { file: node });
    if (config === null) continue;
    instances.set(`${node} ucarp`, {
      vrid: config.vhid,
      priority: config.advskew,
      advertInterval: config.advbase,
      takeover: ucarpTakeoverInterval(config),
    });
  }
  return instances;
}

/** Whether an event ends a backup's patience: ucarp logs only that it is master. */
const isTimeout = (event: ObservedEvent, { takeover }: ConfiguredInstance): boolean =>
  takeover === undefined
    ? event.kind === 'advert_timeout'
    : event.kind === 'state' && fieldOf(event, 'to') === 'MASTER';

/** The intervals before each advertisement timeout of one run. */
export function vrrpIntervals(
  run: Observation,
  instances: ReadonlyMap<string, ConfiguredInstance>,
): VrrpInterval[] {
  const nth = new Map<string, number>();
  const backup = new Map<string, Nanoseconds>();
  const intervals: VrrpInterval[] = [];
  for (const event of run.events) {
    const node = textField(event, 'node');
    const instance = textField(event, 'instance');
    const key = `${node} ${instance}`;
    if (event.kind === 'state' && fieldOf(event, 'to') === 'BACKUP') backup.set(key, event.time);
    const configured = instances.get(key);
    if (configured === undefined || !isTimeout(event, configured)) continue;
    const count = (nth.get(key) ?? 0) + 1;
    nth.set(key, count);
    const add = (since: IntervalStart, from: Nanoseconds | undefined): void => {
      if (from !== undefined)
        intervals.push({ node, instance, nth: count, since, length: event.time - from, at: event.time });
    };
    add('since_backup', backup.get(key));
    const heard = lastHeard(run, node, event.time, configured);
    // An advertisement that comes while ucarp runs its script is not the one that it waited for.
    const isCrossing = event.time - (heard.any ?? 0) <= DAEMON_DELAY;
    if (configured.takeover !== undefined && isCrossing) continue;
    add('since_advert', heard.any);
    if (configured.takeover === undefined) add('since_equal_or_higher', heard.equalOrHigher);
  }
  return intervals;
}

/** When the last advertisement of others was delivered to a node before an instant. */
function lastHeard(
  run: Observation,
  node: string,
  before: Nanoseconds,
  { vrid, priority }: ConfiguredInstance,
) {
  let any: Nanoseconds | undefined;
  let equalOrHigher: Nanoseconds | undefined;
  for (const [path, rows] of run.advertsDelivered) {
    const [source, port = ''] = path.split('>', 2);
    if (port.split('_')[0] !== node || source === node) continue;
    for (const row of rows) {
      if (row.vrid !== vrid || row.time >= before) continue;
      any = Math.max(any ?? row.time, row.time);
      // Priority 0 says that its sender leaves: RFC 5798 §6.4.2.
      if (row.priority === 0 || row.priority >= priority)
        equalOrHigher = Math.max(equalOrHigher ?? row.time, row.time);
    }
  }
  return { any, equalOrHigher };
}
