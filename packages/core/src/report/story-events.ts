import { MILLISECOND, type Nanoseconds } from '../engine/index.js';
import type { TraceEvent } from '../trace/index.js';
import { whyCarpState } from './carp-reasons.js';
import { type Cause, hostOf, STATE_AFTER_CAUSE, startsOf } from './causes.js';
import { failuresInWords } from './client-outages.js';
import { type ElectionEvents, instanceNames, lastBefore } from './election-events.js';
import { isUncaused, type LandingMove } from './flux.js';
import { type Interval, lengthOf } from './interval.js';
import { whyMaster } from './master-reasons.js';
import { type OwnerInterval, ownedBy } from './ownership.js';
import type { Report, VipReport } from './report.js';
import { type SecondsFormat, spanInWords } from './spans-of-time.js';
import { type Consequence, demotionsAfter } from './story-carp.js';
import { OutageWitness } from './story-connections.js';
import type { StoryEntry } from './story-entry.js';
import { addressOfLabel } from './vip-label.js';
import type { VipNames } from './vip-names.js';

/** What the tellers of a story need. */
export interface Telling {
  readonly report: Report;
  readonly names: VipNames;
  readonly elections: ElectionEvents;
  readonly seconds: SecondsFormat;
}

/** An announcement moves a client's entry within the LAN's delay; this is far above any. */
const ANNOUNCED_BEFORE = 50 * MILLISECOND;

/** A master that has not advertised for three intervals is none to the others (RFC 5798 §6.1). */
const STILL_MASTER = 3;

/** The faults and repairs, with what the concerned node was doing. */
export function tellCauses(telling: Telling): StoryEntry[] {
  const { report } = telling;
  const losses = new LostFrames(report);
  return report.causes.map((cause, index): StoryEntry => {
    const loss = cause.action === LOSE_NEXT ? losses.next(cause, telling.seconds) : null;
    const parts = loss !== null ? [loss] : cause.detail === '' ? [] : [cause.detail];
    const node = loss === null ? hostOf(cause, report.facts.nodes) : null;
    if (node !== null) {
      const next = report.causes
        .slice(index + 1)
        .find(({ target, time }) => target === cause.target && time > cause.time);
      const after = [
        ...statesAfter(telling, cause, node, next?.time),
        ...demotionsAfter(telling, cause, node, next?.time),
      ].sort((one, other) => one.time - other.time);
      parts.push(...lastAdverts(telling, cause, node), ...after.map(({ text }) => text));
    }
    return {
      time: cause.time,
      kind: 'cause',
      level: 'normal',
      subject: `${cause.action} ${cause.target}`,
      text: parts.join('; '),
      vip: null,
      style: 'bold',
      isLettered: true,
      key: '',
    };
  });
}

/** The nodes that boot later than the run starts. */
export function tellBoots(telling: Telling): StoryEntry[] {
  const { report } = telling;
  return [...startsOf(report.facts.nodes)].map(([node, time]): StoryEntry => {
    const next = report.causes.find((cause) => cause.target === node && cause.time > time);
    return {
      time,
      kind: 'cause',
      level: 'normal',
      subject: `${node} boots`,
      text: statesAfter(telling, { time }, node, next?.time)
        .map((told) => told.text)
        .join('; '),
      vip: null,
      style: 'bold',
      isLettered: true,
      key: '',
    };
  });
}

/** The action whose story is the frame that was lost by it. */
const LOSE_NEXT = 'lose-next';

/** The frames that were lost singly, each told once, with the action that lost it. */
class LostFrames {
  private readonly open: TraceEvent<'frame.lost'>[];

  constructor(private readonly report: Report) {
    this.open = report.events.filter((event) => event.name === 'frame.lost');
  }

  /** The frame that an action lost, in words. */
  next({ time, target, detail }: Cause, seconds: SecondsFormat): string {
    const index = this.open.findIndex(
      (event) => event.node === target && event.time >= time && detail.split(' ').includes(event.kind),
    );
    const [event] = index < 0 ? [] : this.open.splice(index, 1);
    if (event === undefined) return `${detail}: none came any more`;
    const { nodes } = this.report.facts;
    const sender =
      nodes.find(({ address }) => address === event.sender)?.name ??
      this.report.macOwners.get(event.mac) ??
      event.mac;
    const what = event.kind === 'vrrp' ? 'an advert' : 'an ARP frame';
    const when = event.time === time ? '' : ` at ${seconds(event.time)}`;
    return `${what} of ${sender} to ${event.node} is lost${when}`;
  }
}

/** When a node last advertised what it owned, where that is not long ago: the others' timers run from then. */
function lastAdverts({ report, elections, seconds }: Telling, cause: Cause, node: string): string[] {
  const instances = new Map<Nanoseconds, string[]>();
  for (const { facts, ownership } of report.vips) {
    if (!ownedBy(ownership, node).some(({ from, to }) => from < cause.time && cause.time <= to)) continue;
    // What it sends at that very instant is the cause’s doing.
    const advert = elections.lastAdvert(facts, node, cause.time - 1);
    if (advert === null || cause.time - advert.time > STILL_MASTER * advert.interval) continue;
    const known = instances.get(advert.time) ?? [];
    if (!known.includes(advert.instance)) known.push(advert.instance);
    instances.set(advert.time, known);
  }
  return [...instances].map(([time, names]) =>
    names.length === 1
      ? `its last ${names.join()} advert was at ${seconds(time)}`
      : `its last adverts of ${names.join(', ')} were at ${seconds(time)}`,
  );
}

function statesAfter(
  { report, elections, seconds }: Telling,
  cause: Pick<Cause, 'time'>,
  node: string,
  next: Nanoseconds = Number.POSITIVE_INFINITY,
): Consequence[] {
  const names = new Set(
    report.facts.vips
      .flatMap(({ instances }) => instances)
      .filter((it) => it.node === node)
      .map(({ name }) => name),
  );
  const entered = elections.states.filter(
    (event) =>
      event.node === node &&
      event.time >= cause.time &&
      event.time - cause.time <= STATE_AFTER_CAUSE &&
      event.time < next &&
      (event.to === 'BACKUP' || event.to === 'FAULT' || (event.name === 'carp.state' && event.to === 'INIT')),
  );
  // What is entered together is told together; what an instance enters twice, once.
  const groups = new Map<
    string,
    { readonly time: Nanoseconds; readonly to: string; readonly at: string; readonly instances: Set<string> }
  >();
  const told = new Set<string>();
  for (const { time, to, instance } of entered) {
    if (told.has(`${to} ${instance}`)) continue;
    told.add(`${to} ${instance}`);
    const at = seconds(time);
    const key = `${at} ${to}`;
    const group = groups.get(key) ?? { time, to, at, instances: new Set() };
    groups.set(key, group);
    group.instances.add(instance);
  }
  return [...groups.values()].map(({ time, to, at, instances }) => {
    const isAll = instances.size === names.size;
    const whose =
      names.size === 1
        ? ''
        : isAll
          ? names.size === 2
            ? ' for both'
            : ` for all ${names.size}`
          : ` for ${[...instances].join(', ')}`;
    return { time, text: `${at} ${to}${whose}` };
  });
}

/** Who comes to own each VIP, why, and who gives it up. */
export function tellOwners(telling: Telling): StoryEntry[] {
  return telling.report.vips.flatMap((vip) => {
    let isFirst = true;
    const known = new Map<string, Interval[]>();
    const ownedOnce = (node: string): Interval[] => {
      const owned = known.get(node) ?? ownedBy(vip.ownership, node);
      known.set(node, owned);
      return owned;
    };
    return vip.owners.flatMap((interval, index) => {
      const before = vip.owners[index - 1]?.owners ?? [];
      const coming = interval.owners.filter((node) => !before.includes(node));
      const leaving = before.filter((node) => !interval.owners.includes(node));
      const isElection = isFirst && interval.owners.length > 0;
      isFirst &&= interval.owners.length === 0;
      return [
        ...coming.map((node) => tellComing(telling, vip, interval, node, isElection, ownedOnce)),
        ...leaving.map((node) => tellLeaving(telling, vip, interval, node)),
        ...tellHeadless(telling, vip, interval),
      ];
    });
  });
}

function tellComing(
  telling: Telling,
  vip: VipReport,
  interval: OwnerInterval,
  node: string,
  isElection: boolean,
  ownedOnce: (node: string) => readonly Interval[],
): StoryEntry {
  const { names, elections, seconds, report } = telling;
  const state = elections.becameMaster(vip.facts, node, interval.from);
  const reason = state === null ? '' : whyMaster(elections, vip.facts, state, seconds).text;
  const handover = vip.handovers.find(({ at, to }) => at === interval.from && to === node);
  const isFlap = handover !== undefined && handover.cause === null;
  const dual = vip.dual.find(
    (it) => it.from <= interval.from && interval.from < it.to && lengthOf(it) > vip.facts.dualBudgetNs,
  );
  const owned = ownedOnce(node).find(({ from }) => from === interval.from);
  const isBrief = owned !== undefined && lengthOf(owned) <= vip.facts.dualBudgetNs;
  const parts = [
    reason,
    isFlap ? 'FLAP: nothing caused it' : '',
    dual === undefined ? '' : `DUAL ${howLong(dual, interval.from, report)}`,
  ];
  const subject = `${node} ${state === null ? 'owner' : 'master'} of ${names.short(vip.address)}`;
  const style = isFlap ? ({ style: 'bad' } as const) : dual === undefined ? {} : ({ style: 'warn' } as const);
  return {
    time: interval.from,
    kind: isElection ? 'election' : 'owner',
    level: isBrief ? 'v' : 'normal',
    subject,
    text: parts.filter((part) => part !== '').join('. '),
    vip: vip.address,
    ...style,
    isLettered: true,
    key: `${subject} ${isFlap} ${dual !== undefined}`,
    ...(isBrief ? ({ detail: 'states' } as const) : {}),
  };
}

function tellLeaving(
  { names, elections }: Telling,
  vip: VipReport,
  interval: OwnerInterval,
  node: string,
): StoryEntry {
  const wasLongDual = vip.dual.some(
    (dual) => dual.to === interval.from && lengthOf(dual) > vip.facts.dualBudgetNs,
  );
  const reason = whyLeft(elections, vip, interval.from, node);
  const subject = `${node} gives up ${names.short(vip.address)}`;
  return {
    time: interval.from,
    kind: 'owner',
    level: wasLongDual ? 'normal' : 'v',
    subject,
    text: [reason, wasLongDual ? 'DUAL ends' : ''].filter((part) => part !== '').join('. '),
    vip: vip.address,
    isLettered: false,
    key: subject,
    detail: 'states',
  };
}

/** Why a node no longer owns a VIP, as far as its protocol says. */
function whyLeft(elections: ElectionEvents, { facts }: VipReport, at: Nanoseconds, node: string): string {
  const names = instanceNames(facts, node);
  const left = lastBefore(
    elections.states,
    at,
    (event) => event.node === node && names.has(event.instance) && event.from === 'MASTER',
  );
  if (left?.name === 'carp.state' && at - left.time <= MILLISECOND)
    return whyCarpState(elections, facts, left);
  const yielded = elections.yieldAfter(facts, at - MILLISECOND);
  return yielded?.name === 'vrrp.yielded' && yielded.node === node
    ? `yields to ${yielded.to}, priority ${yielded.priority}`
    : '';
}

function tellHeadless({ names, report }: Telling, vip: VipReport, interval: OwnerInterval): StoryEntry[] {
  const isOver = interval.kind === 'headless' && lengthOf(interval) > vip.facts.headlessBudgetNs;
  if (!isOver) return [];
  const subject = `${names.short(vip.address)} headless`;
  const allowed = spanInWords(vip.facts.headlessBudgetNs);
  return [
    {
      time: interval.from,
      kind: 'headless',
      level: 'normal',
      subject,
      text: `HEADLESS ${howLong(interval, interval.from, report)} (allowed ${allowed})`,
      vip: vip.address,
      style: 'bad',
      isLettered: true,
      key: subject,
    },
  ];
}

function howLong(interval: Interval, from: Nanoseconds, report: Report): string {
  return interval.to >= report.facts.duration ? 'until the end' : `for ${spanInWords(interval.to - from)}`;
}

/** Where clients' frames arrive: the moves that nothing explains, and the times in which they reach no owner. */
export function tellLandings(telling: Telling): StoryEntry[] {
  const { report, names } = telling;
  return report.vips.flatMap((vip) => {
    const moves = vip.landingMoves.map((move) => tellMove(telling, vip, move));
    const astray = vip.landings.flatMap((landing) =>
      landing.astray
        .filter((interval) => lengthOf(interval) > vip.facts.dualBudgetNs)
        .map((interval): StoryEntry => {
          const at =
            landing.intervals.find(({ from, to }) => from <= interval.from && interval.from < to)?.at ?? null;
          const where =
            at === null ? 'its frames arrive nowhere' : `its frames go to ${at}, which does not own it`;
          const subject = `${landing.client} reaches nobody`;
          const text = `${names.short(vip.address)}: ${where}, ${howLong(interval, interval.from, report)}`;
          return {
            time: interval.from,
            kind: 'landing',
            level: 'normal',
            subject,
            text,
            vip: vip.address,
            style: 'bad',
            isLettered: true,
            key: subject + where,
          };
        }),
    );
    return [...moves, ...astray];
  });
}

function tellMove(telling: Telling, vip: VipReport, move: LandingMove): StoryEntry {
  const subject = `${move.client} lands on ${move.to}`;
  const uncaused = isUncaused(move);
  const inFlux = vip.flux.some(({ client }) => client === move.client);
  const judged = uncaused && !inFlux ? 'FLAP of its landing: nothing caused it' : '';
  const text = [whyLanded(telling, vip.address, move), judged].filter((part) => part !== '').join('. ');
  return {
    time: move.at,
    kind: 'landing',
    level: uncaused ? 'normal' : 'v',
    subject,
    text,
    vip: vip.address,
    ...(uncaused ? ({ style: 'warn' } as const) : {}),
    isLettered: uncaused,
    key: `${subject} ${vip.address} ${uncaused}`,
    detail: 'landings',
  };
}

function whyLanded({ report }: Telling, address: string, move: LandingMove): string {
  const isReason = (event: TraceEvent): boolean =>
    event.name === 'cam.moved' ||
    (event.name === 'arp.announced' && event.address === addressOfLabel(address) && event.node === move.to);
  const reason = lastBefore(
    report.events,
    move.at,
    (event) => isReason(event) || move.at - event.time > ANNOUNCED_BEFORE,
  );
  if (reason === null || !isReason(reason) || move.at - reason.time > ANNOUNCED_BEFORE) return '';
  if (reason.name === 'cam.moved')
    return `the CAM of ${reason.node} moves ${reason.mac} to port ${reason.to}`;
  return `${move.to}'s gratuitous ARP`;
}

/** Times without service, and the alarms of switches. */
export function tellHarm({ report, names }: Telling): StoryEntry[] {
  const outages = report.clients.flatMap(({ name, targets, connections }) =>
    targets.flatMap(({ target, outages: all }) => {
      const witness = new OutageWitness(connections, target);
      return all
        .filter((outage) => !witness.hasTold(outage))
        .map((outage): StoryEntry => {
          const until = outage.hasEnded ? `for ${spanInWords(lengthOf(outage))}` : 'until the end';
          const what = failuresInWords(outage.kinds) + witness.senders(outage);
          return {
            time: outage.from,
            kind: 'outage',
            level: 'normal',
            subject: name,
            text: `no service from ${names.short(target)} ${until}: ${what}`,
            vip: target,
            style: 'bad',
            isLettered: false,
            key: `${name} ${target} ${outage.kind}`,
          };
        });
    }),
  );
  const alarms = report.switches.flatMap(({ name, alarms: all }) =>
    all.map(
      ({ at, line, mac, moves, action }): StoryEntry => ({
        time: at,
        kind: 'alarm',
        level: 'normal',
        subject: `${name} alarm`,
        text: line === '' ? `${mac} moved ${moves} times: ${action}` : line,
        vip: null,
        style: 'warn',
        isLettered: false,
        key: `${name} ${mac} ${action}`,
      }),
    ),
  );
  return [...outages, ...alarms];
}
