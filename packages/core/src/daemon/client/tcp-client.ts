import type { Host, Process } from '../../host/index.js';
import { HeldClient } from './held-client.js';
import { PoolClient, type PoolClientOptions } from './pool-client.js';
import { ShortClient } from './short-client.js';
import type { TcpClientOptions } from './tcp-client-options.js';

/** How a client uses its connections: a new one for each request, one that is held, a pool. */
export type TcpClientChoice =
  | (TcpClientOptions & { readonly kind: 'short' | 'held' })
  | (PoolClientOptions & { readonly kind: 'pool' });

/**
 * Puts a TCP client onto a host.
 *
 * @throws RangeError for spans that are not positive, and for a pool without connections
 * @example
 * ```ts
 * tcpClient(host, { kind: 'held', name: 'app', target: ipv4Address('192.168.1.100'), port: 5432,
 *                   every: 200 * MILLISECOND, speak: { protocol: 'postgres' } });
 * ```
 */
export function tcpClient(host: Host, design: TcpClientChoice): Process {
  switch (design.kind) {
    case 'short':
      return new ShortClient(host, design);
    case 'held':
      return new HeldClient(host, design);
    case 'pool':
      return new PoolClient(host, design);
  }
}
