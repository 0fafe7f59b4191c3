/**
 * One machine's kernel: what happens to frames and packets inside a host, and the frame in which programs run.
 */
export type { AddressOptions, AddressScope, InterfaceAddress } from './address-list.js';
export {
  advertInterval,
  masterDownInterval,
  tickedSpan,
  vrrpMasterDownInterval,
} from './carp/carp-timers.js';
export { FileSystem } from './file-system.js';
export { Host } from './host.js';
export type { HostOptions, InterfaceOptions, SendOptions } from './host-options.js';
export { ICMP_TYPES } from './icmp.js';
export { IgmpHost } from './igmp-host.js';
export { Interface } from './interface.js';
export type { AddressState, Ipv6AddressOptions, Ipv6InterfaceAddress } from './ipv6/ipv6-address-list.js';
export { Ipv6, type Ipv6SendOptions } from './ipv6/ipv6-host.js';
export { Ipv6Interface } from './ipv6/ipv6-interface.js';
export type { Ipv6Path, Ipv6RouteOptions } from './ipv6/ipv6-routing.js';
export { DEFAULT_IPV6_SYSCTLS, type Ipv6Sysctls } from './ipv6/ipv6-sysctl.js';
export { type AnnouncementOptions, announceIpv6 } from './ipv6/nd-output.js';
export { Ipv6RawSocket, type Ipv6RawSocketOptions } from './ipv6/raw-socket-ipv6.js';
export { NEIGHBOUR_STATES, type Neighbour, NeighbourCache, type NeighbourState } from './neighbour-cache.js';
export { NeighbourTable } from './neighbour-table.js';
export type { NetlinkEvent } from './netlink.js';
export { PacketCapture, type PacketCaptureOptions } from './packet-capture.js';
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
