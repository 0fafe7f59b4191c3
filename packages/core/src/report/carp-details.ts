import type { TraceEvent } from '../trace/index.js';
import { advertInWords, isFarewell, reasonInWords, rejectionInWords, whyCarpState } from './carp-reasons.js';
import type { ElectionEvents } from './election-events.js';
import type { RunFacts } from './run-facts.js';
import type { Detail } from './story-entry.js';

/** An event of CARP as a detail of the story; null: it is none, or is told otherwise. */
export function carpDetailOf(event: TraceEvent, facts: RunFacts, elections: ElectionEvents): Detail | null {
  switch (event.name) {
    case 'carp.state': {
      if (event.to === 'MASTER') return null;
      // Why it gave up its addresses is told with them.
      if (event.from === 'MASTER')
        return { kind: 'states', subject: `${event.node} ${event.to}`, text: event.instance };
      const vip = facts.vips.find(({ instances }) =>
        instances.some(({ node, name }) => node === event.node && name === event.instance),
      );
      const why = vip === undefined ? reasonInWords(event.reason) : whyCarpState(elections, vip, event);
      return { kind: 'states', subject: `${event.node} ${event.to}`, text: `${event.instance}: ${why}` };
    }
    case 'carp.advert-sent':
      return isFarewell(event)
        ? {
            kind: 'adverts',
            subject: `${event.node} says goodbye`,
            text: `${event.instance}: advert ${advertInWords(event)} sent`,
          }
        : null;
    case 'carp.rejected':
      return {
        kind: 'adverts',
        subject: `${event.node} rejects advert`,
        text: `${event.instance === null ? '' : `${event.instance} `}from ${elections.nodeAt(event.from) ?? event.from}, vhid ${event.vhid}: ${rejectionInWords(event.reason)}`,
      };
    case 'carp.lower-advert':
      return {
        kind: 'adverts',
        subject: `${event.node} hears a lower one`,
        text: `${event.instance}: ${event.advbase}/${event.advskew} from ${elections.nodeAt(event.from) ?? event.from}, it announces its address again`,
      };
    default:
      return null;
  }
}

/** `by 240 (interface down)`, with OpenBSD `group carp by 1 (carpdev)`. */
export function demotionInWords({ scope, from, to, reason }: TraceEvent<'carp.demotion'>): string {
  const whose = scope === 'machine' ? '' : `group ${scope} `;
  return `${whose}by ${to - from}${reason === '' ? '' : ` (${reason})`}`;
}
