import {
  type Engine,
  NO_ROW,
  type Row,
  SECOND,
  type Table,
  table,
  timer,
  u8,
  window,
} from '../engine/index.js';
import type { Host } from './host.js';

const BucketColumns = {
  /** Tokens that are out; one comes back each second. */
  spent: u8,
  refill: timer,
};
const BucketRows = table('icmp-bucket', BucketColumns);

/** icmp_ratelimit: one error per second and destination, in the long run. */
const REFILL_TIME = SECOND;
/** XRLIM_BURST_FACTOR: as many may go at once. */
const BURST = 6;

const RedirectColumns = {
  sent: u8,
  /** Until it closes no further redirect goes to this sender. */
  gap: window,
  /** Since the last redirect (or the last refused one when they have stopped); then all begins anew. */
  memory: window,
};
const RedirectRows = table('icmp-redirect', RedirectColumns, 'memory');

/** ip_rt_redirect_load: the first gap, which doubles. */
const REDIRECT_LOAD = SECOND / 50;
/** ip_rt_redirect_number: then they stop. */
const REDIRECT_NUMBER = 9;
/** ip_rt_redirect_silence. */
const REDIRECT_SILENCE = REDIRECT_LOAD * 2 ** (REDIRECT_NUMBER + 1);

/**
 * How often ICMP errors go to one destination: a token bucket (Linux `inet_peer_xrlim_allow`) whose tokens come back
 * by a timer, so that no instant is kept; and the gaps between redirects (`ip_rt_send_redirect`).
 */
export class IcmpRateLimit {
  private readonly buckets: Table<typeof BucketColumns>;
  private readonly redirects: Table<typeof RedirectColumns>;

  /** @param name - `icmp` or `icmpv6`, each of which has limits of its own */
  constructor(engine: Engine, host: Host, name: 'icmp' | 'icmpv6' = 'icmp') {
    this.buckets = engine.table(`${host.name}/${name}-buckets`, BucketRows, host.domain, {
      refill: (row) => this.refill(row),
    });
    this.redirects = engine.table(`${host.name}/${name}-redirects`, RedirectRows, host.domain);
  }

  /** Whether an error may go to a destination now; if so, it counts. @param destination - the address as a number */
  allowsError(destination: number): boolean {
    const { buckets } = this;
    let row = buckets.find(destination);
    if (row === NO_ROW) row = buckets.insert(destination);
    const spent = buckets.columns.spent[row] as number;
    if (spent >= BURST) return false;
    buckets.columns.spent[row] = spent + 1;
    if (spent === 0) buckets.timers.refill.arm(row, REFILL_TIME);
    return true;
  }

  private refill(row: Row): void {
    const { buckets } = this;
    const spent = (buckets.columns.spent[row] as number) - 1;
    buckets.columns.spent[row] = spent;
    if (spent === 0) buckets.delete(row);
    else buckets.timers.refill.arm(row, REFILL_TIME);
  }

  /** Whether a redirect may go to a sender now; if so, it counts. */
  allowsRedirect(sender: number): boolean {
    const { redirects } = this;
    let row = redirects.find(sender);
    if (row !== NO_ROW && !redirects.isLiving(row)) {
      redirects.delete(row);
      row = NO_ROW;
    }
    if (row === NO_ROW) row = redirects.insert(sender);
    const sent = redirects.columns.sent[row] as number;
    if (sent >= REDIRECT_NUMBER) {
      redirects.windows.memory.open(row, REDIRECT_SILENCE);
      return false;
    }
    if (sent > 0 && redirects.windows.gap.isOpen(row)) return false;
    redirects.columns.sent[row] = sent + 1;
    redirects.windows.gap.open(row, REDIRECT_LOAD * 2 ** (sent + 1));
    redirects.windows.memory.open(row, REDIRECT_SILENCE);
    return true;
  }

  /** Forgets everything, for a power cycle. */
  reset(): void {
    this.buckets.clear();
    this.redirects.clear();
  }
}
