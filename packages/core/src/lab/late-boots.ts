import { EventClass, type EventTarget, type Slot } from '../engine/index.js';
import { boot } from './actions.js';
import type { Network } from './network.js';

/** The first boots of machines that get their power only after the start of the run. */
export class LateBoots implements EventTarget {
  readonly id: number;
  readonly path = 'late-boots';
  readonly isDerived = false;
  readonly keepsSlot = false;

  constructor(private readonly network: Network) {
    this.id = network.engine.register(this);
  }

  /** Called once, when the run starts: says who has no power yet, and sets when that ends. */
  arm(): void {
    const { engine, trace, plan } = this.network;
    for (const [index, { name, start }] of plan.hosts.entries()) {
      if (start === 0) continue;
      if (trace.isOn) trace.emit('node.power', name, { on: false });
      engine.insertAfter(this.adopt(index), start, EventClass.ACTION);
    }
  }

  fire(slot: Slot): void {
    const { engine, plan } = this.network;
    const host = plan.hosts[engine.row[slot] as number];
    engine.releaseSlot(slot);
    if (host !== undefined) boot(this.network, host.name);
  }

  keyOf(slot: Slot): readonly [number, number] {
    return [this.network.engine.row[slot] as number, 0];
  }

  adopt(index: number): Slot {
    const slot = this.network.engine.allocateSlot(this);
    this.network.engine.row[slot] = index;
    return slot;
  }
}
