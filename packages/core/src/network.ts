/**
 * @packageDocumentation
 * The parts that a lab is built from: cables, switches, hosts and the programs on them.
 */
export { UdpClient, type UdpClientOptions } from './daemon/client/udp-client.js';
export { EchoServer, type EchoServerOptions } from './daemon/echo/echo-server.js';
export * from './daemon/keepalived/index.js';
export * from './host/index.js';
export * from './link/index.js';
export * from './switch/index.js';
