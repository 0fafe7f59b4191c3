import type { SourceRange } from '../../diagnostic/diagnostic.js';
import type { Ipv4Address } from '../../wire/index.js';

/** What an up or down script of ucarp does to the kernel, as far as it could be read. */
export interface VipScript {
  /** As the command line names it. */
  readonly path: string;
  /** In the order of its lines. */
  readonly changes: readonly ScriptedChange[];
}

/** One line of a script: `ip addr add $2/24 dev $1`. */
export interface ScriptedChange {
  readonly op: 'add' | 'remove';
  /** Null: the virtual address ($2). */
  readonly address: Ipv4Address | null;
  /** Null: that of the interface's network, or of whatever is there if it is removed. */
  readonly prefixLength: number | null;
  /** Null: the interface that ucarp runs on ($1). */
  readonly interface: string | null;
}

/** A ucarp command line, every option resolved and defaulted (ucarp.c `main`). */
export interface UcarpConfig {
  /** `-i`. */
  readonly interface: string;
  /** `-s`: where adverts come from, and what ties are decided with. */
  readonly source: Ipv4Address;
  /** `--mcastip`; default 224.0.0.18. */
  readonly multicastGroup: Ipv4Address;
  /** `-v`, 1..255. */
  readonly vhid: number;
  /** `-p`, or the first line of `-o`; at most 19 bytes. */
  readonly password: string;
  /** `-a`. */
  readonly address: Ipv4Address;
  /** `-b`, seconds, 0..255; default 1. */
  readonly advbase: number;
  /** `-k`, 0..255; default 0. */
  readonly advskew: number;
  /** `-r`; default 3. */
  readonly deadRatio: number;
  /** `-P`. */
  readonly preempt: boolean;
  /** `-n`: no down script at the start. */
  readonly neutral: boolean;
  /** `-z`: the down script runs when it is told to end. */
  readonly downAtExit: boolean;
  /** `-S`: carrier does not matter. */
  readonly ignoresLinkState: boolean;
  /** `-M`: Ethernet broadcast instead of multicast. */
  readonly noMulticast: boolean;
  /** `-u`; null where none is given. */
  readonly upScript: VipScript | null;
  /** `-d`. */
  readonly downScript: VipScript | null;
  /** `-x`; handed to the scripts. */
  readonly extra: string | null;
  /** Where options were written, by their short letter (`v`, `k`, `a`, …); `command` is the whole command. */
  readonly origin: Readonly<Record<string, { readonly file: string; readonly range: SourceRange }>>;
}
