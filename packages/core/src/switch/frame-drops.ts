import { type Engine, NO_ROW, type Table, table } from '../engine/index.js';
import { FRAME_FILTER_NAMES, type FrameFilterName, isCaught } from '../link/index.js';
import { type EthernetFrame, type IpAddress, ipKey, isMulticast, isMulticastIpv6 } from '../wire/index.js';

/** The group's `ipKey`, and from which port to which; 0 stands for any. A row is a drop. */
const GroupDrops = table('multicast-drops', {});
/** From which port to which, and the place of a filter in {@link FRAME_FILTER_NAMES}, or of `all`. A row is a drop. */
const KindDrops = table('frame-drops', {});

/** Any port or any group. */
const ANY = 0;
const PORTS = 0x1_0000;
const ALL_KINDS = FRAME_FILTER_NAMES.length;

/** What gets lost between two ports: one kind of frame, or all. */
export type DroppedKind = FrameFilterName | 'all';

/** Frames that get lost inside a switch, between ports or everywhere: a fault, or a filter somebody configured. */
export class FrameDrops {
  private readonly groups: Table<typeof GroupDrops.fields>;
  private readonly kinds: Table<typeof KindDrops.fields>;

  constructor(engine: Engine, switchName: string) {
    this.groups = engine.table(`${switchName}/multicast-drops`, GroupDrops, engine.world);
    this.kinds = engine.table(`${switchName}/frame-drops`, KindDrops, engine.world);
  }

  /** True where nothing is dropped. */
  get isEmpty(): boolean {
    return this.groups.size === 0 && this.kinds.size === 0;
  }

  /** Drops a group or no longer; null is any group or any port. */
  setGroup(group: IpAddress | null, on: boolean, from: number | null, to: number | null): void {
    const ports = (from === null ? ANY : from + 1) * PORTS + (to === null ? ANY : to + 1);
    setRow(this.groups, group === null ? ANY : ipKey(group), ports, on);
  }

  /** Drops one kind of frame from a port to another, or no longer. */
  setKind(kind: DroppedKind, on: boolean, from: number, to: number): void {
    const place = kind === 'all' ? ALL_KINDS : FRAME_FILTER_NAMES.indexOf(kind);
    setRow(this.kinds, from * PORTS + to, place, on);
  }

  /** Drops nothing any more. */
  clear(): void {
    this.groups.clear();
    this.kinds.clear();
  }

  /** Whether a frame gets lost on its way from a port to another. */
  drops(frame: EthernetFrame, from: number, to: number): boolean {
    if (this.kinds.size > 0 && this.dropsKind(frame, from * PORTS + to)) return true;
    const { payload } = frame;
    if (this.groups.size === 0 || (payload.kind !== 'ipv4' && payload.kind !== 'ipv6')) return false;
    const group = payload.destination;
    const isGroup = typeof group === 'number' ? isMulticast(group) : isMulticastIpv6(group);
    return (
      isGroup && (this.dropsGroup(ipKey(group), from + 1, to + 1) || this.dropsGroup(ANY, from + 1, to + 1))
    );
  }

  private dropsKind(frame: EthernetFrame, ports: number): boolean {
    if (this.kinds.find(ports, ALL_KINDS) !== NO_ROW) return true;
    for (let place = 0; place < ALL_KINDS; place++) {
      const filter = FRAME_FILTER_NAMES[place] as FrameFilterName;
      if (this.kinds.find(ports, place) !== NO_ROW && isCaught(filter, frame)) return true;
    }
    return false;
  }

  private dropsGroup(group: number, from: number, to: number): boolean {
    const { groups } = this;
    return (
      groups.find(group, from * PORTS + to) !== NO_ROW ||
      groups.find(group, from * PORTS) !== NO_ROW ||
      groups.find(group, to) !== NO_ROW ||
      groups.find(group, ANY) !== NO_ROW
    );
  }
}

function setRow(rows: Table<Record<never, never>>, a: number, b: number, on: boolean): void {
  const row = rows.find(a, b);
  if (on && row === NO_ROW) rows.insert(a, b);
  if (!on && row !== NO_ROW) rows.delete(row);
}
