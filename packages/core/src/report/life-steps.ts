import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import type { ConnectionLife, ConnectionRequest, Retransmission, SentReset } from './connection-life.js';
import { againInWords, againLabel, endInWords, resetInWords, resetLabel } from './life-words.js';
import type { Report } from './report.js';
import { type SecondsFormat, secondsFormat, spanInWords, timesInWords } from './spans-of-time.js';
import { holdersAtEnd, type Surroundings, surroundingsOf } from './surroundings.js';
import { addressOfLabel } from './vip-label.js';
import { VipNames } from './vip-names.js';

/** What a step of a connection's life is about. */
export type LifeStepKind =
  | 'opened'
  | 'established'
  | 'answered'
  | 'asked'
  | 'again'
  | 'path'
  | 'cause'
  | 'challenge'
  | 'reset'
  | 'end'
  | 'left-behind';

/** One step of a connection's life, in words for a person. */
export interface LifeStep {
  readonly time: Nanoseconds;
  readonly kind: LifeStepKind;
  /** Where it happened. */
  readonly node: string;
  /** A sentence: `n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET`. */
  readonly text: string;
  /** As few words as an arrow or a note of a diagram has room for. */
  readonly label: string;
  /** The segment that went with it; `to` is null where it arrived nowhere. */
  readonly segment?: { readonly from: string; readonly to: string | null; readonly isAnswered: boolean };
}

/** A RST and what it does are one sentence when they are no further apart than a LAN's delay. */
const SAME_MOMENT = 10 * MILLISECOND;

/**
 * Tells the life of a connection step by step, with what happened on the way to its server meanwhile.
 *
 * @param surroundings - to be given where many lives of one run are told
 */
export function lifeSteps(
  report: Report,
  life: ConnectionLife,
  seconds: SecondsFormat = secondsFormat(3),
  surroundings: Surroundings = surroundingsOf(report),
): LifeStep[] {
  return new LifeTeller(report, life, seconds, surroundings).tell();
}

type Item =
  | { readonly time: Nanoseconds; readonly event: TraceEvent }
  | { readonly time: Nanoseconds; readonly answered: ConnectionRequest }
  | { readonly time: Nanoseconds; readonly lost: ConnectionRequest }
  | { readonly time: Nanoseconds; readonly isEnd: true };

class LifeTeller {
  private readonly steps: LifeStep[] = [];
  private readonly short: (address: string) => string;
  private answered: ConnectionRequest[] = [];
  private again: Retransmission[] = [];
  /** RSTs of one node for one reason, one after another, after the client's end of it is gone. */
  private strays: { readonly sent: SentReset; readonly to: string | null; count: number } | null = null;
  /** Where the client's frames to the server arrive; undefined: nobody knows. */
  private landing: string | null | undefined;
  private isOver = false;

  constructor(
    private readonly report: Report,
    private readonly life: ConnectionLife,
    private readonly seconds: SecondsFormat,
    private readonly surroundings: Surroundings,
  ) {
    const names = new VipNames(report.vips.map(({ address }) => address));
    this.short = (address) => names.short(address);
    for (const event of surroundings) {
      if (event.time > life.openedAt) break;
      if (this.isLanding(event)) this.landing = event.at;
    }
  }

  tell(): LifeStep[] {
    for (const item of this.items()) {
      if ('answered' in item) this.answer(item.answered);
      else if ('lost' in item) this.lose(item.lost);
      else if ('isEnd' in item) this.finish();
      else this.happen(item.event);
    }
    this.flush();
    this.tellLeftBehind();
    return this.steps;
  }

  /** What happened to it and around it, in order; what the kernel says comes before what the program makes of it. */
  private items(): Item[] {
    const { life } = this;
    const items: Item[] = [];
    for (const event of this.surroundings) {
      // Where frames go matters after its end as well: to whom its RSTs go.
      const isAround =
        this.isLanding(event) ||
        (event.time <= life.end.at &&
          (event.name === 'cause.began' ||
            (event.name === 'arp.learned' &&
              event.node === life.node &&
              event.address === addressOfLabel(life.target))));
      if (isAround && event.time > life.openedAt) items.push({ time: event.time, event });
    }
    for (const event of life.events) items.push({ time: event.time, event });
    for (const request of life.requests) {
      if (request.result === 'ok' || request.result === 'error')
        items.push({ time: request.endedAt, answered: request });
      else if (request.stage === 'reply') items.push({ time: request.sentAt, lost: request });
    }
    items.push({ time: life.end.at, isEnd: true });
    return items.toSorted((one, other) => one.time - other.time);
  }

  private isLanding(event: TraceEvent): event is TraceEvent<'vip.landed'> {
    return event.name === 'vip.landed' && event.node === this.life.node && event.address === this.life.target;
  }

  private push(step: LifeStep): void {
    this.flush();
    this.steps.push(step);
  }

  private flush(): void {
    const [answered, again] = [this.answered, this.again];
    this.answered = [];
    this.again = [];
    const [first, last] = [answered[0], answered.at(-1)];
    if (first !== undefined && last !== undefined) {
      const slowest = Math.max(...answered.map(({ endedAt, sentAt }) => endedAt - sentAt));
      const by = first.by === null ? '' : ` by ${first.by}`;
      const text =
        answered.length === 1
          ? `a request is answered${by} in ${spanInWords(slowest)}`
          : `${answered.length} requests answered${by} until ${this.seconds(last.endedAt)}, each within ${spanInWords(slowest)}`;
      this.steps.push({
        // A pool's requests wait for a connection before they are sent by it.
        time: Math.max(first.sentAt, this.life.establishedAt ?? 0),
        kind: 'answered',
        node: this.life.node,
        text,
        label: answered.length === 1 ? 'request, answered' : `${answered.length} requests, answered`,
        segment: { from: this.life.node, to: first.by ?? this.life.with, isAnswered: true },
      });
    }
    const { strays } = this;
    this.strays = null;
    const head = again[0];
    if (head === undefined) {
      if (strays !== null) this.tellStrays(strays);
      return;
    }
    const isClients = head.by === this.life.node;
    const to = isClients ? (this.landing === undefined ? this.life.with : this.landing) : this.life.node;
    const where = isClients && this.landing === null ? ', and it arrives nowhere' : '';
    this.steps.push({
      time: head.at,
      kind: 'again',
      node: head.by,
      text: againInWords(again, this.seconds) + where,
      label: againLabel(again),
      segment: { from: head.by, to, isAnswered: false },
    });
    if (strays !== null) this.tellStrays(strays);
  }

  private tellStrays({ sent, to, count }: NonNullable<LifeTeller['strays']>): void {
    const often = count === 1 ? '' : `, ${timesInWords(count)}`;
    this.steps.push({
      time: sent.at,
      kind: 'reset',
      node: sent.by,
      text: `${resetInWords(sent, this.life)}${to === null || to === this.life.node ? '' : `, to ${to}`}${often}`,
      label: resetLabel(sent) + often,
      segment: { from: sent.by, to, isAnswered: true },
    });
  }

  private answer(request: ConnectionRequest): void {
    if (this.again.length > 0 || (this.answered[0] !== undefined && this.answered[0].by !== request.by))
      this.flush();
    if (request.result === 'ok') {
      this.answered.push(request);
      return;
    }
    const what = request.detail === null ? '' : `: ${request.detail}`;
    this.push({
      time: request.endedAt,
      kind: 'answered',
      node: this.life.node,
      text: `a request is answered${request.by === null ? '' : ` by ${request.by}`} with an error${what}`,
      label: `request, answered with an error${what}`,
      segment: { from: this.life.node, to: request.by ?? this.life.with, isAnswered: true },
    });
  }

  private lose(request: ConnectionRequest): void {
    const { node } = this.life;
    if (this.isOver) {
      const text = `${node}'s next request finds it broken`;
      this.push({ time: request.sentAt, kind: 'asked', node, text, label: 'finds it broken' });
      return;
    }
    const to = this.landing === undefined ? this.life.with : this.landing;
    const where =
      to === null ? ', which arrives nowhere' : to === this.life.with ? '' : `, which goes to ${to}`;
    this.push({
      time: request.sentAt,
      kind: 'asked',
      node,
      text: `${node} sends a request${where}`,
      label: 'request',
      segment: { from: node, to, isAnswered: false },
    });
  }

  private happen(event: TraceEvent): void {
    if (this.isLanding(event)) {
      this.land(event);
      return;
    }
    if (event.name === 'arp.learned') {
      this.learn(event);
      return;
    }
    if (event.name === 'cause.began') {
      const health = event.action === 'set-health' ? `: ${event.detail}` : '';
      const text = `${event.action} ${event.target}${health}`;
      this.push({ time: event.time, kind: 'cause', node: event.target, text, label: text });
      return;
    }
    if (event.name === 'tcp.retransmitted') {
      this.sendAgain(event);
      return;
    }
    const isClients = event.node === this.life.node;
    if (event.name === 'tcp.opened' && event.side === 'active') this.open(event.time);
    else if (event.name === 'tcp.established' && isClients) this.establish(event.time);
    else if (event.name === 'client.connection' && event.change === 'opened') {
      if (this.steps.length === 0) this.open(event.time);
    } else if (event.name === 'tcp.reset-sent') this.reset(event);
    else if (event.name === 'tcp.challenged') this.challenge(event);
    else if (event.name === 'tcp.queue-full') {
      const text = `${event.node} has no room in its accept queue and drops it`;
      this.push({ time: event.time, kind: 'challenge', node: event.node, text, label: 'accept queue full' });
    } else if (!isClients) this.serverEnds(event);
  }

  private open(time: Nanoseconds): void {
    const { node, server, target } = this.life;
    const where =
      this.landing === undefined
        ? ''
        : this.landing === null
          ? '; its frames arrive nowhere'
          : `; its frames arrive at ${this.landing}`;
    this.push({
      time,
      kind: 'opened',
      node,
      text: `${node} asks ${server.replace(target, this.short(target))} for a connection${where}`,
      label: 'SYN',
      segment: {
        from: node,
        to: this.landing === undefined ? this.life.with : this.landing,
        isAnswered: this.life.establishedAt !== null,
      },
    });
  }

  private establish(time: Nanoseconds): void {
    const { life } = this;
    const who = life.with === null ? 'established' : `established with ${life.with}`;
    this.push({
      time,
      kind: 'established',
      node: life.node,
      text: `${who}, ${spanInWords(time - life.openedAt)} later`,
      label: 'established',
      segment: { from: life.with ?? life.node, to: life.node, isAnswered: true },
    });
  }

  private land(event: TraceEvent<'vip.landed'>): void {
    if (!this.isOver) this.flush();
    this.landing = event.at;
    if (this.isOver) return;
    const where = event.at === null ? 'arrive nowhere' : `arrive at ${event.at}`;
    const last = this.steps.at(-1);
    // What was learned and what follows from it are one sentence.
    const learned =
      last !== undefined &&
      last.kind === 'path' &&
      last.text.includes(' learns ') &&
      event.time - last.time <= SAME_MOMENT
        ? this.steps.pop()
        : undefined;
    this.push({
      time: event.time,
      kind: 'path',
      node: event.node,
      text:
        learned === undefined
          ? `${event.node}'s frames to ${this.short(event.address)} ${where} from now on`
          : `${learned.text}: its frames ${where} from now on`,
      label: `frames to ${this.short(event.address)} ${where}`,
    });
  }

  private learn(event: TraceEvent<'arp.learned'>): void {
    const { mac, node, address } = event;
    const owner = mac === null ? null : (this.report.macOwners.get(mac) ?? mac);
    const last = this.steps.at(-1);
    // The landing that follows from it has been told already.
    if (last?.kind === 'path' && event.time - last.time <= SAME_MOMENT && this.landing === owner) return;
    const text =
      owner === null
        ? `${node} no longer knows who has ${this.short(address)}`
        : `${node} learns that ${owner} has ${this.short(address)}`;
    const label = owner === null ? `${this.short(address)} = nobody` : `${this.short(address)} = ${owner}`;
    this.push({ time: event.time, kind: 'path', node, text, label });
  }

  private sendAgain(event: TraceEvent<'tcp.retransmitted'>): void {
    const head = this.again[0];
    const isSame = (kind: Retransmission['kind']): string => (kind === 'tail-probe' ? 'timeout' : kind);
    if (
      this.answered.length > 0 ||
      (head === undefined && this.strays !== null) ||
      (head !== undefined && (head.by !== event.node || isSame(head.kind) !== isSame(event.kind)))
    )
      this.flush();
    this.again.push({
      at: event.time,
      by: event.node,
      kind: event.kind,
      sequence: event.sequence,
      length: event.length,
      count: event.count,
    });
  }

  private challenge(event: TraceEvent<'tcp.challenged'>): void {
    const what = event.by === 'rst' ? 'a RST that does not fit exactly' : 'a SYN on a connection that it has';
    const to = event.node === this.life.node ? this.life.with : this.life.node;
    this.push({
      time: event.time,
      kind: 'challenge',
      node: event.node,
      text: `${event.node} does not believe ${what} and asks back (challenge ACK)`,
      label: 'challenge ACK',
      segment: { from: event.node, to, isAnswered: true },
    });
  }

  private reset(event: TraceEvent<'tcp.reset-sent'>): void {
    const { end, node } = this.life;
    const fatal = end.reset;
    const isFatal = fatal !== null && fatal.at === event.time && fatal.by === event.node;
    // It is told with what it does.
    if (isFatal && !this.isOver && end.at - fatal.at <= SAME_MOMENT) return;
    const sent: SentReset = { at: event.time, by: event.node, reason: event.reason };
    const to = event.node === node ? (this.landing === undefined ? this.life.with : this.landing) : node;
    const { strays } = this;
    if (strays?.sent.by === sent.by && strays.sent.reason === sent.reason && strays.to === to) {
      strays.count++;
      return;
    }
    // What is sent again after the client's end is gone is answered with a RST each time.
    if (strays !== null || !this.isOver) this.flush();
    this.strays = { sent, to, count: 1 };
    if (!this.isOver) this.flush();
  }

  /** The other ends of it: told only where they end otherwise than by the client's own goodbye. */
  private serverEnds(event: TraceEvent): void {
    const step = (text: string, label: string): void =>
      this.push({ time: event.time, kind: 'left-behind', node: event.node, text, label });
    if (event.name === 'tcp.reset') step(`a RST ends ${event.node}'s end of it`, 'its end is reset');
    else if (event.name === 'tcp.failed') {
      // The RST itself has been told.
      const last = this.steps.at(-1);
      if (last?.kind === 'left-behind' && last.node === event.node && last.time === event.time) return;
      step(`${event.node}'s kernel gives its end of it up: ${event.error}`, event.error);
    } else if (event.name === 'tcp.opened' && this.life.establishedAt === null)
      step(`${event.node} gets the SYN and answers`, 'SYN+ACK');
  }

  private finish(): void {
    const { life } = this;
    const { end } = life;
    this.isOver = true;
    const isMerged = end.reset !== null && end.at - end.reset.at <= SAME_MOMENT;
    const why = isMerged && end.reset !== null ? `${resetInWords(end.reset, life)}; ` : '';
    const label = isMerged && end.reset !== null ? resetLabel(end.reset) : endLabel(life);
    const from = end.reset?.by ?? (end.how === 'goodbye' ? life.with : null);
    this.push({
      time: end.at,
      kind: 'end',
      node: life.node,
      text: why + endInWords(life),
      label,
      ...(from === null || (end.reset !== null && !isMerged)
        ? {}
        : { segment: { from, to: life.node, isAnswered: true } }),
    });
  }

  /** The nodes that still hold their end when the run is over, though the client's has ended. */
  private tellLeftBehind(): void {
    const { life, report } = this;
    // What ended just now may still be on its way to the other end.
    if (life.end.how === 'open' || report.facts.duration - life.end.at < SECOND) return;
    for (const node of holdersAtEnd(life, this.surroundings)) {
      this.push({
        time: report.facts.duration,
        kind: 'left-behind',
        node,
        text: `${node} still holds its end of it: nobody told it`,
        label: 'still holds its end',
      });
    }
  }
}

const endLabel = ({ end, broken }: ConnectionLife): string =>
  ({
    open: 'still open at the end of the run',
    closed: broken === null ? 'closed' : 'given up',
    goodbye: 'FIN',
    reset: end.error ?? 'ECONNRESET',
    refused: end.error ?? 'ECONNREFUSED',
    silence: end.error ?? 'given up',
    unreachable: end.error ?? 'EHOSTUNREACH',
  })[end.how];
