import type { Nanoseconds } from '../engine/index.js';
import type { EventName, TraceEvent } from '../trace/index.js';
import type { ConnectionLife } from './connection-life.js';
import type { Report } from './report.js';

/** Events that are about no connection and matter to some: where frames go, what nodes know, what was done to them. */
export type Surroundings = readonly TraceEvent<'vip.landed' | 'arp.learned' | 'cause.began' | 'node.power'>[];

/** Finds them once for all connections of a run. */
export const surroundingsOf = ({ events }: Report): Surroundings =>
  events.filter(
    (event) =>
      event.name === 'vip.landed' ||
      event.name === 'arp.learned' ||
      event.name === 'cause.began' ||
      event.name === 'node.power',
  );

/** What says that an end is gone; who answers with a RST has it no more. */
const ENDINGS: ReadonlySet<EventName> = new Set(['tcp.closed', 'tcp.reset', 'tcp.failed', 'tcp.reset-sent']);

/** The nodes whose kernels never learned that a connection is over: half-open ends, which hold what they hold. */
export function holdersAtEnd(life: ConnectionLife, surroundings: Surroundings): string[] {
  const holding = new Map<string, Nanoseconds>();
  for (const event of life.events) {
    if (event.node === life.node) continue;
    if (event.name === 'tcp.established') holding.set(event.node, event.time);
    else if (ENDINGS.has(event.name)) holding.delete(event.node);
  }
  for (const event of surroundings) {
    if (
      event.name === 'node.power' &&
      !event.on &&
      event.time >= (holding.get(event.node) ?? Number.MAX_VALUE)
    )
      holding.delete(event.node);
  }
  return [...holding.keys()];
}
