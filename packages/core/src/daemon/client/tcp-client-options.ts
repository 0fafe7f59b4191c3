import type { Nanoseconds } from '../../engine/index.js';
import type { ProcessOptions } from '../../host/index.js';
import type { KeepAliveOptions } from '../../host/tcp/socket-api.js';
import type { IpAddress } from '../../wire/index.js';

/** What a client speaks over its connections. */
export type TcpSpeech =
  | { readonly protocol: 'line' }
  | {
      readonly protocol: 'http';
      /** `/` if left out. */
      readonly path?: string;
    }
  | {
      readonly protocol: 'postgres';
      /** `app` if left out. */
      readonly user?: string;
      /** `postgres` if left out. */
      readonly database?: string;
      /** `show cluster_name` if left out: the server's answer is its node's name. */
      readonly query?: string;
    };

/** How a broken connection of a pool is opened again: after `after`, then `factor` times as late, `most` at the latest. */
export interface RetryOptions {
  /** ns; 100 ms if left out. */
  readonly after?: Nanoseconds;
  /** ns; 10 s if left out. */
  readonly most?: Nanoseconds;
  /** 2 if left out. */
  readonly factor?: number;
}

/** A TCP client: what all kinds of them are made from. */
export interface TcpClientOptions extends ProcessOptions {
  /** The name of the process, and of the client in the trace. */
  readonly name: string;
  /** Whom it asks. */
  readonly target: IpAddress;
  readonly port: number;
  /** From one request to the next; ns. */
  readonly every: Nanoseconds;
  /**
   * ns. Short connections: for connecting and the answer together, 1 s if left out. A held connection: for connecting,
   * 1 s if left out, and for each answer, without a limit if left out. A pool: from the request until its answer, 1 s
   * if left out.
   */
  readonly timeout?: Nanoseconds;
  /** How long after its start it begins; ns, at once if left out. */
  readonly from?: Nanoseconds;
  /** Lines if left out. */
  readonly speak?: TcpSpeech;
  readonly keepAlive?: KeepAliveOptions;
  /** TCP_USER_TIMEOUT of its connections; ns. */
  readonly userTimeout?: Nanoseconds;
  /** The address it connects from; what the route suggests if left out. */
  readonly source?: IpAddress;
}
