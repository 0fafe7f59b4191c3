import {
  type CheckVerdict,
  type Coverage,
  flapFree,
  oneInAtLeast,
  scenarioToken,
  type WorstCase,
} from '@viplab/check';
import {
  defineLab,
  designDigest,
  formatDuration,
  formatRangeToken,
  type Lab,
  type SpanStyle,
  type StyledLine,
  spanInWords,
  VipNames,
} from '@viplab/core';
import { wrap } from '../help.js';
import { counted, grouped, percent } from '../sweep/quantities.js';
import type { CheckResult } from './checked.js';
import { command, entry, HEAD, joined, rows, spanOf } from './screen.js';

/** The word of a verdict on the screen. */
export const WORDS = {
  proved: 'PROVED',
  held: 'HELD',
  broken: 'BROKEN',
  inconclusive: 'INCONCLUSIVE',
} as const;

/** How a word is coloured. */
export const STYLES: Readonly<Record<CheckVerdict['word'], SpanStyle>> = {
  proved: 'owner',
  held: 'owner',
  broken: 'bad',
  inconclusive: 'warn',
};

/** The properties that together are called flap-free. */
const FLAP_FREE = flapFree().map(({ name }) => name);

/** What was asked, in a word if it is the usual. What is to happen in some run is coverage and stands there. */
export function askedInWords({ properties, covered }: Pick<CheckVerdict, 'properties' | 'covered'>): string {
  const isCoverage = (name: string): boolean => covered.some(({ what }) => what === name);
  const others = properties.filter((name) => !FLAP_FREE.includes(name) && !isCoverage(name));
  const isFamily = FLAP_FREE.every((name) => properties.includes(name));
  const family = isFamily ? ['flap-free'] : properties.filter((name) => FLAP_FREE.includes(name));
  return [...family, ...others].join(', ');
}

/** The first line of a verdict that is not broken, and what it rests on. */
export function verdictLines(verdict: CheckVerdict, result: CheckResult, width: number): StyledLine[] {
  const head: StyledLine = [
    spanOf(WORDS[verdict.word].padEnd(HEAD - 1), STYLES[verdict.word]),
    spanOf(verdict.word === 'inconclusive' ? '   ' : ' '),
  ];
  const said = headline(verdict);
  const first = verdict.word === 'inconclusive' ? width - HEAD - 4 : width - HEAD;
  const [start = '', ...rest] = wrapTo(said, first);
  return [
    [...head, spanOf(start, 'bold')],
    ...rest.map((line): StyledLine => [spanOf(' '.repeat(HEAD)), spanOf(line)]),
    ...groundLines(verdict, result, width),
  ];
}

const wrapTo = (text: string, width: number): string[] => joined([text], width);

function headline(verdict: CheckVerdict): string {
  const { exploration, word } = verdict;
  switch (word) {
    case 'proved':
      return `${askedInWords(verdict)} ${exploration.isClosed ? 'for all time' : `to the horizon (${exploration.endedBy ?? 'not closed'})`} within these bounds${exploration.method === 'concrete' ? ', at representative instants' : ''}`;
    case 'held':
      return `nothing found in ${counted(exploration.states, unitOf(exploration))}; not a proof`;
    default:
      return exploration.endedBy ?? 'what is of interest never happened';
  }
}

/** What was counted: `state`, `run`. */
export const unitOf = ({ method, horizon }: CheckVerdict['exploration']): string =>
  method === 'random' ? 'random run' : horizon === undefined ? 'state' : 'run';

/** Bounds, what was explored, covered and worst: what a verdict rests on. */
export function groundLines(verdict: CheckVerdict, result: CheckResult, width: number): StyledLine[] {
  const { exploration, bounds } = verdict;
  const names = vipNamesOf(result.lab);
  const isRandom = exploration.method === 'random';
  return [
    ...(verdict.word === 'broken' || verdict.word === 'proved'
      ? []
      : entry('asked', askedInWords(verdict), width)),
    ...rows('bounds', joined(bounds, width - HEAD)),
    ...(isRandom
      ? randomLines(verdict, result, width)
      : verdict.word === 'broken'
        ? []
        : entry('explored', exploredInWords(verdict), width)),
    ...coveredLines(verdict.covered, isRandom, names, width),
    ...worstLines(verdict, labOf(verdict, result.lab), names, width),
    ...(exploration.notVaried.length === 0
      ? []
      : rows('not varied', joined(exploration.notVaried, width - HEAD))),
  ];
}

/** How the VIPs of a lab are called. */
export const vipNamesOf = ({ plan }: Lab): VipNames => new VipNames(plan.vips.map(({ label }) => label));

function exploredInWords({ exploration }: CheckVerdict): string {
  const { method, states, transitions, depth, isClosed, deadEnds, endedBy, horizon } = exploration;
  if (horizon !== undefined) {
    const why = endedBy === null ? '' : `; ${endedBy}`;
    return `${counted(states, 'run')}, ${counted(transitions, 'event')}, concretely: every choice at representative instants, each run up to ${formatDuration(horizon)} at most${why}`;
  }
  const what = method === 'symbolic' ? 'state class' : 'state';
  const many =
    states === 1 ? `1 ${what}` : `${grouped(states)} ${method === 'symbolic' ? 'state classes' : 'states'}`;
  const how = method === 'symbolic' ? 'every real instant' : 'every choice at representative instants';
  const end = isClosed
    ? `all, the state space closes on itself (depth ${grouped(depth)})`
    : `not closed${endedBy === null ? '' : ` (${endedBy})`}, depth ${grouped(depth)}`;
  const dead = deadEnds === 0 ? '' : `; ${counted(deadEnds, 'dead end')}, which is a bug in viplab`;
  return `${many}, ${counted(transitions, 'step')}, ${how}: ${end}${dead}`;
}

function randomLines({ exploration, word }: CheckVerdict, result: CheckResult, width: number): StyledLine[] {
  const { states, endedBy } = exploration;
  const odds = oneInAtLeast(states);
  const token = formatRangeToken(result.lab.design, states);
  return [
    ...(word === 'held' && odds !== undefined
      ? entry(
          'means',
          `at 95 % confidence fewer than 1 run in ${grouped(odds)} breaks under these random causes`,
          width,
        )
      : []),
    ...(word === 'held' && endedBy !== null ? entry('why', endedBy, width) : []),
    ...(word === 'broken' || states === 0
      ? []
      : rows('replay', command(result.replayRuns(token), width - HEAD))),
  ];
}

function coveredLines(
  covered: readonly Coverage[],
  isRandom: boolean,
  names: VipNames,
  width: number,
): StyledLine[] {
  if (covered.length === 0) return [];
  const short = (what: string): string =>
    what.replace(/\d+\.\d+\.\d+\.\d+( \(\d+\/\d+\))?/g, (label) => names.short(label));
  const items = covered.map(({ what, share }) =>
    isRandom
      ? `${short(what)} ${percent(share)}${share === 0 ? ' (!)' : ''}`
      : `${share > 0 ? '' : 'never: '}${short(what)}${share > 0 ? '' : ' (!)'}`,
  );
  return rows('covered', joined(items, width - HEAD));
}

/** How wide the words of the worst spans and their lengths are. */
const WHAT = 10;
const LASTED = 10;
/** Where a client's outage is told, all stand farther to the right. */
const WIDE_WHAT = 14;

/** The longest of each kind; what happens while booting only where it is the longest. */
function worstLines(verdict: CheckVerdict, lab: Lab, names: VipNames, width: number): StyledLine[] {
  const longest = new Map<string, WorstCase>();
  for (const worst of verdict.worst) {
    const known = longest.get(worst.what);
    if (worst.lasted > (known?.lasted ?? 0)) longest.set(worst.what, worst);
  }
  const what = longest.has('client outage') ? WIDE_WHAT : WHAT;
  const lines = [...longest.values()].flatMap((worst) => {
    const lasted = `${worst.isUnbounded === true ? '> ' : worst.isStrict ? '< ' : ''}${spanInWords(worst.lasted)}`;
    const allowed = worst.allowed === null ? '' : ` (allowed ${spanInWords(worst.allowed)})`;
    const vip = names.short(worst.address);
    const whose = worst.client === undefined ? vip : `${worst.client} on ${vip}`;
    const when = worst.phase === 'boot' ? ' while booting' : '';
    const text = worst.what.padEnd(what) + lasted.padEnd(LASTED) + whose + when + allowed;
    const token = tokenOf(worst, lab);
    if (token === undefined) return joined([text], width - HEAD);
    const room = width - HEAD - [...text].length - token.length;
    return room >= 2
      ? [text + ' '.repeat(room) + token]
      : [
          ...joined([text], width - HEAD),
          ...wrap(token, width - HEAD - what).map((line) => ' '.repeat(what) + line),
        ];
  });
  return rows('worst', lines);
}

/** What gets the run of a worst case again. The lab is the one that was checked. */
export function tokenOf({ token, scenario }: WorstCase, lab: Lab): string | undefined {
  if (token !== undefined || scenario === undefined) return token;
  return scenarioToken(lab, scenario);
}

/** The lab that a verdict is about, where addresses were swapped another than the one that was read. */
export const labOf = (verdict: CheckVerdict, lab: Lab): Lab =>
  designDigest(verdict.design) === lab.digest ? lab : defineLab(verdict.design);
