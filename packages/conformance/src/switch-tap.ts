import {
  type CarpAdvertisement,
  type EthernetFrame,
  type FrameFate,
  type FrameListener,
  formatIpv4,
  formatMac,
  isGroupMac,
  type Nanoseconds,
  TCP_RST,
  type VrrpAdvertisement,
} from '@viplab/core';
import type { AdvertRow, ObservedEvent } from './observation.js';

/** VRRPv3 counts its interval in hundredths of a second (RFC 5798 §5.2.7). */
const CENTISECONDS = 100;

/**
 * A tap on every port of the simulated switch that notes what the recorder notes of a real one: gratuitous ARPs, ARP
 * for virtual addresses, TCP resets, and advertisements as they enter and as they leave.
 */
export class SwitchTap implements FrameListener {
  readonly events: ObservedEvent[] = [];
  readonly sent = new Map<string, AdvertRow[]>();
  readonly delivered = new Map<string, AdvertRow[]>();
  private readonly ports: ReadonlyMap<string, string>;

  /**
   * @param switchName the name of the simulated switch; its ports have the names of the nodes on them
   * @param nodeOf node by address, for those that have one of their own
   */
  constructor(
    switchName: string,
    nodes: readonly string[],
    private readonly nodeOf: ReadonlyMap<string, string>,
    private readonly vips: ReadonlySet<string>,
  ) {
    this.ports = new Map(nodes.map((node) => [`${switchName}:${node}`, node]));
  }

  onFrame(time: Nanoseconds, port: string, fate: FrameFate, frame: object): void {
    const node = this.ports.get(port);
    if (node === undefined) return;
    const { payload, destination } = frame as EthernetFrame;
    if (payload.kind === 'ipv4') {
      if (payload.payload.kind === 'tcp') {
        const { flags, sourcePort, destinationPort } = payload.payload;
        if (fate !== 'delivered' || (flags & TCP_RST) === 0) return;
        const destination = formatIpv4(payload.destination);
        const to = this.nodeOf.get(destination) ?? destination;
        this.note(time, 'rst', { node, to, port: Math.min(sourcePort, destinationPort) });
        return;
      }
      if (payload.payload.kind !== 'vrrp' && payload.payload.kind !== 'carp') return;
      const row = rowOf(time, payload.payload);
      if (fate === 'delivered') append(this.sent, node, row);
      if (fate === 'sent') {
        const source = formatIpv4(payload.source);
        append(this.delivered, `${this.nodeOf.get(source) ?? source}>${node}`, row);
      }
      return;
    }
    if (payload.kind !== 'arp' || fate !== 'delivered') return;
    const { operation } = payload;
    const sender = formatIpv4(payload.senderIp);
    const target = formatIpv4(payload.targetIp);
    const mac = formatMac(payload.senderMac);
    if (sender === target) this.note(time, 'garp', { node, ip: sender, mac, op: operation });
    else if (operation === 'request' && this.vips.has(target)) {
      this.note(time, 'arp_request', { node, ip: target, unicast: !isGroupMac(destination) });
    } else if (operation === 'reply' && this.vips.has(sender)) {
      this.note(time, 'arp_reply', { node, ip: sender, mac, to: this.nodeOf.get(target) ?? target });
    }
  }

  private note(time: Nanoseconds, kind: string, fields: ObservedEvent['fields']): void {
    this.events.push({ time, kind, fields });
  }
}

function rowOf(time: Nanoseconds, advert: VrrpAdvertisement | CarpAdvertisement): AdvertRow {
  if (advert.kind === 'carp') {
    const { vhid, advskew, advbase } = advert;
    return { time, vrid: vhid, priority: advskew, interval: advbase, protocol: 'carp' };
  }
  return {
    time,
    vrid: advert.virtualRouterId,
    priority: advert.priority,
    interval: advert.version === 3 ? advert.interval / CENTISECONDS : advert.interval,
  };
}

function append(rows: Map<string, AdvertRow[]>, key: string, row: AdvertRow): void {
  const list = rows.get(key);
  if (list === undefined) rows.set(key, [row]);
  else list.push(row);
}
