import type { Nanoseconds } from '../engine/index.js';
import type { ConnectionLife, Retransmission, SentReset } from './connection-life.js';
import { portOfServer } from './server-address.js';
import { type SecondsFormat, spanInWords, timesInWords } from './spans-of-time.js';

/** Why a node answers with a RST. */
export function resetInWords({ by, reason }: SentReset, life: ConnectionLife): string {
  switch (reason) {
    case 'no-connection':
      return `${by}'s kernel has no such connection and answers with RST`;
    case 'closed-port':
      return `nobody listens on port ${portOfServer(life.server)} of ${by}: its kernel answers with RST`;
    case 'aborted':
      return `${by} gives the connection up with RST`;
    case 'unread-data':
      return `${by} closes with bytes unread: RST`;
    case 'bad-acknowledgement':
      return `${by} gets an acknowledgement of what it never sent and answers with RST`;
    case 'keepalive':
      return `nobody answers ${by}'s keepalive probes: it gives up with RST`;
  }
}

/** The same in as few words as an arrow has room for. */
export function resetLabel({ reason }: SentReset): string {
  switch (reason) {
    case 'no-connection':
      return 'RST: no such connection here';
    case 'closed-port':
      return 'RST: nobody listens here';
    case 'aborted':
      return 'RST: given up';
    case 'unread-data':
      return 'RST: closed with bytes unread';
    case 'bad-acknowledgement':
      return 'RST: never sent what you acknowledge';
    case 'keepalive':
      return 'RST: no answer to keepalive';
  }
}

/** More instants than this are no help. */
const MOST_INSTANTS = 8;

/** What was sent again and when: `c1 sends it again 5 times: 10.346 10.549 10.957 11.773 13.405`. */
export function againInWords(group: readonly Retransmission[], seconds: SecondsFormat): string {
  const first = group[0];
  if (first === undefined) return '';
  const what = {
    syn: 'sends its SYN again',
    'syn-ack': 'sends its SYN+ACK again',
    timeout: 'sends it again',
    'tail-probe': 'sends it again',
    fast: 'sends at once again what the acknowledgements say is missing',
    'window-probe': 'asks whether there is room again',
    keepalive: 'asks whether the other end is still there (keepalive)',
  }[first.kind];
  if (group.length === 1) return `${first.by} ${what}`;
  const instants = group.map(({ at }) => seconds(at));
  const shown =
    instants.length <= MOST_INSTANTS
      ? instants.join(' ')
      : `${instants.slice(0, MOST_INSTANTS - 1).join(' ')} … ${instants.at(-1)}`;
  return `${first.by} ${what}, ${timesInWords(group.length)}: ${shown}`;
}

/** The same in as few words as an arrow has room for. */
export function againLabel(group: readonly Retransmission[]): string {
  const what = {
    syn: 'SYN again',
    'syn-ack': 'SYN+ACK again',
    timeout: 'again',
    'tail-probe': 'again',
    fast: 'again, at once',
    'window-probe': 'window probe',
    keepalive: 'keepalive',
  }[group[0]?.kind ?? 'timeout'];
  return group.length === 1 ? what : `${what}, ${timesInWords(group.length)}`;
}

/** Shorter than this nobody calls a silence. */
const SILENCE = 1_000_000;

/** `c1 sees ECONNRESET after 3.35 s of silence`. */
export function endInWords(life: ConnectionLife): string {
  const { node, end, broken, establishedAt } = life;
  const hung = broken?.hung ?? (establishedAt === null ? end.at - life.openedAt : null);
  const after = hung === null || hung < SILENCE ? '' : ` after ${spanInWords(hung)} of silence`;
  switch (end.how) {
    case 'reset':
    case 'refused':
      return `${node} sees ${end.error}${after}`;
    case 'silence':
      return end.error === null
        ? `${node} waits no longer${hung === null ? '' : ` (${spanInWords(hung)} without an answer)`}`
        : `${node} sees ${end.error}${after}`;
    case 'unreachable':
      return `${node} sees ${end.error ?? 'that there is no way to it'}${after}`;
    case 'goodbye':
      return `${broken?.node ?? life.with ?? 'the server'} hangs up (FIN): ${node} reads the end of the stream${after}`;
    case 'closed':
      return broken === null ? `${node} closes it` : `${node} waits no longer${after} and closes it`;
    case 'open':
      if (establishedAt === null) return 'the run ends before anybody has answered';
      return life.hangsSince === null
        ? 'the run ends, and it is still open'
        : `the run ends, and what ${node} sent is still not answered`;
  }
}

/** What became of it, in one line: `reset by n2 at 13.474, after a request hung 3.35 s`. */
export function fateInWords(life: ConnectionLife, seconds: SecondsFormat): string {
  const { broken, end, establishedAt, hangsSince } = life;
  if (establishedAt === null) {
    const never = 'never established';
    switch (end.how) {
      case 'refused':
        return `${never}: refused by ${end.reset?.by ?? 'somebody outside the lab'} at ${seconds(end.at)}`;
      case 'unreachable':
        return `${never}: no way to it (${end.error ?? 'unreachable'}), at ${seconds(end.at)}`;
      case 'open':
        return `${never} until the end of the run`;
      default:
        return `${never}: given up at ${seconds(end.at)}, ${spanInWords(end.at - life.openedAt)} after the first SYN`;
    }
  }
  if (broken !== null) {
    return `${breakInWords(life)} at ${seconds(broken.at)}${hungInWords(broken.hung, ', after a request hung ')}`;
  }
  if (end.how === 'open')
    return hangsSince === null
      ? 'open at the end of the run'
      : `hangs since ${seconds(hangsSince)}, and still does at the end of the run`;
  return end.how === 'goodbye'
    ? `closed by ${life.with ?? 'the server'} at ${seconds(end.at)}`
    : `closed at ${seconds(end.at)}`;
}

/** `reset by n2`, `ended by silence`, `ended by n1 (FIN)`, `cut off: no way to it`. */
export function breakInWords({ broken }: ConnectionLife): string {
  switch (broken?.by) {
    case 'reset':
      return `reset by ${broken.node ?? 'somebody outside the lab'}`;
    case 'silence':
      return 'ended by silence';
    case 'goodbye':
      return `ended by ${broken.node ?? 'the server'}'s goodbye`;
    case 'unreachable':
      return 'cut off: no way to the server';
    case undefined:
      return 'not broken';
  }
}

/** How long a request hung, where that is worth a word. */
export const hungInWords = (hung: Nanoseconds | null, before: string, behind = ''): string =>
  hung === null || hung < SILENCE ? '' : `${before}${spanInWords(hung)}${behind}`;
