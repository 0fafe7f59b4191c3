import { bool, int, type RecordOf, record } from '@viplab/core/engine';
import type { Deed } from '../campaign/fault.js';
import type { SeenClient } from './client-watch.js';
import { NO_HOST } from './lookout.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

const Happened = record('happened', { is: bool });
const LastCause = record('last-cause', {
  any: bool,
  /** When something was done last, as the trace says. */
  at: int,
});

/** What a client may be: it has a connection open, or it was answered before. */
export type ClientCondition = 'connected' | 'served';

const isSo = ({ open, wasServed }: SeenClient, condition: ClientCondition): boolean =>
  condition === 'connected' ? open > 0 : wasServed;

/** Something that was so once: it stays said. */
abstract class Once extends SharedMonitor {
  private readonly state: RecordOf<typeof Happened.fields>;
  protected readonly clients: readonly SeenClient[];

  constructor(
    watch: Watch,
    private readonly name: string,
    of: readonly string[] | undefined,
  ) {
    super(watch);
    this.clients = this.parts.clients.named(of);
    this.state = watch.engine.record(name, Happened, watch.engine.world);
  }

  get violation(): Violation | null {
    return this.state.is ? { property: this.name, message: this.name } : null;
  }

  protected get hasHappened(): boolean {
    return this.state.is;
  }

  protected happen(): void {
    this.state.is = true;
  }
}

class ClientWas extends Once {
  constructor(
    watch: Watch,
    name: string,
    of: readonly string[] | undefined,
    private readonly condition: ClientCondition,
  ) {
    super(watch, name, of);
  }

  protected override judge(): void {
    if (!this.hasHappened && this.clients.some((client) => isSo(client, this.condition))) this.happen();
  }
}

class ConnectionAtCause extends Once {
  protected override learn(_deed: Deed): void {
    if (!this.hasHappened && this.clients.some(({ open }) => open > 0)) this.happen();
  }
}

class RequestAtCause extends Once {
  constructor(watch: Watch, name: string, of: readonly string[] | undefined) {
    super(watch, name, of);
    const last = watch.engine.record(`last cause: ${name}`, LastCause, watch.engine.world);
    watch.network.trace.listen((event) => {
      if (event.name !== 'cause.began') return;
      last.any = true;
      last.at = event.time;
    });
    // A request is told when it has ended.
    for (const client of this.clients)
      client.listen({
        result: ({ sentAt }) => {
          if (last.any && sentAt < last.at && !this.hasHappened) this.happen();
        },
      });
  }
}

class FailoverWhile extends Once {
  private readonly handovers = this.parts.handoversWithin(null);

  constructor(
    watch: Watch,
    name: string,
    of: readonly string[] | undefined,
    private readonly condition: ClientCondition,
  ) {
    super(watch, name, of);
  }

  protected override judge(): void {
    if (this.hasHappened) return;
    for (const handover of this.handovers.vips) {
      if (handover.successor === NO_HOST) continue;
      const { clients } = handover.vip.budgets;
      if (this.clients.some((client) => clients.includes(client.node) && isSo(client, this.condition)))
        this.happen();
    }
  }
}

const whose = (of: readonly string[] | undefined): string => (of === undefined ? '' : ` (${of.join(', ')})`);

const sometimes = (name: string, means: string, watch: (watch: Watch) => Once): Property => ({
  name,
  means: `in some run: ${means}`,
  quantifier: 'sometimes',
  observes: 'clients',
  watch,
});

/** A client opens a connection, or is answered. */
export const clientWas = (condition: ClientCondition, of?: readonly string[]): Property => {
  const name = `${condition === 'connected' ? 'a client connected' : 'a client served'}${whose(of)}`;
  return sometimes(name, name, (watch) => new ClientWas(watch, name, of, condition));
};

/** A connection of a client is open when something is done to the network. */
export const connectionAtCause = (of?: readonly string[]): Property => {
  const name = `a connection open at a cause${whose(of)}`;
  return sometimes(name, name, (watch) => new ConnectionAtCause(watch, name, of));
};

/** A request of a client waits for its answer when something is done to the network. */
export const requestAtCause = (of?: readonly string[]): Property => {
  const name = `a request outstanding at a cause${whose(of)}`;
  return sometimes(name, name, (watch) => new RequestAtCause(watch, name, of));
};

/** A VIP goes over to another node while a client that asks it has a connection open, or was served before. */
export const failoverWhile = (condition: ClientCondition, of?: readonly string[]): Property => {
  const name = `a failover ${condition === 'connected' ? 'with a connection open' : 'after a client was served'}${whose(of)}`;
  return sometimes(name, name, (watch) => new FailoverWhile(watch, name, of, condition));
};
