import { bool, int, type RecordOf, record, u32, value } from '@viplab/core/engine';
import { clientWas, failoverWhile, requestAtCause } from './client-coverage.js';
import type { ClientResult, SeenClient } from './client-watch.js';
import type { Property, Violation, Watch } from './property.js';
import { SharedMonitor } from './shared-monitor.js';

/** Of which clients, and how many requests may be lost all the same. */
export interface NeverLosesOptions {
  /** Names of clients or of their nodes; default: all clients. */
  readonly of?: readonly string[];
  /** How many requests each client may lose in a run; default 0. */
  readonly atMost?: number;
}

const Losses = record('lost-requests', {
  wasServed: bool,
  /** When the earliest request was sent that was answered, as the client says. */
  servedFrom: int,
  lost: u32,
  said: value<string>(),
});

/** The words for each way to lose a request. */
const FATES: Readonly<Record<Exclude<ClientResult['result'], 'ok'>, string>> = {
  timeout: 'no answer came in time',
  unreachable: 'the server could not be reached',
  refused: 'it was refused',
  reset: 'its connection was reset',
  eof: 'the server hung up without an answer',
  error: 'the server answered with an error',
};

/** How a request was lost, in words. */
export const fateInWords = ({ result, detail }: ClientResult): string =>
  result === 'ok' ? 'it was answered' : `${FATES[result]}${detail === null ? '' : ` (${detail})`}`;

/** The requests of one client. */
class WatchedRequests {
  private readonly state: RecordOf<typeof Losses.fields>;

  constructor(
    watch: Watch,
    client: SeenClient,
    name: string,
    private readonly atMost: number,
  ) {
    this.state = watch.engine.record(`${name} of ${client.name}`, Losses, watch.engine.world);
    client.listen({ result: (event) => this.hear(event) });
  }

  get said(): string | null {
    return this.state.said;
  }

  private hear(event: ClientResult): void {
    const { state, atMost } = this;
    const { sentAt, result, client, attempt, server } = event;
    if (result === 'ok') {
      if (!state.wasServed || sentAt < state.servedFrom) state.servedFrom = sentAt;
      state.wasServed = true;
      return;
    }
    // Before its first answer the service was not there yet.
    if (!state.wasServed || sentAt < state.servedFrom) return;
    state.lost++;
    if (state.lost <= atMost || state.said !== null) return;
    const more = atMost === 0 ? '' : `, and ${atMost} may be lost`;
    state.said = `${client} loses request ${attempt} to ${server}: ${fateInWords(event)}${more}`;
  }
}

class NeverLoses extends SharedMonitor {
  private readonly watched: readonly WatchedRequests[];

  constructor(
    watch: Watch,
    private readonly name: string,
    { of, atMost = 0 }: NeverLosesOptions,
  ) {
    super(watch);
    this.watched = this.parts.clients
      .named(of)
      .map((client) => new WatchedRequests(watch, client, name, atMost));
  }

  get violation(): Violation | null {
    for (const { said } of this.watched) if (said !== null) return { property: this.name, message: said };
    return null;
  }
}

/**
 * No request of a client is lost once it was served: none is refused, reset, timed out, or answered with an error. With
 * `atMost` each client may lose so many in a run.
 *
 * @throws RangeError for a number that is none; and when it is watched, for a client that the lab does not have
 * @example
 * ```ts
 * await prove(lab, { properties: [neverLoses({ of: ['c1'], atMost: 20 })] });
 * ```
 */
export const neverLoses = (options: NeverLosesOptions = {}): Property => {
  const { of, atMost = 0 } = options;
  if (!Number.isSafeInteger(atMost) || atMost < 0)
    throw new RangeError(`neverLoses: atMost is ${atMost}; write a whole number of 0 or more`);
  const name = atMost === 0 ? 'never-loses' : `never-loses-more-than-${atMost}`;
  const whose = of === undefined ? 'a client' : of.join(' or ');
  return {
    name,
    means:
      atMost === 0
        ? `no request of ${whose} is lost`
        : `of ${whose} not more than ${atMost} requests are lost in a run`,
    quantifier: 'always',
    observes: 'clients',
    needs: [clientWas('served', of)],
    needsOfFaults: [failoverWhile('served', of)],
    covers: [requestAtCause(of)],
    watch: (watch) => new NeverLoses(watch, name, options),
  };
};
