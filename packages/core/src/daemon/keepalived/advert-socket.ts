import type { Interface, Process } from '../../host/index.js';
import { IP_PROTOCOL_VRRP, type IpAddress, type IpPacket } from '../../wire/index.js';
import { advertOf, type ReceivedAdvert } from './advert-checks.js';
import type { VrrpInstance } from './vrrp-instance.js';

/** What a socket read, and for which instance; undefined where none has that VRID. */
export interface ReceivedFor {
  readonly advert: ReceivedAdvert;
  readonly instance: VrrpInstance | undefined;
}

/**
 * One receiving socket and the instances that share it (keepalived `sock_t`, `vrrp_create_sockpool`): one for each
 * interface with each group, and one for each interface with each unicast source. A multicast socket is bound to the
 * group, a unicast one to its source, so that neither is ever handed what is meant for the other.
 */
export class AdvertSocket {
  /** The instances that share it by VRID; complete once the lab is built. */
  private readonly sharing = new Map<number, VrrpInstance[]>();
  private readonly socket: { open(): void };

  private constructor(
    process: Process,
    iface: Interface | null,
    boundTo: IpAddress | null,
    isMulticast: boolean,
    family: 'inet' | 'inet6',
    receive: (packet: IpPacket, iface: Interface, socket: AdvertSocket) => void,
  ) {
    const { host } = process;
    const hear = (packet: IpPacket, face: Interface): void => receive(packet, face, this);
    const common = { protocol: IP_PROTOCOL_VRRP, interface: iface };
    if (family === 'inet') {
      const address = typeof boundTo === 'number' ? boundTo : null;
      const groups = isMulticast && address !== null ? [address] : [];
      this.socket = host.rawSocket(process, { ...common, boundTo: address, groups }, hear);
    } else {
      const address = typeof boundTo === 'string' ? boundTo : null;
      const groups = isMulticast && address !== null ? [address] : [];
      const own = isMulticast ? null : address;
      this.socket = host.rawSocketIpv6(process, { ...common, boundTo: own, groups }, hear);
    }
  }

  /** Makes the sockets that a set of instances needs, while the lab is built. */
  static forInstances(
    process: Process,
    instances: readonly VrrpInstance[],
    receive: (packet: IpPacket, iface: Interface, socket: AdvertSocket) => void,
  ): AdvertSocket[] {
    const sockets = new Map<string, AdvertSocket>();
    for (const instance of instances) {
      const { config, interface: iface } = instance;
      const boundTo = config.unicast
        ? (instance.configuredSource ?? instance.firstAddress)
        : config.multicastGroup.address;
      const key = `${iface?.name ?? ''} ${config.unicast} ${config.family} ${boundTo}`;
      let socket = sockets.get(key);
      if (socket === undefined) {
        socket = new AdvertSocket(process, iface, boundTo, !config.unicast, config.family, receive);
        sockets.set(key, socket);
      }
      const same = socket.sharing.get(config.virtualRouterId);
      if (same === undefined) socket.sharing.set(config.virtualRouterId, [instance]);
      else same.push(instance);
    }
    return [...sockets.values()];
  }

  open(): void {
    this.socket.open();
  }

  /** Whether a packet carries a VRID that nobody here has: most adverts of a busy LAN, and most of CARP. */
  isForeign({ payload }: IpPacket): boolean {
    if (payload.kind === 'vrrp') return !this.sharing.has(payload.virtualRouterId);
    return payload.kind === 'carp' && !this.sharing.has(payload.vhid);
  }

  /** The advert in a packet and whose it is; undefined where the packet is too short to tell. */
  advertFor(packet: IpPacket): ReceivedFor | undefined {
    const advert = advertOf(packet);
    if (advert === undefined) return undefined;
    const candidates = this.sharing.get(advert.virtualRouterId) ?? [];
    if (candidates.length < 2) return { advert, instance: candidates[0] };
    // Unicast instances may share a VRID; then the sender must be a peer (VRRP_FLAG_UNICAST_DUPLICATE_VRID).
    const instance = candidates.find(({ config }) =>
      config.unicastPeers.some(({ address }) => address.address === packet.source),
    );
    return { advert, instance };
  }
}
