import { type Nanoseconds, parseDuration } from '../engine/index.js';
import {
  type ExpectedFact,
  type LifeTextOptions,
  type LogFile,
  lifeLines,
  lifeMermaid,
  logFilesOf,
  logLines,
  mermaid,
  plainText,
  type Report,
  type RunJson,
  reportOf,
  runJson,
  type StyledLine,
  type TextReportOptions,
  textReport,
  type VerdictWord,
} from '../report/index.js';
import { BroadcastStormError } from '../switch/index.js';
import { digestOfEvents, type Trace } from '../trace/index.js';
import { CaptureTap } from './capture.js';
import type { ExpectationDesign } from './design.js';
import { factsOf } from './facts.js';
import { FrameLog } from './frame-log.js';
import type { Lab, RunOptions } from './lab.js';
import type { HostPlan } from './plan.js';
import { Simulation } from './simulation.js';

/** The daemons of a host that elect owners, by the name under which they log. */
export const electorsOf = ({ keepalived, carp, ucarps }: HostPlan): string[] => [
  ...(keepalived === null ? [] : ['keepalived']),
  ...(carp === null ? [] : ['kernel']),
  ...ucarps.map(({ name }) => name),
];

/** One run of a lab, and everything there is to read of it. */
export class Run {
  /** The simulation at its end. */
  readonly simulation: Simulation;
  /** When it ended: at the instant it was meant to, or in a broadcast storm. */
  readonly until: Nanoseconds;
  private reported: Report | null = null;
  private readonly counted: FrameLog;

  /** Made by `Lab.run` only. */
  constructor(
    readonly lab: Lab,
    private readonly options: RunOptions,
    until: Nanoseconds,
  ) {
    // Counting costs next to nothing; who wants to see the frames themselves has the run replayed.
    this.counted = new FrameLog(lab.plan, false);
    this.simulation = new Simulation(lab.plan, { frames: this.counted, ...options });
    runUntil(this.simulation, until);
    this.until = this.simulation.now;
  }

  get trace(): Trace {
    return this.simulation.trace;
  }

  get seed(): number {
    return this.options.seed ?? 1;
  }

  /** What to type after `--replay` to get this run again. */
  get token(): string {
    return this.report.facts.token;
  }

  /** A stable hash of what happened. */
  get digest(): string {
    return digestOfEvents(this.trace.events);
  }

  /** What happened, per VIP, client and switch. */
  get report(): Report {
    if (this.reported === null) {
      const facts = factsOf(this.lab.design, this.lab.plan, this.seed, this.until);
      const expected = expectedOf(this.lab.plan.expect, this.options.expectedAt ?? 'expect');
      this.reported = reportOf(this.trace.events, { ...facts, ...(expected === null ? {} : { expected }) });
    }
    return this.reported;
  }

  /** The page of the run as styled lines. */
  lines(options: TextReportOptions = {}): StyledLine[] {
    const { count } = this.options.frames === undefined ? this.counted : this.frameLog(false);
    const sightings = options.level === 'vv' ? this.frameLog(true).sightings : [];
    return textReport(this.report, { frames: count, sightings, ...options });
  }

  /** Counts the frames, or keeps them too; the run is replayed with the tap open. */
  private frameLog(keeps: boolean): FrameLog {
    const log = new FrameLog(this.lab.plan, keeps);
    runUntil(new Simulation(this.lab.plan, { ...this.options, frames: log, record: false }), this.until);
    return log;
  }

  /** The page of the run as plain text. */
  text(options: TextReportOptions = {}): string {
    return plainText(this.lines(options));
  }

  /** The run as data: schema `viplab.run/1`. */
  json(): RunJson {
    return runJson(this.report, { digest: this.digest, diagnostics: this.lab.diagnostics });
  }

  /** The run as a Mermaid sequence diagram. */
  mermaid(): string {
    return mermaid(this.report);
  }

  /**
   * The life of one connection as styled lines.
   *
   * @param which - its name (`c1#3`), a client (its worst), or nothing (the worst of all)
   * @throws RangeError if there is none
   */
  connectionLines(which?: string, options: LifeTextOptions = {}): StyledLine[] {
    return lifeLines(this.report, this.report.connection(which), options);
  }

  /** The life of one connection as a Mermaid sequence diagram; which one as in {@link connectionLines}. */
  connectionMermaid(which?: string): string {
    return lifeMermaid(this.report, this.report.connection(which));
  }

  /** The daemons' own log lines, of one node or of all; those of CARP in a kernel are the daemon `kernel`'s. */
  log(node?: string): string[] {
    return logLines(this.report, node);
  }

  /** The same as files, one for each daemon: `n1.keepalived.log`, `fw1.kernel.log`, `n1.ucarp.log`. */
  logFiles(): LogFile[] {
    return logFilesOf(
      this.report,
      this.lab.plan.hosts.flatMap((host) => electorsOf(host).map((daemon) => ({ node: host.name, daemon }))),
    );
  }

  /**
   * A capture at a node: a pcapng file with nanosecond stamps. The run is replayed with the tap open.
   *
   * @throws RangeError if there is no such node.
   */
  pcapng(node: string): Uint8Array {
    const { plan } = this.lab;
    const isSwitch = plan.switches.find((part) => part.name === node);
    const host = plan.hosts.find((part) => part.name === node);
    if (isSwitch === undefined && host === undefined) {
      throw new RangeError(
        `no node '${node}' to tap: there are ${[...plan.switches, ...plan.hosts].map((part) => part.name).join(', ')}`,
      );
    }
    const ports =
      isSwitch?.ports.map((port) => port.name) ?? host?.interfaces.map((iface) => iface.name) ?? [];
    const tap = new CaptureTap(node, ports, host !== undefined);
    runUntil(new Simulation(plan, { ...this.options, frames: tap, record: false }), this.until);
    return tap.pcapng(`${this.lab.name}, ${this.token}`);
  }
}

/** A broadcast storm ends a run, and is what there is to be seen of it. */
function runUntil(simulation: Simulation, until: Nanoseconds): void {
  try {
    simulation.runUntil(until);
  } catch (error) {
    if (!(error instanceof BroadcastStormError)) throw error;
  }
}

function expectedOf(expect: readonly ExpectationDesign[], where: string): ExpectedFact | null {
  if (expect.length === 0) return null;
  const words: VerdictWord[] = [];
  let within: Nanoseconds | undefined;
  for (const item of expect) {
    if (typeof item === 'object') within = parseDuration(item.failover.within);
    else words.push(item === 'flap-free' ? 'no-flap' : item);
  }
  return {
    words: words.length === 0 ? ['no-flap'] : words,
    ...(within === undefined ? {} : { failoverWithinNs: within }),
    where,
  };
}
