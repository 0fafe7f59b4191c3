import type { TraceEvent } from '@viplab/core';

/** How a connection ended that its client did not close. */
export type ConnectionDeath = Exclude<TraceEvent<'client.connection'>['change'], 'opened' | 'closed'>;

type ResetReason = TraceEvent<'tcp.reset-sent'>['reason'];

/** Whether a connection ended by another hand than its client's. */
export const isDeath = (change: TraceEvent<'client.connection'>['change']): change is ConnectionDeath =>
  change !== 'opened' && change !== 'closed';

const RESET_REASONS: Readonly<Record<ResetReason, string>> = {
  'no-connection': 'which has no such connection',
  'closed-port': 'where nobody listens on the port',
  aborted: 'whose program gave it up',
  'unread-data': 'which closed it with bytes unread',
  'bad-acknowledgement': 'which never sent what is acknowledged',
  keepalive: 'which got no answer to its keepalive probes',
};

/** How a connection died, in words that follow the connection: `is reset by n2, which has no such connection`. */
export function deathInWords(
  change: ConnectionDeath,
  reset: { readonly by: string; readonly reason: string } | null,
): string {
  switch (change) {
    case 'reset':
      if (reset === null) return 'is reset';
      return `is reset by ${reset.by}, ${RESET_REASONS[reset.reason as ResetReason] ?? reset.reason}`;
    case 'timeout':
      return 'dies in silence: what the client sent was never answered';
    case 'unreachable':
      return 'breaks: nobody answers for the address any more';
    case 'eof':
      return 'is ended by the server';
  }
}
