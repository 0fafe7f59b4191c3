import { MICROSECOND, MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import { CLIENT_PACE, type ClientAttempt } from './client-attempt.js';
import { type AdvertRow, dueAfter, textField } from './observation.js';
import type { RecordedRun } from './recording.js';
import { type ConfiguredInstance, statedLengths, vrrpIntervals } from './vrrp-intervals.js';

/** From one advertisement of a master to the next, and how much longer that was than the interval it states. */
interface LateGap {
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
  readonly late: Nanoseconds;
  readonly interval: Nanoseconds;
}

/** Longer pauses come from the protocol. */
const MOST_LATE_SHARE = 0.5;

function lateGaps(rows: readonly AdvertRow[]): LateGap[] {
  const last = new Map<number, AdvertRow>();
  const gaps: LateGap[] = [];
  for (const row of rows) {
    const before = last.get(row.vrid);
    last.set(row.vrid, row);
    if (before === undefined) continue;
    const interval = dueAfter(before);
    const late = row.time - before.time - interval;
    if (late > 0 && late <= interval * MOST_LATE_SHARE)
      gaps.push({ from: before.time, to: row.time, late, interval });
  }
  return gaps;
}

/**
 * How much later than its timers said a run had become by an instant, read from the gaps between its advertisements:
 * each is 0.2 to 5 ms late, and what follows inherits the sum. In each second the latest sender counts.
 */
export function latenessOf(run: RecordedRun): (time: Nanoseconds) => Nanoseconds {
  const perSecond: number[] = [];
  for (const rows of run.advertsSent.values()) {
    for (const { to, late } of lateGaps(rows)) {
      const second = Math.floor(to / SECOND);
      perSecond[second] = Math.max(perSecond[second] ?? 0, late);
    }
  }
  return (time) => {
    let sum = 0;
    for (let second = 0; second <= time / SECOND; second++) sum += perSecond[second] ?? 0;
    return sum;
  };
}

/** A process was not scheduled from one instant to the next. */
export interface Pause {
  readonly node: string;
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
}

/** Recordings are exact to 0.1 ms. */
export const ROUNDING: Nanoseconds = 0.1 * MILLISECOND;
/**
 * The pauses of each master that explain when its advertisements came: a timer fires when its process gets to run, and
 * on the recorder's machine of two cores that was 0.2 to 30 ms after it was due. A pause begins when the advertisement
 * was due by the protocol and the recording, so it explains lateness, never more.
 *
 * @param most - what is later than this is not the machine's doing
 */
export function pauses(
  run: RecordedRun,
  instances: ReadonlyMap<string, ConfiguredInstance>,
  most: Nanoseconds,
): Pause[] {
  const late = [...run.advertsSent].flatMap(([node, rows]) =>
    lateGaps(rows)
      .filter((gap) => gap.late <= most)
      .map(({ to, late }): Pause => ({ node, from: to - late, to })),
  );
  return merged([...late, ...lateElections(run, instances, most), ...lateAnnouncements(run, most)]);
}

/** A process that is woken does all that is due: pauses of one node that meet are one. */
function merged(found: readonly Pause[]): Pause[] {
  const result: Pause[] = [];
  for (const { node, from, to } of [...found].sort((a, b) => a.from - b.from)) {
    if (to <= from) continue;
    const begins = Math.max(0, from - ROUNDING);
    const before = result.findLastIndex((pause) => pause.node === node);
    const last = result[before];
    if (last === undefined || begins > last.to) result.push({ node, from: begins, to });
    else result[before] = { ...last, to: Math.max(last.to, to) };
  }
  return result;
}

/** From the instant at which a timeout was due to the advertisement with which its node became master. */
function lateElections(
  run: RecordedRun,
  instances: ReadonlyMap<string, ConfiguredInstance>,
  most: Nanoseconds,
): Pause[] {
  const elections = new Map<string, Pause>();
  for (const { node, instance, nth, since, length, at } of vrrpIntervals(run, instances)) {
    const configured = instances.get(`${node} ${instance}`);
    if (configured === undefined) continue;
    // The line that says BACKUP may have been read late, which makes the interval seem short.
    const shortest = since === 'since_backup' ? most : ROUNDING;
    const stated = statedLengths(configured).find(
      (span) => length >= span - shortest && length <= span + most,
    );
    const first = (run.advertsSent.get(node) ?? []).find(
      ({ vrid, time }) => vrid === configured.vrid && Math.abs(time - at) <= most,
    );
    if (stated === undefined || first === undefined) continue;
    const key = `${node} ${instance} ${nth}`;
    const from = Math.max(Math.min(at, at - length + stated), elections.get(key)?.from ?? 0);
    elections.set(key, {
      node,
      from,
      to: configured.takeover === undefined ? first.time : scriptEnd(run, node, at, most),
    });
  }
  return [...elections.values()];
}

/** ucarp announces what its up script has added, which took 3 to 19 ms; a simulated script takes no time. */
function scriptEnd(run: RecordedRun, node: string, at: Nanoseconds, most: Nanoseconds): Nanoseconds {
  const announced = run.events.find(
    (event) =>
      event.kind === 'garp' &&
      textField(event, 'node') === node &&
      event.time >= at &&
      event.time <= at + most,
  );
  return announced?.time ?? at;
}

/** A new master's second batch of gratuitous ARPs comes so long after the first (vrrp_garp_master_delay). */
const SECOND_BATCH: Nanoseconds = 5 * SECOND;

/** From the instant at which a second batch of gratuitous ARPs was due to its first frame. */
function lateAnnouncements(run: RecordedRun, most: Nanoseconds): Pause[] {
  return [...run.advertsSent].flatMap(([node, rows]) =>
    rows
      .filter((row, index) => row.protocol !== 'carp' && isFirst(row, rows.slice(0, index)))
      .flatMap(({ time }): Pause[] => {
        const due = time + SECOND_BATCH;
        const batch = run.events.find(
          (event) =>
            event.kind === 'garp' &&
            textField(event, 'node') === node &&
            event.time >= due &&
            event.time <= due + most,
        );
        return batch === undefined ? [] : [{ node, from: due, to: batch.time }];
      }),
  );
}

/** Whether an advertisement begins a series: its node has just become master. */
function isFirst(row: AdvertRow, before: readonly AdvertRow[]): boolean {
  return (
    row.priority !== 0 &&
    !before.some((other) => other.vrid === row.vrid && row.time - other.time < 2 * other.interval * SECOND)
  );
}

/** Results after which a client that holds a connection goes on at once. */
const GOES_ON: ReadonlySet<string> = new Set(['open', 'reset', 'eof']);
/** What a woken process does first is done before it is paused again. */
const BREATH: Nanoseconds = MICROSECOND;

/**
 * The pauses of a client that holds a connection: each sleep between its requests ends as late as its process runs,
 * and since the next request counts from the last, the sum decides which of them meet a move of the address.
 *
 * @param most - what is later than this is not the machine's doing
 * @param back - what is earlier than in the recording by so much is brought back to it
 */
export function clientPauses(
  attempts: readonly ClientAttempt[],
  most: Nanoseconds,
  back: Nanoseconds,
): Pick<Pause, 'from' | 'to'>[] {
  let free = 0;
  return attempts.flatMap(({ time: to }, index) => {
    const before = attempts[index - 1];
    if (before === undefined) return [];
    const { time, took, result } = before;
    const due = time + (GOES_ON.has(result) ? took : Math.max(CLIENT_PACE, took));
    const from = Math.max(free, due - back);
    if (to <= from || to - due > most) return [];
    free = to + BREATH;
    return [{ from, to }];
  });
}
