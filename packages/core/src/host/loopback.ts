import { type Engine, EventClass, type EventTarget, type Slot } from '../engine/index.js';
import type { IpPacket } from '../wire/index.js';
import type { Host } from './host.js';

/**
 * The way of a packet from a host to itself: it comes in again in an event of its own at the same instant, as the
 * kernel queues it (Linux drivers/net/loopback.c `loopback_xmit`), never inside the call that sends it.
 */
export class LoopbackPath implements EventTarget {
  readonly id: number;
  readonly path: string;
  readonly isDerived = false;
  readonly keepsSlot = false;

  constructor(
    private readonly engine: Engine,
    private readonly host: Host,
  ) {
    this.path = `${host.name}/loopback`;
    this.id = engine.register(this);
  }

  send(packet: IpPacket): void {
    this.engine.post(this, 0, EventClass.DELIVERY, packet);
  }

  /** Called by the engine only. */
  fire(slot: Slot): void {
    if (this.host.isFrozen) {
      this.engine.hold(slot);
      return;
    }
    const packet = this.engine.payload[slot] as IpPacket;
    this.engine.releaseSlot(slot);
    if (this.host.isOn) this.host.receiveOwn(packet);
  }

  keyOf(): readonly [number, number] {
    return [0, 0];
  }

  adopt(): Slot {
    return this.engine.allocateSlot(this);
  }
}
