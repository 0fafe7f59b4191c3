import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import type { ClientAttempt } from './client-attempt.js';
import { fieldOf, type ObservedEvent, textField } from './observation.js';
import type { RecordedRun } from './recording.js';
import { spreadOf } from './statistics.js';

/**
 * What chance and the granularity of its timers decided in the kernel of a recorded client: no protocol, so it is
 * taken over.
 */
export interface KernelPhases {
  /** How long it believed a neighbour after the last confirmation, drawn from 15 to 45 s; undefined if it never showed. */
  readonly reachableTime: Nanoseconds | undefined;
  /** From one broadcast request for an address to the next: a second and the timer's rounding; undefined if it never showed. */
  readonly retransTime: Nanoseconds | undefined;
}

/** A change of MAC makes an entry STALE too; it is noted as much before or after. */
const SAME_NOTICE: Nanoseconds = 100 * MILLISECOND;
/** Requests of one resolution are a second apart, and at most an eighth of it more (kernel/time/timer.c). */
const RETRANS_RANGE = [SECOND, 1.125 * SECOND] as const;

/** Reads them from one run, for one node and the clients on it. */
export function kernelPhases(run: RecordedRun, node: string, clients: readonly string[]): KernelPhases {
  const own = run.events.filter((event) => textField(event, 'node') === node);
  // All hosts of the recorder are one kernel, and only some ask for an address that it watches.
  const gaps = requestGaps(run.events);
  return {
    reachableTime: reachableTime(own, run, clients),
    retransTime: spreadOf(gaps)?.median,
  };
}

/**
 * From the last confirmation (an answer, which means an acknowledgement, or an ARP reply) to the kernel's notice that
 * it doubts the entry.
 */
function reachableTime(
  own: readonly ObservedEvent[],
  run: RecordedRun,
  clients: readonly string[],
): Nanoseconds | undefined {
  const doubted = own.find(
    (event) =>
      event.kind === 'neigh' &&
      fieldOf(event, 'state') === 'STALE' &&
      !own.some(
        (other) =>
          other.kind === 'arp_cache' &&
          textField(other, 'ip') === textField(event, 'ip') &&
          Math.abs(other.time - event.time) <= SAME_NOTICE,
      ),
  );
  if (doubted === undefined) return undefined;
  const confirms = ({ result }: ClientAttempt): boolean =>
    result === 'ok' || result === 'open' || result === 'eof';
  const answers = clients.flatMap((client) =>
    (run.clients.get(client) ?? []).filter(confirms).map(({ time, took }) => time + took),
  );
  const replies = run.events
    .filter(
      (event) =>
        event.kind === 'arp_reply' &&
        textField(event, 'to') === textField(doubted, 'node') &&
        textField(event, 'ip') === textField(doubted, 'ip'),
    )
    .map((event) => event.time);
  const last = Math.max(...[...answers, ...replies].filter((time) => time <= doubted.time));
  return Number.isFinite(last) ? doubted.time - last : undefined;
}

function requestGaps(events: readonly ObservedEvent[]): Nanoseconds[] {
  const last = new Map<string, Nanoseconds>();
  const gaps: Nanoseconds[] = [];
  const [least, most] = RETRANS_RANGE;
  for (const event of events) {
    if (event.kind !== 'arp_request' || fieldOf(event, 'unicast') === true) continue;
    const key = `${textField(event, 'node')} ${textField(event, 'ip')}`;
    const gap = event.time - (last.get(key) ?? Number.NEGATIVE_INFINITY);
    if (gap >= least && gap <= most) gaps.push(gap);
    last.set(key, event.time);
  }
  return gaps;
}
