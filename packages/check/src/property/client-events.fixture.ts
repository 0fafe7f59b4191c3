import { defineLab, type LabDesign, MILLISECOND, type Nanoseconds, type Simulation } from '@viplab/core';
import { budgetsOf } from './budgets.js';
import { MonitorSet } from './monitor-set.js';
import type { Property, Violation } from './property.js';

/** What the client `c1` of a lab says at an instant, put into the trace by hand. */
export class SaidByClient {
  private readonly simulation: Simulation;
  private readonly sets: MonitorSet[] = [];
  private attempts = 0;

  constructor(design: LabDesign, properties: readonly Property[]) {
    const lab = defineLab(design);
    this.simulation = lab.start({
      attach: (network) => {
        this.sets.push(new MonitorSet(network, budgetsOf(lab.design, lab.plan), properties).listen());
      },
    });
  }

  at(ms: number): this {
    this.simulation.runUntil(ms * MILLISECOND);
    return this;
  }

  result(
    result: 'ok' | 'timeout' | 'refused' | 'reset',
    sentAt: number,
    {
      client = 'c1',
      attempt = ++this.attempts,
      connection = null,
    }: { client?: string; attempt?: number; connection?: number | null } = {},
  ): this {
    this.simulation.trace.emit('client.result', client, {
      ...{ client, server: '192.168.1.100:5432', attempt, result, by: result === 'ok' ? 'n1' : null },
      ...{ sentAt: sentAt * MILLISECOND, connection, stage: 'reply', detail: null },
    });
    return this;
  }

  connection(
    connection: number,
    change: 'opened' | 'closed' | 'eof' | 'reset' | 'timeout' | 'unreachable',
    { client = 'c1', local = `192.168.1.50:${40_000 + connection}` } = {},
  ): this {
    const server = '192.168.1.100:5432';
    this.simulation.trace.emit('client.connection', client, { client, server, connection, local, change });
    return this;
  }

  reset(node: string, remote: string): this {
    this.simulation.trace.emit('tcp.reset-sent', node, {
      ...{ local: '192.168.1.100:5432', remote, reason: 'no-connection' },
    });
    return this;
  }

  perform(action: Parameters<Simulation['perform']>[0]): this {
    this.simulation.perform(action);
    return this;
  }

  /** The rest of its life goes on from here in another network. */
  fork(properties: readonly Property[], design: LabDesign): SaidByClient {
    const other = new SaidByClient(design, properties);
    other.simulation.restore(this.simulation.save());
    other.attempts = this.attempts;
    return other;
  }

  get violations(): readonly Violation[] {
    for (const set of this.sets) set.observe();
    return this.sets.flatMap((set) => set.violations);
  }

  get happening(): readonly string[] {
    for (const set of this.sets) set.observe();
    return this.sets.flatMap((set) => set.happening);
  }

  get now(): Nanoseconds {
    return this.simulation.now;
  }
}

/** A pair whose client keeps silent for the first hour, so that only what is put in by hand is said. */
export function silentClient(pair: LabDesign): LabDesign {
  const c1 = { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080', from: '1h' } } as const;
  return { ...pair, nodes: { ...pair.nodes, c1 } };
}
