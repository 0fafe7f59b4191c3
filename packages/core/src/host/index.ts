/**
 * One machine's kernel: what happens to frames and packets inside a host, and the frame in which programs run.
 */
export type { AddressOptions, AddressScope, InterfaceAddress } from './address-list.js';
export { FileSystem } from './file-system.js';
export {
  Host,
  type HostOptions,
  type InterfaceOptions,
  type SendOptions,
} from './host.js';
export { ICMP_TYPES } from './icmp.js';
export { IgmpHost } from './igmp-host.js';
export { Interface } from './interface.js';
export { NEIGHBOUR_STATES, type Neighbour, type NeighbourState, NeighbourTable } from './neighbour-table.js';
export type { NetlinkEvent } from './netlink.js';
export { type DropRule, PacketFilter } from './packet-filter.js';
export { Process, type ProcessOptions, SOCKET_BUFFER_PACKETS } from './process.js';
export { RawSocket, type RawSocketOptions } from './raw-socket.js';
export type { Route, StaticRoute } from './route-table.js';
export type { Path, RouteOptions } from './routing.js';
export {
  DEFAULT_HOST_SYSCTLS,
  DEFAULT_INTERFACE_SYSCTLS,
  type HostSysctls,
  type InterfaceSysctls,
  type Sysctls,
} from './sysctl.js';
export {
  type DatagramListener,
  type SocketError,
  type UdpSendOptions,
  UdpSocket,
  type UdpSocketOptions,
} from './udp-socket.js';
