import type { Nanoseconds } from '../engine/index.js';
import type { FrameSighting } from '../report/index.js';
import type { FrameFate, FrameListener } from '../trace/index.js';
import { BROADCAST_MAC, describeFrame, type EthernetFrame, type MacAddress } from '../wire/index.js';
import type { LabPlan } from './plan.js';

const FATES: Readonly<Record<FrameFate, string>> = {
  sent: '',
  delivered: '',
  lost: ' (lost on the cable)',
  'queue-full': ' (dropped: the queue is full)',
  cut: ' (lost: the cable is cut)',
  filtered: ' (dropped by a filter)',
  blocked: ' (dropped: the port is blocked)',
  corrupt: ' (dropped: frame check sequence wrong)',
};

/** Every frame that a host sends, and every one that gets lost, once each. */
export class FrameLog implements FrameListener {
  /** Frames sent by hosts. */
  count = 0;
  readonly sightings: FrameSighting[] = [];
  private readonly hosts: ReadonlySet<string>;
  private readonly owners: ReadonlyMap<MacAddress, string>;

  constructor(
    plan: LabPlan,
    /** False: only count. */
    private readonly keeps: boolean,
  ) {
    this.hosts = new Set(plan.hosts.map((host) => host.name));
    this.owners = new Map(plan.hosts.flatMap((host) => host.interfaces.map((face) => [face.mac, host.name])));
  }

  onFrame(time: Nanoseconds, port: string, fate: FrameFate, frame: object): void {
    if (fate === 'delivered') return;
    const node = port.slice(0, port.indexOf(':'));
    const isSent = fate === 'sent';
    if (isSent && !this.hosts.has(node)) return;
    if (isSent) this.count++;
    if (!this.keeps) return;
    const nameOf = (mac: MacAddress): string | undefined =>
      mac === BROADCAST_MAC ? 'all' : this.owners.get(mac);
    this.sightings.push({ time, node, text: describeFrame(frame as EthernetFrame, nameOf) + FATES[fate] });
  }
}
