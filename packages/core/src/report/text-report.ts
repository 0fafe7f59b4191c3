import { formatSeconds, type Nanoseconds, SECOND } from '../engine/index.js';
import type { Cause } from './causes.js';
import { flutterInWords } from './flutter-words.js';
import { hurtsInWords } from './hurt-lines.js';
import type { Interval } from './interval.js';
import type { Report, VipReport } from './report.js';
import type { InstanceFacts, RunFacts } from './run-facts.js';
import { spanInWords, timesInWords } from './spans-of-time.js';
import { type LetteredEntry, type StoryOptions, storyLines, storyOf } from './story.js';
import { inAscii, padded, type Span, type StyledLine, span, textWidth, wrapped } from './styled-text.js';
import { MAX_WIDTH, type TimelineOptions, timeline } from './timeline.js';
import { longestTimes } from './verdict.js';
import { type VerdictWord, wordOnScreen } from './verdict-word.js';
import { VipNames } from './vip-names.js';

/** How the page of a run is printed. */
export interface TextReportOptions extends StoryOptions, Pick<TimelineOptions, 'lanes'> {
  /** Files that were written, by name. */
  readonly wrote?: readonly string[];
  /** What to type to get this run again; `viplab run --replay TOKEN` if left out. */
  readonly replay?: string;
  /** What to type to state what was inferred: `viplab init n1/keepalived.conf n2/keepalived.conf`. */
  readonly initCommand?: string;
}

const HEAD = 11;
/** The right end of the line with the seed. */
const SEED_END = 97;

/** The whole page of a run: who, what was inferred, lanes, list, and the two answers. */
export function textReport(report: Report, options: TextReportOptions = {}): StyledLine[] {
  const width = Math.min(MAX_WIDTH, options.width ?? MAX_WIDTH);
  const level = options.level ?? 'normal';
  const answers = [...flapsLines(report, width), ...hurtsLines(report, width)];
  if (level === 'quiet') return options.ascii === true ? inAscii(answers) : answers;
  const story = storyOf(report, level, options.sightings);
  const lanes = timeline(report, { ...laneOptions(options), width, marks: story.marks });
  const inferred = inferredLines(report.facts, width, options.initCommand);
  const lines: StyledLine[] = [
    ...headerLines(report.facts, width, `seed ${report.facts.seed}`),
    ...inferred,
    ...(inferred.length > 0 && lanes.length > 0 ? [[]] : []),
    ...lanes,
    ...(lanes.length > 0 ? [[]] : []),
    ...storyLines(report, { ...options, level, width, ascii: false }, story),
    [],
    ...flapsLines(report, width, story.entries),
    ...hurtsLines(report, width),
    ...expectedLines(report, width),
    ...(options.wrote === undefined || options.wrote.length === 0
      ? []
      : entry('wrote', options.wrote.join('  '), width)),
    ...entry('replay', options.replay ?? `viplab run --replay ${report.facts.token}`, width),
  ];
  return options.ascii === true ? inAscii(lines) : lines;
}

const laneOptions = ({ lanes }: TextReportOptions): Pick<TimelineOptions, 'lanes'> =>
  lanes === undefined ? {} : { lanes };

/** A word in the margin and a text beside it. */
function entry(word: string, text: string, width: number): StyledLine[] {
  return wrapped(text, width - HEAD).map((line, index) => [
    index === 0 ? span(padded(word, HEAD), 'bold') : span(' '.repeat(HEAD)),
    span(line),
  ]);
}

/**
 * The head of a page about a lab: who competes for which VIP, and what was inferred.
 *
 * @param options - columns, and what to type to state what was inferred
 */
export function pageHead(
  facts: RunFacts,
  { width = MAX_WIDTH, initCommand }: Pick<TextReportOptions, 'width' | 'initCommand'> = {},
): StyledLine[] {
  const columns = Math.min(MAX_WIDTH, width);
  return [...headerLines(facts, columns, ''), ...inferredLines(facts, columns, initCommand)];
}

function headerLines(facts: RunFacts, width: number, seed: string): StyledLine[] {
  const nodes = [...new Set(facts.vips.flatMap(({ instances }) => instances.map(({ node }) => node)))];
  const title = facts.name ?? (nodes.length > 0 ? nodes.join(', ') : 'run');
  const said = new Set<string>();
  const vips = facts.vips.map(({ address, instances }) => {
    if (instances.length === 0) return address;
    return `${address} (${competitorsOf(instances)
      .map((group) => groupInWords(group, said))
      .join('; ')})`;
  });
  const end = Math.min(SEED_END, width);
  const [first = '', ...rest] = wrapped(`${title}: ${vips.join(', ')}`, end - textWidth(seed) - 2);
  return [
    [span(padded(first, end - textWidth(seed))), span(seed, 'dim')],
    ...rest.map((line): StyledLine => [span(line)]),
  ];
}

/** The instances of an address by who competes with whom: of CARP those of one vhid. */
function competitorsOf(instances: readonly InstanceFacts[]): InstanceFacts[][] {
  const groups = new Map<string, InstanceFacts[]>();
  for (const instance of instances) {
    const key = `${instance.protocol} ${instance.vhid}`;
    groups.set(key, [...(groups.get(key) ?? []), instance]);
  }
  return [...groups.values()];
}

/** `VI_1, priority 150/100`, `carp0 vhid 1, advskew 0/100`. @param said - words that need not be said again */
function groupInWords(group: readonly InstanceFacts[], said: Set<string>): string {
  const names = [...new Set(group.map(({ name }) => name))];
  const [{ protocol, vhid } = { protocol: 'vrrp', vhid: null }] = group;
  // `1@em0` and `carp0:1` have it in their names.
  const isNamed = names.every((name) => name.startsWith(`${vhid}@`) || name.endsWith(`:${vhid}`));
  const advbases = group.map(({ advertIntervalNs }) => Math.floor(advertIntervalNs / SECOND));
  const advbase =
    protocol === 'vrrp' || advbases.every((base) => base === 1)
      ? ''
      : `advbase ${new Set(advbases).size === 1 ? advbases[0] : advbases.join('/')}, `;
  const word = protocol === 'vrrp' ? 'priority' : 'advskew';
  const isNew = !said.has(word);
  said.add(word);
  const values = group.map(({ priority }) => priority).join('/');
  return `${names.join('/')}${vhid === null || isNamed ? '' : ` vhid ${vhid}`}, ${advbase}${isNew || advbase !== '' ? `${word} ` : ''}${values}`;
}

const WHAT = 9;

function inferredLines(facts: RunFacts, width: number, initCommand: string | undefined): StyledLine[] {
  const rows = facts.inferred.flatMap(({ what, value, why }): StyledLine[] => {
    const column = Math.max(WHAT, textWidth(what) + 2);
    const text = why === '' ? value : `${value} (${why})`;
    return wrapped(text, width - HEAD - column).map((line, index) => [
      span((index === 0 ? padded(what, column) : ' '.repeat(column)) + line, 'dim'),
    ]);
  });
  if (rows.length === 0) return [];
  if (initCommand !== undefined) {
    const hint = `to state them yourself:  ${initCommand}`;
    const lines = HEAD + textWidth(hint) <= width ? [hint] : wrapped(hint, width - HEAD);
    rows.push(...lines.map((line): StyledLine => [span(line, 'dim')]));
  }
  return rows.map((row, index) => [span(padded(index === 0 ? 'inferred' : '', HEAD), 'dim'), ...row]);
}

function flapsLines(report: Report, width: number, entries: readonly LetteredEntry[] = []): StyledLine[] {
  const names = new VipNames(report.vips.map(({ address }) => address));
  const { word, endsEarly } = report.verdict;
  const sentences =
    word === 'broadcast-storm'
      ? stormInWords(report)
      : word === 'no-flap' || word === 'dual' || word === 'headless' || word === 'unsettled'
        ? movesInWords(report, names, entries)
        : harmInWords(report, names);
  const text = `${padded(wordOnScreen(word), 9)} ${sentences.join('; ')}`;
  const [first = '', ...rest] = wrappedAfterWord(text, width);
  const at = 10;
  const lines: StyledLine[] = [
    [
      span(padded('flaps?', HEAD), 'bold'),
      span(first.slice(0, at), styleOfWord(word)),
      span(first.slice(at)),
    ],
    ...rest.map((line): StyledLine => [span(' '.repeat(HEAD) + line)]),
  ];
  const budgets = budgetsInWords(report, names);
  if (budgets !== '')
    lines.push(...wrapped(budgets, width - HEAD).map((line): StyledLine => [span(' '.repeat(HEAD) + line)]));
  if (report.verdict.words.includes('unsettled')) {
    lines.push(
      ...wrapped(unsettledInWords(report, names), width - HEAD).map(
        (line): StyledLine => [span(' '.repeat(HEAD) + line, 'bad')],
      ),
    );
  }
  if (endsEarly) {
    const what = report.causes.length > 0 ? 'the last cause' : 'the first election';
    lines.push(...entry('', `the run ends before ${what} had time to settle`, width));
  }
  return lines;
}

const styleOfWord = (word: VerdictWord): Span['style'] =>
  word === 'no-flap' ? 'owner' : word === 'dual' ? 'warn' : 'bad';

/** The blanks after the word stay as they are, the rest is broken. */
function wrappedAfterWord(text: string, width: number): string[] {
  const word = text.slice(0, 10);
  const [first = '', ...rest] = wrapped(text.slice(10), width - HEAD - 10);
  return [word + first, ...(rest.length === 0 ? [] : wrapped(rest.join(' '), width - HEAD))];
}

function stormInWords(report: Report): string[] {
  return report.verdict.findings
    .filter(({ word }) => word === 'broadcast-storm')
    .map(({ at, loop = [] }) => {
      const where = loop.length === 0 ? '' : ` in the loop ${loop.join(' ')}`;
      return `one frame circles${where}: the run ends at ${formatSeconds(at)} s. Spanning tree breaks the loop, storm control bounds it, one cable less ends it`;
    });
}

function movesInWords(report: Report, names: VipNames, entries: readonly LetteredEntry[]): string[] {
  return report.vips.map((vip) => {
    const name = names.short(vip.address);
    const count = vip.handovers.length;
    if (count === 0)
      return vip.owners.every(({ kind }) => kind === 'unowned')
        ? `nobody ever owned ${name}`
        : `${name} never moved`;
    const letters = vip.handovers
      .map(({ cause }) => causeInWords(cause, entries))
      .filter((letter) => letter !== '');
    const which = letters.length === 0 ? '' : ` (${letters.join(', ')})`;
    return `${name} moved ${timesInWords(count)}, ${count === 1 ? '' : 'each time '}for a cause${which}`;
  });
}

/** The letter of a cause in the list; a start that nobody scheduled has none. */
function causeInWords(cause: Cause | null, entries: readonly LetteredEntry[]): string {
  if (cause === null) return '';
  if (!cause.isScheduled) return 'start';
  const told = entries.find(
    ({ entry: { kind, time, subject } }) =>
      kind === 'cause' && time === cause.time && subject === `${cause.action} ${cause.target}`,
  );
  return told?.letter ?? '';
}

function harmInWords(report: Report, names: VipNames): string[] {
  return report.vips.flatMap((vip) => {
    const name = names.short(vip.address);
    const flux = vip.flux.map(
      ({ client, moves, between, hasStopped, to }) =>
        `${name}: ${client}'s frames moved ${timesInWords(moves.length)} between ${between.length === 2 ? 'two' : between.length} owners, without a cause${hasStopped ? `, until ${formatSeconds(to)}` : ''}`,
    );
    const flaps =
      vip.flaps.length === 0
        ? []
        : [`${name} moved ${timesInWords(vip.flaps.length)} without a cause: ${listOfMoves(vip.flaps)}`];
    const landings =
      vip.landingFlaps.length === 0
        ? []
        : [
            `${name}: the landing of ${[...new Set(vip.landingFlaps.map(({ client }) => client))].join(', ')} moved without a cause: ${listOfMoves(vip.landingFlaps)}`,
          ];
    const flutters = vip.flutters.map((flutter) => `${name}: ${flutterInWords(flutter)}`);
    return [...flutters, ...flaps, ...flux, ...landings];
  });
}

const MOST_MOVES = 4;

function listOfMoves(
  moves: readonly { readonly at: number; readonly from: string; readonly to: string }[],
): string {
  const shown = moves
    .slice(0, MOST_MOVES)
    .map(({ at, from, to }) => `${from} to ${to} at ${formatSeconds(at)}`);
  return shown.join(', ') + (moves.length > MOST_MOVES ? `, and ${moves.length - MOST_MOVES} more` : '');
}

/** The longest headless and dual time of each VIP beside what it may last. */
function budgetsInWords(report: Report, names: VipNames): string {
  const tables = report.vips.some(({ flux }) => flux.length > 0) ? tablesInWords(report) : [];
  return report.vips
    .flatMap((vip) => {
      const { dual, headless } = longestTimes(vip.ownership);
      const name = names.short(vip.address);
      const { dualBudgetNs, headlessBudgetNs } = vip.facts;
      return [
        headless === 0
          ? ''
          : beside(
              headless > headlessBudgetNs ? 'HEADLESS' : 'headless',
              name,
              headless,
              headlessBudgetNs,
              vip.headless,
              report.facts.duration,
            ),
        dual === 0
          ? ''
          : beside(
              dual > dualBudgetNs ? 'DUAL' : 'dual',
              name,
              dual,
              dualBudgetNs,
              vip.dual,
              report.facts.duration,
            ),
      ];
    })
    .filter((text) => text !== '')
    .concat(tables)
    .join(' · ');
}

/** Which tables a flux moves: with a shared virtual MAC the CAM, with each interface's own MAC the ARP caches. */
function tablesInWords(report: Report): string[] {
  const moves = report.switches.map(
    ({ name, moves: all }) => `CAM of ${name}: ${all.length} ${all.length === 1 ? 'move' : 'moves'}`,
  );
  const changes = report.clients.map(
    ({ name, arpChanges }) =>
      `ARP cache of ${name}: ${arpChanges.length} ${arpChanges.length === 1 ? 'change' : 'changes'}`,
  );
  return [...moves, ...changes];
}

function beside(
  word: string,
  name: string,
  lasted: Nanoseconds,
  allowed: Nanoseconds,
  intervals: readonly Interval[],
  duration: Nanoseconds,
): string {
  const often = intervals.length > 1 ? `, ${intervals.length} times` : '';
  const isOpen = intervals.at(-1)?.to === duration;
  return `${word} ${name} ${spanInWords(lasted)} (allowed ${spanInWords(allowed)})${often}${isOpen ? ', not over' : ''}`;
}

function unsettledInWords(report: Report, names: VipNames): string {
  return report.verdict.findings
    .filter(({ word }) => word === 'unsettled')
    .map(({ address }) => `${names.short(address)} ends ${endOf(report.vip(address))}`)
    .join('; ');
}

function endOf(vip: VipReport): string {
  const owners = vip.owners.at(-1)?.owners ?? [];
  const owned = owners.length === 0 ? 'without an owner' : `owned by ${owners.join(' and ')}`;
  const elsewhere = vip.landings
    .map(({ client, intervals }) => ({ client, end: intervals.at(-1) }))
    .filter(
      ({ end }) =>
        end !== undefined &&
        end.kind !== 'not-yet' &&
        (end.at === null || owners.length !== 1 || !owners.includes(end.at)),
    )
    .map(({ client, end }) => `${client}'s frames arrive at ${end?.at ?? 'no node'}`);
  return [owned, ...elsewhere].join(', ');
}

function hurtsLines(report: Report, width: number): StyledLine[] {
  const sentences = hurtsInWords(report);
  if (sentences.length === 0) return entry('who hurts?', 'nobody was asked: the lab has no client', width);
  return sentences.flatMap((sentence, index) => entry(index === 0 ? 'who hurts?' : '', sentence, width));
}

function expectedLines(report: Report, width: number): StyledLine[] {
  const { expected } = report.facts;
  if (expected === undefined) return [];
  const { verdict } = report;
  const within = expected.failoverWithinNs;
  const inWords = (words: readonly VerdictWord[]): string =>
    words.map((word) => (word === 'no-flap' ? 'no flap' : word)).join(', ');
  const words = [
    inWords(expected.words),
    ...(within === undefined ? [] : [`failover within ${spanInWords(within)}`]),
  ];
  const slowest = verdict.slowestFailover;
  const failover =
    within === undefined
      ? []
      : slowest === null
        ? ['no failover happened']
        : slowest.took > within
          ? [`the failover at ${formatSeconds(slowest.at)} took ${spanInWords(slowest.took)}`]
          : [];
  const end = verdict.isExpected
    ? 'so exit 0'
    : `but it is ${[inWords(verdict.words), ...failover].join(', ')}: exit 1`;
  return entry('expected', `${words.join(', ')} (${expected.where}), ${end}`, width);
}
