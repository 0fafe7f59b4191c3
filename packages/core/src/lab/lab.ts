import { type Diagnostic, DiagnosticError } from '../diagnostic/diagnostic.js';
import { type DurationInput, type Nanoseconds, parseDuration } from '../engine/index.js';
import type { ActionDesign, LabDesign } from './design.js';
import type { DesignProblem } from './design-problem.js';
import type { LabPlan } from './plan.js';
import { planLab } from './plan-lab.js';
import { Run } from './run.js';
import { Simulation, type SimulationOptions } from './simulation.js';
import { designDigest } from './token.js';

/** How a lab is run from beginning to end. */
export interface RunOptions extends SimulationOptions {
  /** Until when; default the lab's duration. */
  readonly until?: DurationInput | Nanoseconds;
  /** Where the lab's expectation is written, for the report: `lab.yaml:14:10`. */
  readonly expectedAt?: string;
  /** What is done to the network beside the lab's own schedule. */
  readonly causes?: readonly ActionDesign[];
}

/** A design that can be built and run. Made by {@link defineLab}. */
export class Lab {
  /** Made by {@link defineLab} only. */
  constructor(
    readonly design: LabDesign,
    readonly plan: LabPlan,
    /** Warnings and notes; a lab with errors is not made. */
    readonly diagnostics: readonly Diagnostic[],
  ) {}

  get name(): string {
    return this.design.name;
  }

  /** Eight letters and digits that stand for the design and its configuration files in replay tokens. */
  get digest(): string {
    return designDigest(this.design);
  }

  /** A simulation at its first instant, to be stepped by hand. */
  start(options: SimulationOptions = {}): Simulation {
    return new Simulation(this.plan, options);
  }

  /**
   * One run from beginning to end. Synchronous: no clock, no files. With causes it is a run of the lab that has them in
   * its schedule.
   *
   * @throws DiagnosticError if a cause is none that a schedule takes.
   */
  run(options: RunOptions = {}): Run {
    const { causes, ...rest } = options;
    if (causes !== undefined)
      return this.with({ schedule: [...(this.design.schedule ?? []), ...causes] }).run(rest);
    const until =
      options.until === undefined
        ? this.plan.duration
        : typeof options.until === 'number'
          ? options.until
          : parseDuration(options.until);
    return new Run(this, options, until);
  }

  /** The same lab with something changed. */
  with(changes: Partial<LabDesign>): Lab {
    return defineLab({ ...this.design, ...changes });
  }
}

/** A design's problem as a diagnostic without a place in a file. */
export function problemToDiagnostic(name: string, problem: DesignProblem): Diagnostic {
  const start = { line: 1, column: 1 };
  const where = problem.path.length === 0 ? '' : `${problem.path.join('.')}: `;
  return {
    severity: problem.severity,
    code: problem.code,
    message: `${where}${problem.message}`,
    file: name,
    range: { start, end: start },
  };
}

/**
 * Makes a lab of a design: checks it, reads its configuration files' texts and works out what was left open.
 *
 * @throws DiagnosticError with everything that is wrong, at once.
 * @example
 * ```ts
 * const pair = defineLab({ name: 'pair', nodes: {
 *   n1: { address: '192.168.1.11/24', keepalived: n1conf },
 *   n2: { address: '192.168.1.12/24', keepalived: n2conf },
 *   c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } } },
 *   schedule: [{ at: '10s', do: 'power-off', node: 'n1' }] });
 * pair.run({ seed: 1, until: '45s' }).report.vip('192.168.1.100').handovers;
 * ```
 */
export function defineLab(design: LabDesign): Lab {
  const { plan, problems, diagnostics } = planLab(design);
  const all = [...diagnostics, ...problems.list.map((problem) => problemToDiagnostic(design.name, problem))];
  const carriesOn = new Set(
    Object.entries(design.nodes).flatMap(([name, node]) =>
      node.kind !== 'switch' && typeof node.keepalived === 'object' && node.keepalived.likeDaemon === true
        ? [node.keepalived.file ?? `${name}/keepalived.conf`, ...Object.keys(node.keepalived.includes ?? {})]
        : [],
    ),
  );
  if (all.some((diagnostic) => diagnostic.severity === 'error' && !carriesOn.has(diagnostic.file)))
    throw new DiagnosticError(all);
  return new Lab(design, plan, all);
}
