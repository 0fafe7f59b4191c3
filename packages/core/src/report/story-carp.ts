import { type Nanoseconds, SECOND } from '../engine/index.js';
import { demotionInWords } from './carp-details.js';
import { type Cause, hostOf, STATE_AFTER_CAUSE } from './causes.js';
import { instanceOf } from './election-events.js';
import { ownedBy } from './ownership.js';
import type { StoryEntry } from './story-entry.js';
import type { Telling } from './story-events.js';

/** What a cause has led to at once. */
export interface Consequence {
  readonly time: Nanoseconds;
  readonly text: string;
}

/** Masters of CARP whose kernels do not hold the address: ucarp adds it by a script only, which may do nothing. */
export function tellMastersWithout({ report, names, elections }: Telling): StoryEntry[] {
  return report.vips.flatMap((vip) => {
    const owned = new Map(
      vip.facts.instances.map(({ node }) => [node, ownedBy(vip.ownership, node)] as const),
    );
    return elections.states.flatMap((state): StoryEntry[] => {
      if (state.name !== 'carp.state' || state.to !== 'MASTER') return [];
      if (instanceOf(vip.facts, state) === undefined) return [];
      const holds = owned
        .get(state.node)
        ?.some(({ from, to }) => from <= state.time + SECOND && to > state.time);
      if (holds === true) return [];
      const subject = `${state.node} master without ${names.short(vip.address)}`;
      return [
        {
          time: state.time,
          kind: 'owner',
          level: 'normal',
          subject,
          text: `${state.instance} is MASTER, and its kernel does not have the address`,
          vip: vip.address,
          style: 'warn',
          isLettered: true,
          key: subject,
        },
      ];
    });
  });
}

/** The demotions that no cause tells of: what comes later, and by itself. */
export function tellDemotions({ report, elections }: Telling): StoryEntry[] {
  return elections.demotions.map((event): StoryEntry => {
    const isTold = report.causes.some(
      (cause) =>
        hostOf(cause, report.facts.nodes) === event.node &&
        cause.time <= event.time &&
        event.time - cause.time <= STATE_AFTER_CAUSE,
    );
    const subject = `${event.node} demoted ${event.to}`;
    return {
      time: event.time,
      kind: isTold ? 'detail' : 'alarm',
      level: isTold ? 'v' : 'normal',
      subject,
      text: demotionInWords(event),
      vip: null,
      style: isTold ? 'dim' : 'warn',
      isLettered: false,
      key: subject,
      detail: 'states',
    };
  });
}

/** How a cause has demoted a node, or undone it: `10.300 demoted by 240 (interface down)`. */
export function demotionsAfter(
  { elections, seconds }: Telling,
  { time }: Cause,
  node: string,
  next: Nanoseconds = Number.POSITIVE_INFINITY,
): Consequence[] {
  return elections.demotions
    .filter(
      (event) =>
        event.node === node &&
        event.time >= time &&
        event.time - time <= STATE_AFTER_CAUSE &&
        event.time < next,
    )
    .map((event) => ({
      time: event.time,
      text: `${seconds(event.time)} demoted ${demotionInWords(event)}, to ${event.to}`,
    }));
}
