import type { Interface, Process, RawSocket } from '../../host/index.js';
import { IP_PROTOCOL_VRRP, type Ipv4Address, type Ipv4Packet, VRRP_GROUP } from '../../wire/index.js';
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
  private readonly socket: RawSocket;

  private constructor(
    process: Process,
    iface: Interface | null,
    boundTo: Ipv4Address | null,
    isMulticast: boolean,
    receive: (packet: Ipv4Packet, iface: Interface, socket: AdvertSocket) => void,
  ) {
    this.socket = process.host.rawSocket(
      process,
      {
        protocol: IP_PROTOCOL_VRRP,
        interface: iface,
        boundTo,
        groups: isMulticast && boundTo !== null ? [boundTo] : [],
      },
      (packet, face) => receive(packet, face, this),
    );
  }

  /** Makes the sockets that a set of instances needs, while the lab is built. */
  static forInstances(
    process: Process,
    instances: readonly VrrpInstance[],
    receive: (packet: Ipv4Packet, iface: Interface, socket: AdvertSocket) => void,
  ): AdvertSocket[] {
    const sockets = new Map<string, AdvertSocket>();
    for (const instance of instances) {
      const { config, interface: iface } = instance;
      const boundTo = config.unicast
        ? (instance.configuredSource ?? instance.base?.primaryAddress ?? null)
        : config.multicastGroup.family === 'inet'
          ? config.multicastGroup.address
          : VRRP_GROUP;
      const key = `${iface?.name ?? ''} ${config.unicast} ${boundTo}`;
      let socket = sockets.get(key);
      if (socket === undefined) {
        socket = new AdvertSocket(process, iface, boundTo, !config.unicast, receive);
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

  /** Whether a packet carries a VRID that nobody here has: most adverts of a busy LAN. */
  isForeign({ payload }: Ipv4Packet): boolean {
    return payload.kind === 'vrrp' && !this.sharing.has(payload.virtualRouterId);
  }

  /** The advert in a packet and whose it is; undefined where the packet is too short to tell. */
  advertFor(packet: Ipv4Packet): ReceivedFor | undefined {
    const advert = advertOf(packet);
    if (advert === undefined) return undefined;
    const candidates = this.sharing.get(advert.virtualRouterId) ?? [];
    if (candidates.length < 2) return { advert, instance: candidates[0] };
    // Unicast instances may share a VRID; then the sender must be a peer (VRRP_FLAG_UNICAST_DUPLICATE_VRID).
    const instance = candidates.find(({ config }) =>
      config.unicastPeers.some(
        ({ address }) => address.family === 'inet' && address.address === packet.source,
      ),
    );
    return { advert, instance };
  }
}
