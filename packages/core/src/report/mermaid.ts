import { formatSeconds, MILLISECOND, type Nanoseconds } from '../engine/index.js';
import { advertInWords, type CarpState, isFarewell, reasonInWords } from './carp-reasons.js';
import { type AdvertEvent, ElectionEvents, instanceOf } from './election-events.js';
import { whyMaster } from './master-reasons.js';
import { escapedForMermaid } from './mermaid-text.js';
import type { Report } from './report.js';
import { secondsFormat } from './spans-of-time.js';
import { addressOfLabel } from './vip-label.js';
import { VipNames } from './vip-names.js';

/** How much of a run becomes a diagram. */
export interface MermaidOptions {
  /** How many messages and notes at most; default 60, more nobody reads. */
  readonly most?: number;
}

const MOST = 60;
/** keepalived sends its gratuitous ARPs in bursts of 5 within 15 ms (recorded). */
const BURST = 100 * MILLISECOND;

interface Step {
  readonly time: Nanoseconds;
  readonly line: string;
}

/**
 * A run as a Mermaid sequence diagram: causes, changes of state, the adverts that mattered, announcements, and what
 * clients made of them.
 *
 * @returns the text of the diagram, without a fence around it
 */
export function mermaid(report: Report, options: MermaidOptions = {}): string {
  const actors = new Actors(report);
  const steps = [
    ...causeSteps(report, actors),
    ...stateSteps(report, actors),
    ...advertSteps(report, actors),
    ...announcementSteps(report, actors),
    ...landingSteps(report, actors),
  ].toSorted((one, other) => one.time - other.time);
  const most = options.most ?? MOST;
  const shown = steps.slice(0, most).map(({ line }) => `  ${line}`);
  const left = steps.length - shown.length;
  const over = actors.overAll();
  const rest =
    left > 0 && over !== ''
      ? [`  Note over ${over}: ${left} more until ${formatSeconds(steps.at(-1)?.time ?? 0)} left out`]
      : [];
  return ['sequenceDiagram', ...actors.declarations(), ...shown, ...rest, ''].join('\n');
}

/** The participants: nodes by an identifier that no name can break. */
class Actors {
  private readonly ids = new Map<string, string>();

  constructor(report: Report) {
    const used = new Set([
      ...report.facts.vips.flatMap(({ instances }) => instances.map(({ node }) => node)),
      ...report.facts.clients.map(({ node }) => node),
      ...report.events.flatMap((event) =>
        event.name === 'cam.moved' || event.name === 'arp.announced' ? [event.node] : [],
      ),
      ...report.causes.map(({ target }) => nameOf(target)),
    ]);
    for (const { name } of report.facts.nodes) if (used.has(name)) this.ids.set(name, `p${this.ids.size}`);
  }

  declarations(): string[] {
    return [...this.ids].map(([name, id]) => `  participant ${id} as ${escapedForMermaid(name)}`);
  }

  id(name: string): string | undefined {
    return this.ids.get(name);
  }

  note(node: string, text: string): string | null {
    const id = this.id(nameOf(node)) ?? this.overAll();
    return id === '' ? null : `Note over ${id}: ${escapedForMermaid(text)}`;
  }

  message(from: string, arrow: string, to: string, text: string): string | null {
    const [one, other] = [this.id(from), this.id(to)];
    return one === undefined || other === undefined
      ? null
      : `${one}${arrow}${other}: ${escapedForMermaid(text)}`;
  }

  overAll(): string {
    const all = [...this.ids.values()];
    return all.length < 2 ? (all[0] ?? '') : `${all[0]},${all.at(-1)}`;
  }
}

/** `n1:eth0` is on n1. */
const nameOf = (target: string): string => target.split(/[\s:/]/)[0] ?? target;

const step = (time: Nanoseconds, line: string | null): Step[] => (line === null ? [] : [{ time, line }]);

const stamp = (time: Nanoseconds): string => formatSeconds(time);

function causeSteps(report: Report, actors: Actors): Step[] {
  return report.causes.flatMap(({ time, action, target }) =>
    step(time, actors.note(target, `${stamp(time)} ${action} ${target}`)),
  );
}

/** Why a virtual host of CARP entered a state, in a word or two. */
function whyCarp(report: Report, elections: ElectionEvents, state: CarpState): string {
  const vip = report.facts.vips.find((facts) => instanceOf(facts, state) !== undefined);
  const advert =
    vip === undefined || state.to !== 'MASTER'
      ? null
      : whyMaster(elections, vip, state, secondsFormat(3)).advert;
  return advert?.name === 'carp.advert-sent' && isFarewell(advert)
    ? `${advert.node} said goodbye`
    : reasonInWords(state.reason);
}

function stateSteps(report: Report, actors: Actors): Step[] {
  const elections = new ElectionEvents(report.events, report.facts.nodes);
  return report.events.flatMap((event) => {
    if (event.name !== 'vrrp.state' && event.name !== 'carp.state') return [];
    const why = event.name === 'vrrp.state' ? String(event.priority) : whyCarp(report, elections, event);
    return step(
      event.time,
      actors.note(event.node, `${stamp(event.time)} ${event.instance} ${event.to} (${why})`),
    );
  });
}

const advertPriority = (advert: AdvertEvent): string =>
  advert.name === 'vrrp.advert-sent' ? String(advert.priority) : advertInWords(advert);

function advertSteps(report: Report, actors: Actors): Step[] {
  const elections = new ElectionEvents(report.events, report.facts.nodes);
  const steps = new Map<object, Step>();
  for (const vip of report.facts.vips) {
    for (const state of elections.states) {
      if (state.to !== 'MASTER') continue;
      const { advert } = whyMaster(elections, vip, state, secondsFormat(3));
      if (advert === null || steps.has(advert)) continue;
      if (advert.name === 'carp.advert-sent' && isFarewell(advert)) continue;
      const text = `${stamp(advert.time)} ${advert.instance} advert ${advertPriority(advert)}, the last that counts`;
      for (const made of step(advert.time, actors.message(advert.node, '->>', state.node, text)))
        steps.set(advert, made);
    }
  }
  const goodbyes = report.events.flatMap((event) => {
    if (event.name === 'vrrp.yielded') {
      return step(
        event.time,
        actors.note(
          event.node,
          `${stamp(event.time)} ${event.instance} yields to ${event.to} (${event.priority})`,
        ),
      );
    }
    const isGoodbye =
      event.name === 'vrrp.priority-zero-sent' || (event.name === 'carp.advert-sent' && isFarewell(event));
    if (!isGoodbye) return [];
    const what = event.name === 'carp.advert-sent' ? `advert ${advertInWords(event)}` : 'priority 0';
    return step(
      event.time,
      actors.note(event.node, `${stamp(event.time)} ${event.instance} says goodbye (${what})`),
    );
  });
  return [...steps.values(), ...goodbyes];
}

function announcementSteps(report: Report, actors: Actors): Step[] {
  const names = new VipNames(report.vips.map(({ address }) => address));
  const bursts: { node: string; address: string; time: Nanoseconds; last: Nanoseconds; count: number }[] = [];
  for (const event of report.events) {
    if (event.name !== 'arp.announced') continue;
    const burst = bursts.findLast(({ node, address }) => node === event.node && address === event.address);
    if (burst !== undefined && event.time - burst.last <= BURST) {
      burst.count++;
      burst.last = event.time;
    } else
      bursts.push({ node: event.node, address: event.address, time: event.time, last: event.time, count: 1 });
  }
  return bursts.flatMap(({ node, address, time, count }) => {
    const text = `${stamp(time)} ${count} x gratuitous ARP ${names.short(address)}`;
    const listener = report.facts.clients.find(({ target }) => target === address)?.node;
    const line =
      listener === undefined ? actors.note(node, text) : actors.message(node, '-)', listener, text);
    return step(time, line);
  });
}

function landingSteps(report: Report, actors: Actors): Step[] {
  const names = new VipNames(report.vips.map(({ address }) => address));
  return report.events.flatMap((event) => {
    if (event.name === 'cam.moved') {
      return step(
        event.time,
        actors.note(event.node, `${stamp(event.time)} CAM ${event.mac} from ${event.from} to ${event.to}`),
      );
    }
    if (
      event.name === 'arp.learned' &&
      report.vips.some(({ address }) => addressOfLabel(address) === event.address)
    ) {
      const owner = event.mac === null ? 'nobody' : (report.macOwners.get(event.mac) ?? event.mac);
      return step(
        event.time,
        actors.note(event.node, `${stamp(event.time)} ARP ${names.short(event.address)} = ${owner}`),
      );
    }
    if (event.name !== 'vip.landed') return [];
    const text = `${stamp(event.time)} frames to ${names.short(event.address)}`;
    if (event.at === null) return step(event.time, actors.note(event.node, `${text} arrive nowhere`));
    return step(event.time, actors.message(event.node, '-->>', event.at, text));
  });
}
