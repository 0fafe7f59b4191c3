/**
 * @packageDocumentation
 * The viplab simulator: switches with CAM tables, hosts with ARP caches, VRRP machines and clients under one
 * deterministic clock. No files, no terminal, no test runner; it runs in a browser.
 */
export * from './diagnostic/index.js';
export * from './engine/index.js';
export * from './host/index.js';
export * from './lab/index.js';
export * from './link/index.js';
export * from './report/index.js';
export * from './switch/index.js';
export * from './trace/index.js';
export * from './wire/index.js';
export { Keepalived, type KeepalivedOptions, type ScriptCommand, tryParseScriptCommand } from './daemon/keepalived/index.js';
export * from './daemon/keepalived/configuration/index.js';
export { EchoServer, type EchoServerOptions } from './daemon/echo/echo-server.js';
export { UdpClient, type UdpClientOptions } from './daemon/client/udp-client.js';
