import { formatSeconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';

/** What one daemon on one node wrote. */
export interface DaemonLog {
  readonly node: string;
  readonly daemon: string;
  /** `13.084375: (VI_1) Entering MASTER STATE`: seconds since the start of the run, then the daemon's own words. */
  readonly lines: readonly string[];
}

/** Microseconds, as a daemon's own time stamps have them at best. */
const DECIMALS = 6;

/**
 * The logs of all daemons, in the order in which they first wrote. The stamp is the time of the run: a simulated machine
 * has no date.
 */
export function daemonLogs(events: readonly TraceEvent[]): DaemonLog[] {
  const logs = new Map<string, { node: string; daemon: string; lines: string[] }>();
  for (const event of events) {
    if (event.name !== 'daemon.log') continue;
    const key = `${event.node}\n${event.daemon}`;
    const log = logs.get(key) ?? { node: event.node, daemon: event.daemon, lines: [] };
    logs.set(key, log);
    for (const line of linesOf(event.line)) log.lines.push(`${formatSeconds(event.time, DECIMALS)}: ${line}`);
  }
  return [...logs.values()];
}

/**
 * Daemons' lines in order of time for a screen: `  13.084375  n2 keepalived: (VI_1) Entering MASTER STATE`.
 *
 * @param node only this node's daemons; all by default
 * @param daemon only this one: `keepalived`, `ucarp`, `kernel` for CARP; all by default
 */
export function logLines(
  report: { readonly events: readonly TraceEvent[] },
  node?: string,
  daemon?: string,
): string[] {
  const lines: string[] = [];
  for (const event of report.events) {
    if (event.name !== 'daemon.log' || (node !== undefined && event.node !== node)) continue;
    if (daemon !== undefined && event.daemon !== daemon) continue;
    const stamp = formatSeconds(event.time, DECIMALS).padStart(11);
    for (const line of linesOf(event.line)) lines.push(`${stamp}  ${event.node} ${event.daemon}: ${line}`);
  }
  return lines;
}

/** A log as a file. */
export interface LogFile {
  /** Without a folder: `n1.keepalived.log`, `fw1.kernel.log`. */
  readonly name: string;
  readonly node: string;
  readonly daemon: string;
  /** As {@link logLines} has them. */
  readonly lines: readonly string[];
}

/**
 * The logs of daemons as files.
 *
 * @param writers those that have a file even if they write nothing; the files of others follow
 */
export function logFilesOf(
  report: { readonly events: readonly TraceEvent[] },
  writers: readonly { readonly node: string; readonly daemon: string }[],
): LogFile[] {
  const known = new Set(writers.map(({ node, daemon }) => `${node}\n${daemon}`));
  const others = daemonLogs(report.events).filter(({ node, daemon }) => !known.has(`${node}\n${daemon}`));
  return [...writers, ...others].map(({ node, daemon }) => ({
    // The second process of a node is `ucarp/2`.
    name: `${node}.${daemon.replaceAll('/', '-')}.log`,
    node,
    daemon,
    lines: logLines(report, node, daemon),
  }));
}

/** A line of a log is one line, whatever a configuration file has put into a name. */
const linesOf = (text: string): string[] => text.split(/\r\n|\r|\n/);
