import type { IpAddress } from '../wire/index.js';
import type { Host } from './host.js';
import type { Interface } from './interface.js';
import type { Mailbox, Process } from './process.js';

/** What the kernel tells a daemon that listens (rtnetlink(7)). */
export type NetlinkEvent =
  | { readonly kind: 'link'; readonly interface: Interface; readonly up: boolean }
  | {
      readonly kind: 'address';
      readonly interface: Interface;
      readonly address: IpAddress;
      readonly prefixLength: number;
      readonly op: 'add' | 'del';
    };

/** The same as plain data, for the queue of a frozen process. */
type HeldEvent =
  | { readonly kind: 'link'; readonly interfaceIndex: number; readonly up: boolean }
  | {
      readonly kind: 'address';
      readonly interfaceIndex: number;
      readonly address: IpAddress;
      readonly prefixLength: number;
      readonly op: 'add' | 'del';
    };

/** One process's ear on links and addresses. It hears as long as the process runs. */
export class NetlinkListener implements Mailbox {
  private readonly tag: number;

  constructor(
    private readonly host: Host,
    private readonly process: Process,
    private readonly listener: (event: NetlinkEvent) => void,
  ) {
    this.tag = process.addMailbox(this);
  }

  receive(event: NetlinkEvent): void {
    if (!this.process.isRunning) return;
    if (!this.process.isFrozen) {
      this.listener(event);
      return;
    }
    const { interface: face, ...rest } = event;
    const item = { ...rest, interfaceIndex: face.index } as HeldEvent;
    this.process.hold(this.tag, item);
  }

  replay(item: object): void {
    const { interfaceIndex, ...rest } = item as HeldEvent;
    const face = this.host.interfaceAt(interfaceIndex);
    if (face !== undefined) this.listener({ ...rest, interface: face } as NetlinkEvent);
  }

  close(): void {}
}
