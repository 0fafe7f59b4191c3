import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { Outage } from './client-outages.js';
import type { ConnectionLife } from './connection-life.js';
import { breakInWords, hungInWords } from './life-words.js';
import type { StoryEntry } from './story-entry.js';
import type { Telling } from './story-events.js';

/** Connections of one client that break alike within this span are one sentence: a pool's. */
const TOGETHER = SECOND;
/** What lasts no longer than this after a connection broke is told with it. */
const AT_ONCE = 250 * MILLISECOND;

/** The connections that broke, and those that still hang at the end. */
export function tellConnections({ report, names, seconds }: Telling): StoryEntry[] {
  const entries: StoryEntry[] = [];
  for (const group of brokenTogether(report.connections)) {
    const [first] = group;
    if (first?.broken == null) continue;
    const { client, target, isKept } = first;
    const hung = Math.max(...group.map(({ broken }) => broken?.hung ?? 0));
    const what = isKept
      ? group.length === 1
        ? 'kept connection'
        : `${group.length} kept connections`
      : group.length === 1
        ? 'connection'
        : `${group.length} connections`;
    const hanging = group.length === 1 ? 'it hung ' : 'they hung up to ';
    const how = breakInWords(first);
    entries.push({
      time: first.broken.at,
      kind: 'connection',
      level: isKept ? 'normal' : 'v',
      subject: client,
      text: `${what} to ${names.short(target)} ${how}${hungInWords(hung, ` (${hanging}`, ' first)')}`,
      vip: target,
      ...(isKept ? ({ style: 'bad' } as const) : {}),
      isLettered: false,
      key: `${client} ${target} ${how} ${isKept}`,
      detail: 'TCP',
    });
  }
  for (const { client, target, hangsSince } of report.connections) {
    if (hangsSince === null) continue;
    entries.push({
      time: hangsSince,
      kind: 'connection',
      level: 'normal',
      subject: client,
      text: `connection to ${names.short(target)} hangs: nothing is answered until the end at ${seconds(report.facts.duration)}`,
      vip: target,
      style: 'bad',
      isLettered: false,
      key: `${client} ${target} hangs`,
      detail: 'TCP',
    });
  }
  return entries;
}

function brokenTogether(connections: readonly ConnectionLife[]): ConnectionLife[][] {
  const groups: ConnectionLife[][] = [];
  const open = new Map<string, ConnectionLife[]>();
  const broken = connections
    .filter((life) => life.broken !== null)
    .toSorted((one, other) => (one.broken?.at ?? 0) - (other.broken?.at ?? 0));
  for (const life of broken) {
    const key = `${life.node} ${life.client} ${life.target} ${breakInWords(life)} ${life.isKept}`;
    const group = open.get(key);
    const began = group?.[0]?.broken?.at;
    if (group !== undefined && began !== undefined && (life.broken?.at ?? 0) - began <= TOGETHER)
      group.push(life);
    else {
      const made = [life];
      open.set(key, made);
      groups.push(made);
    }
  }
  return groups;
}

/** What broken and refused connections have to say of the outages of one client and VIP, sorted out once. */
export class OutageWitness {
  /** The requests that were lost with kept connections, in order of their sending. */
  private readonly lost: readonly { readonly at: Nanoseconds; readonly endedAt: Nanoseconds }[];
  /** The RSTs that ended or refused connections, in order. */
  private readonly resets: readonly { readonly at: Nanoseconds; readonly by: string }[];

  constructor(connections: readonly ConnectionLife[], target: string) {
    const own = connections.filter((life) => life.target === target);
    this.lost = own
      .flatMap(({ isKept, broken, requests }) => {
        const last = requests.at(-1);
        return isKept && broken !== null && last !== undefined && last.result !== 'ok'
          ? [{ at: last.sentAt, endedAt: last.endedAt }]
          : [];
      })
      .sort((one, other) => one.at - other.at);
    this.resets = own
      .flatMap(({ end }) => (end.reset === null ? [] : [{ at: end.at, by: end.reset.by }]))
      .sort((one, other) => one.at - other.at);
  }

  /** Whether the breaking of kept connections, which is told, says all that there is to say of an outage. */
  hasTold(outage: Outage): boolean {
    const lost = within(this.lost, outage);
    const last: Nanoseconds = Math.max(...lost.map(({ endedAt }) => endedAt));
    return outage.hasEnded && lost.length === outage.attempts && outage.to - last <= AT_ONCE;
  }

  /** The nodes whose RSTs ended or refused connections during an outage: ` (by n2)`; empty if none did. */
  senders(outage: Outage): string {
    const nodes = new Set(within(this.resets, outage).map(({ by }) => by));
    return nodes.size === 0 ? '' : ` (by ${[...nodes].join(' and ')})`;
  }
}

/** Those of a list in order of time that lie within an outage, its ends included. */
function within<T extends { readonly at: Nanoseconds }>(sorted: readonly T[], { from, to }: Outage): T[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.at ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while ((sorted[end]?.at ?? Number.POSITIVE_INFINITY) <= to) end++;
  return sorted.slice(low, end);
}
