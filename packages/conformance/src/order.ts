import { MILLISECOND, type Nanoseconds, SECOND } from '@viplab/core';
import { alignRun } from './alignment.js';
import type { ComparisonRow, ReplayedRun } from './compare.js';
import { fieldOf, type Observation, type ObservedEvent, textField } from './observation.js';
import { FIRST_FRAME, SCHEDULING_DELAY } from './tolerance.js';

/** Events that were closer than this in reality may come in any order. */
const ORDER_RESOLUTION: Nanoseconds = 5 * MILLISECOND;

/**
 * Where the instants of a kind come from: frames carry the kernel's stamp, what the others say is stamped when it is
 * read. Everything that is not here comes from a daemon's log.
 */
const SOURCES: Readonly<Record<string, string>> = {
  garp: 'frame',
  arp_request: 'frame',
  arp_reply: 'frame',
  addr: 'kernel',
  link: 'kernel',
  fdb: 'switch',
  arp_cache: 'client',
  vip_path: 'client',
};

/** How far apart two recorded events have to be for their order to count: less where one reader stamped both. */
function resolution(a: ObservedEvent, b: ObservedEvent): Nanoseconds {
  const hasOneReader =
    (SOURCES[a.kind] ?? 'log') === (SOURCES[b.kind] ?? 'log') &&
    textField(a, 'node') === textField(b, 'node');
  return hasOneReader ? ORDER_RESOLUTION : ORDER_RESOLUTION + SCHEDULING_DELAY;
}

/** With how many of the events before it each is compared. */
const NEIGHBOURS = 20;

/** An event and what has to have happened at that node (or for that address) by then. */
interface Causality {
  readonly effect: (event: ObservedEvent) => boolean;
  readonly cause: (event: ObservedEvent) => boolean;
  /** The field in which cause and effect are equal. */
  readonly same: string;
  /** How long before at most. */
  readonly within: Nanoseconds;
}

const is =
  (kind: string, field?: string, value?: string) =>
  (event: ObservedEvent): boolean =>
    event.kind === kind && (field === undefined || event.fields[field] === value);

/** Cause and effect, whatever the distance: simulated effects need their causes. */
const CAUSALITIES: readonly Causality[] = [
  {
    // ucarp logs no timeout.
    effect: (event) => is('state', 'to', 'MASTER')(event) && fieldOf(event, 'instance') !== 'ucarp',
    cause: is('advert_timeout'),
    same: 'instance',
    within: 0.1 * SECOND,
  },
  { effect: is('addr', 'op', 'add'), cause: is('state', 'to', 'MASTER'), same: 'node', within: 0.1 * SECOND },
  { effect: is('garp'), cause: is('addr', 'op', 'add'), same: 'ip', within: 1e6 * SECOND },
  { effect: is('prio0_received'), cause: is('prio0_sent'), same: 'instance', within: 0.1 * SECOND },
  { effect: is('arp_reply'), cause: is('arp_request'), same: 'ip', within: 0.1 * SECOND },
  {
    effect: (event) => event.kind === 'arp_cache' && fieldOf(event, 'mac') !== null,
    cause: (event) => event.kind === 'garp' || event.kind === 'arp_reply',
    same: 'ip',
    within: 0.1 * SECOND,
  },
];

/** Two rows for a case: the order of its events, and that no simulated effect comes without its cause. */
export function orderOf(runs: readonly ReplayedRun[]): ComparisonRow[] {
  return [
    verdictOn('order of events', 'order', runs.length, runs.flatMap(reversals)),
    verdictOn(
      'causes before effects',
      'causes',
      runs.length,
      runs.flatMap(({ simulated }) => withoutCause(simulated)),
    ),
  ];
}

function verdictOn(
  label: string,
  kind: string,
  seenIn: number,
  complaints: readonly string[],
): ComparisonRow {
  const [first = ''] = complaints;
  return {
    label,
    kind,
    seenIn,
    real: undefined,
    simulated: undefined,
    verdict: complaints.length === 0 ? 'agrees' : 'differs',
    detail: complaints.length > 1 ? `${first} and ${complaints.length - 1} more` : first,
    events: 1,
  };
}

/** Neighbouring events of a recorded run whose simulated counterparts come the other way round. */
function reversals({ recorded, simulated }: ReplayedRun): string[] {
  const matched: { event: ObservedEvent; simulated: Nanoseconds }[] = [];
  for (const { event, real, counterparts } of alignRun(recorded, simulated, () => true)) {
    real.forEach(({ time, tolerance }, nth) => {
      const counterpart = counterparts[nth];
      // What chance decides keeps no order with the rest, and neither does the first frame of a process that starts.
      if (counterpart === undefined || tolerance.pace !== 'timer' || tolerance.early >= FIRST_FRAME) return;
      matched.push({ event: { ...event, time }, simulated: counterpart });
    });
  }
  matched.sort((a, b) => a.event.time - b.event.time);
  const complaints: string[] = [];
  matched.forEach((later, index) => {
    for (const earlier of matched.slice(Math.max(0, index - NEIGHBOURS), index)) {
      if (later.event.time - earlier.event.time <= resolution(earlier.event, later.event)) continue;
      if (later.simulated >= earlier.simulated) continue;
      const at = (later.event.time / SECOND).toFixed(3);
      complaints.push(`${later.event.kind} of ${at} s before ${earlier.event.kind} in ${recorded.name}`);
    }
  });
  return complaints;
}

/** Simulated effects before which their cause did not happen. */
export function withoutCause(run: Observation): string[] {
  const complaints: string[] = [];
  for (const { effect, cause, same, within } of CAUSALITIES) {
    for (const event of run.events.filter(effect)) {
      const value = textField(event, same);
      const isCaused = run.events.some(
        (other) =>
          cause(other) &&
          textField(other, same) === value &&
          other.time <= event.time &&
          event.time - other.time <= within,
      );
      if (!isCaused) complaints.push(`${event.kind} at ${event.time / SECOND} s without its cause`);
    }
  }
  return complaints;
}
