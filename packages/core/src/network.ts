/**
 * @packageDocumentation
 * The parts that a lab is built from: cables, switches, hosts and the programs on them.
 */
export type { PoolClientOptions } from './daemon/client/pool-client.js';
export { type TcpClientChoice, tcpClient } from './daemon/client/tcp-client.js';
export type { RetryOptions, TcpClientOptions, TcpSpeech } from './daemon/client/tcp-client-options.js';
export { UdpClient, type UdpClientOptions } from './daemon/client/udp-client.js';
export { EchoServer, type EchoServerOptions } from './daemon/echo/echo-server.js';
export { HttpServer, type HttpServerOptions } from './daemon/http/http-server.js';
export * from './daemon/keepalived/index.js';
export { PostgresServer, type PostgresServerOptions } from './daemon/postgres/postgres-server.js';
export type { PostgresAuthentication } from './daemon/postgres/postgres-startup.js';
export * from './daemon/ucarp/index.js';
export * from './host/index.js';
export type {
  ConnectOptions,
  KeepAliveOptions,
  ListenOptions,
  SocketAddress,
  SocketErrorName,
  SocketId,
  TcpHandlers,
  TcpSockets,
} from './host/tcp/socket-api.js';
export * from './link/index.js';
export {
  DEFAULT_SLOWNESS,
  HEALTHS,
  type Health,
  Service,
  type ServiceOptions,
} from './service/service.js';
export * from './switch/index.js';
