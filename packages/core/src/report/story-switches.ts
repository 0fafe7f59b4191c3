import { type Nanoseconds, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { spanInWords } from './spans-of-time.js';
import type { StoryEntry } from './story-entry.js';
import type { Telling } from './story-events.js';

/** A port that waits less than this before it forwards has kept nobody waiting. */
const WORTH_TELLING = SECOND;

/** What switches do by themselves: storms, ports that they shut, ports that spanning tree kept waiting. */
export function tellSwitches({ report }: Telling): StoryEntry[] {
  const { events } = report;
  return [
    ...events.filter((event) => event.name === 'switch.storm').map(storm),
    ...events.filter((event) => event.name === 'switch.err-disabled').map(shut),
    ...waits(events),
  ];
}

const entry = (
  time: Nanoseconds,
  subject: string,
  text: string,
  style: 'bad' | 'warn' | 'dim',
): StoryEntry => ({
  time,
  kind: 'alarm',
  level: 'normal',
  subject,
  text,
  vip: null,
  style,
  isLettered: true,
  key: '',
});

function storm({ time, node, vlan, floods, loop }: TraceEvent<'switch.storm'>): StoryEntry {
  const where = loop.length === 0 ? '' : `: the loop is ${loop.join(' ')}`;
  return entry(
    time,
    `${node} broadcast storm`,
    `one frame flooded ${floods} times in VLAN ${vlan}${where}; the run ends`,
    'bad',
  );
}

const REASONS: Readonly<Record<TraceEvent<'switch.err-disabled'>['reason'], string>> = {
  'bpdu-guard': 'a BPDU came in at a guarded port',
  'port-security': 'a source address that it does not admit',
  'arp-inspection': 'more ARP a second than it allows',
  'storm-control': 'more frames than its storm control allows',
};

const shut = ({ time, node, port, reason }: TraceEvent<'switch.err-disabled'>): StoryEntry =>
  entry(time, `${node} shuts port ${port}`, REASONS[reason], 'warn');

interface Wait {
  readonly node: string;
  readonly from: Nanoseconds;
  readonly to: Nanoseconds;
  readonly ports: string[];
}

/** Ports that had carrier and did not forward for a while, those of one switch and span together. */
function waits(events: readonly TraceEvent[]): StoryEntry[] {
  const since = new Map<string, Nanoseconds>();
  const found = new Map<string, Wait>();
  for (const event of events) {
    if (event.name !== 'stp.port') continue;
    const { time, node, port, role, state } = event;
    const key = `${node}:${port}`;
    const isWaiting = (role === 'designated' || role === 'root') && state !== 'forwarding';
    if (isWaiting) {
      if (!since.has(key)) since.set(key, time);
      continue;
    }
    const from = since.get(key);
    since.delete(key);
    if (from === undefined || state !== 'forwarding' || time - from < WORTH_TELLING) continue;
    const span = `${node} ${from} ${time}`;
    const wait = found.get(span) ?? { node, from, to: time, ports: [] };
    wait.ports.push(port);
    found.set(span, wait);
  }
  return [...found.values()].flatMap(({ node, from, to, ports }) => {
    const which = `port${ports.length === 1 ? '' : 's'} ${ports.join(', ')}`;
    const lasted = spanInWords(to - from);
    return [
      entry(from, `${node} blocks`, `${which}: carrier, but spanning tree lets nothing pass`, 'warn'),
      entry(to, `${node} forwards`, `${which}, ${lasted} after the carrier came`, 'dim'),
    ];
  });
}
