import { SECOND } from '../engine/index.js';
import { type ConnectionLife, worstBroken } from './connection-life.js';
import { ElectionEvents } from './election-events.js';
import { tellFlutters } from './flutter-words.js';
import type { Report } from './report.js';
import { secondsFormat, spanInWords } from './spans-of-time.js';
import { tellDemotions, tellMastersWithout } from './story-carp.js';
import { tellConnections } from './story-connections.js';
import { tellDetails, tellEvents, tellFrames } from './story-details.js';
import {
  DETAIL_KINDS,
  type FrameSighting,
  inOrder,
  isTold,
  type StoryEntry,
  type StoryLevel,
} from './story-entry.js';
import { type Telling, tellBoots, tellCauses, tellHarm, tellLandings, tellOwners } from './story-events.js';
import { type FoldedEntry, foldRounds, type Repetition } from './story-rounds.js';
import { tellSwitches } from './story-switches.js';
import { inAscii, padded, type Span, type StyledLine, span, textWidth, wrapped } from './styled-text.js';
import { MAX_WIDTH, type Mark } from './timeline.js';
import { VipNames } from './vip-names.js';

/** How a story is told. */
export interface StoryOptions {
  /** Default `normal`. */
  readonly level?: StoryLevel;
  /** Columns; default 100, and never more are used. */
  readonly width?: number;
  readonly ascii?: boolean;
  /** How many frames were sent, if somebody counted. */
  readonly frames?: number;
  /** The frames themselves, told at the level `vv`. */
  readonly sightings?: readonly FrameSighting[];
}

/** An entry with the letter that stands for it. */
export interface LetteredEntry extends FoldedEntry {
  /** Empty if it has none. */
  readonly letter: string;
}

/** What is told, and what is not. */
export interface Story {
  readonly entries: readonly LetteredEntry[];
  /** For the row under the lanes; a repeated round stands there each time. */
  readonly marks: readonly Mark[];
  /** How many details are left out at this level, and of which kinds. */
  readonly quieter: number;
  readonly quieterKinds: readonly string[];
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
/** First owners of several VIPs within this span are one sentence. */
const SAME_ELECTION = SECOND;
/** More entries than this are no story any more. */
const MOST_ENTRIES = 60;

/** Chooses, orders, folds and letters what is told of a run. */
export function storyOf(
  report: Report,
  level: StoryLevel = 'normal',
  sightings: readonly FrameSighting[] = [],
): Story {
  const telling: Telling = {
    report,
    names: new VipNames(report.vips.map(({ address }) => address)),
    elections: new ElectionEvents(report.events, report.facts.nodes),
    seconds: secondsFormat(decimalsOf(level)),
  };
  const main = [
    ...tellBoots(telling),
    ...tellCauses(telling),
    ...tellOwners(telling),
    ...tellMastersWithout(telling),
    ...tellFlutters(telling),
    ...tellLandings(telling),
    ...tellDemotions(telling),
    ...tellHarm(telling),
    ...tellSwitches(telling),
    ...tellConnections(telling),
  ];
  const all = inOrder([
    ...main,
    ...tellDetails(telling),
    ...(level === 'vv' ? [...tellEvents(telling), ...tellFrames(sightings)] : []),
  ]);
  const told = all.filter((entry) => isTold(entry, level));
  const joined = level === 'normal' ? joinElections(told, telling) : told;
  const untold = all.filter((entry) => entry.level === 'v' && !isTold(entry, level));
  const kinds = new Set(untold.map(({ detail }) => detail));
  const entries = lettered(foldRounds(joined));
  return {
    entries,
    marks: marksOf(entries),
    quieter: untold.length,
    quieterKinds: DETAIL_KINDS.filter((kind) => kinds.has(kind)),
  };
}

const decimalsOf = (level: StoryLevel): number => (level === 'v' || level === 'vv' ? 6 : 3);

function joinElections(entries: readonly StoryEntry[], { names, seconds }: Telling): StoryEntry[] {
  const result: StoryEntry[] = [];
  let open: { readonly index: number; readonly entry: StoryEntry } | null = null;
  for (const entry of entries) {
    const isLater: boolean = entry.kind === 'election' && open !== null && open.entry.vip !== entry.vip;
    if (open !== null && isLater && entry.time - open.entry.time <= SAME_ELECTION) {
      const first = result[open.index];
      const owner = entry.subject.split(' ')[0] ?? '';
      const isSame = entry.time === open.entry.time && open.entry.subject.startsWith(`${owner} `);
      const later = entry.time - open.entry.time;
      const when = isSame
        ? 'and'
        : later === 0
          ? `at the same time ${owner}`
          : `${seconds(later)} s later ${owner}`;
      const text = `${when} of ${names.short(entry.vip ?? '')}`;
      if (first !== undefined)
        result[open.index] = { ...first, text: first.text === '' ? text : `${first.text}; ${text}` };
      continue;
    }
    if (entry.kind === 'election') open = { index: result.length, entry };
    result.push(entry);
  }
  return result;
}

function lettered(folded: readonly FoldedEntry[]): LetteredEntry[] {
  let next = 0;
  let roundHasLetter = false;
  return folded.map((entry) => {
    if (!entry.isInside) roundHasLetter = false;
    const gets = entry.entry.isLettered && !(entry.isInside && roundHasLetter);
    if (gets) roundHasLetter = true;
    return { ...entry, letter: gets ? (LETTERS[next++] ?? '') : '' };
  });
}

function marksOf(entries: readonly LetteredEntry[]): Mark[] {
  const marks: Mark[] = [];
  let repetition: Repetition | null = null;
  let began = 0;
  for (const { entry, letter, opens, closes, isInside } of entries) {
    if (!isInside) {
      repetition = opens;
      began = entry.time;
    }
    if (letter !== '') {
      marks.push({ time: entry.time, letter, vip: entry.vip });
      for (const time of repetition?.times ?? [])
        marks.push({ time: time + entry.time - began, letter, vip: entry.vip });
    }
    if (closes !== null) repetition = null;
  }
  return marks.sort((one, other) => one.time - other.time);
}

/** Wide enough for instants up to 9999 s. */
const timeColumn = (decimals: number): number => 5 + decimals;
const SUBJECT_COLUMN = 20;
/** A narrower screen has the text under the subject. */
const MIN_SIDE_BY_SIDE = 72;

/** The lettered list of what happened: causes, handovers and harm, and more at the deeper levels. */
export function storyLines(report: Report, options: StoryOptions = {}, story?: Story): StyledLine[] {
  const level = options.level ?? 'normal';
  if (level === 'quiet') return [];
  const { entries, quieter, quieterKinds } = story ?? storyOf(report, level, options.sightings);
  const width = Math.min(MAX_WIDTH, options.width ?? MAX_WIDTH);
  const shown = level === 'normal' ? entries.slice(0, MOST_ENTRIES) : entries;
  const lines = shown.flatMap((entry, index) =>
    entryLines(entry, letterOfRound(shown, index), decimalsOf(level), width),
  );
  const indent = ' '.repeat(timeColumn(decimalsOf(level)) + 3);
  if (shown.length < entries.length)
    lines.push([span(`${indent}and ${entries.length - shown.length} more of these: -v`, 'dim')]);
  const hints = [
    quieter > 0
      ? `${quieter} quieter ${quieter === 1 ? 'event' : 'events'} (${quieterKinds.join(', ')}): -v`
      : '',
    options.frames === undefined || level === 'vv' ? '' : `${grouped(options.frames)} frames: -vv`,
    brokenHint(report.connections),
  ].filter((hint) => hint !== '');
  const oneLine = hints.join('      ');
  const hintLines =
    textWidth(oneLine) + indent.length <= width
      ? [oneLine]
      : hints.flatMap((hint) => wrapped(hint, width - indent.length));
  for (const line of hintLines) if (line !== '') lines.push([span(indent + line, 'dim')]);
  return options.ascii === true ? inAscii(lines) : lines;
}

function entryLines(
  { entry, letter, closes }: LetteredEntry,
  roundLetter: string,
  decimals: number,
  width: number,
): StyledLine[] {
  const instant = secondsFormat(decimals)(entry.time).padStart(timeColumn(decimals));
  const margin = timeColumn(decimals) + 3;
  const again = closes === null ? '' : againText(closes, roundLetter, decimals);
  const text = [entry.text, again].filter((part) => part !== '').join('  ');
  const head: Span[] = [letter === '' ? span(' ') : span(letter, 'bold'), span(`${instant}  `)];
  if (text === '') return [[...head, span(entry.subject, entry.style)]];
  if (width < MIN_SIDE_BY_SIDE) {
    const under = wrapped(text, width - margin).map((line): StyledLine => [span(' '.repeat(margin) + line)]);
    return [[...head, span(entry.subject, entry.style)], ...under];
  }
  const column = Math.max(SUBJECT_COLUMN, textWidth(entry.subject) + 2);
  const [first = '', ...rest] = wrapped(text, width - margin - column);
  const further = rest.length === 0 ? [] : wrapped(rest.join(' '), width - margin - SUBJECT_COLUMN);
  const place = ' '.repeat(margin + SUBJECT_COLUMN);
  return [
    [...head, span(entry.subject, entry.style), span(padded('', column - textWidth(entry.subject)) + first)],
    ...further.map((line): StyledLine => [span(place + line)]),
  ];
}

function letterOfRound(entries: readonly LetteredEntry[], index: number): string {
  let first = index;
  while (first > 0 && entries[first]?.isInside === true) first--;
  return entries.slice(first, index + 1).find(({ letter }) => letter !== '')?.letter ?? '';
}

function againText({ count, period, last }: Repetition, letter: string, decimals: number): string {
  const what = letter === '' ? '↻ again' : `↻ ${letter} again`;
  if (period !== null) return `${what} each ${spanInWords(period)}`;
  return `${what} ${count} times until ${secondsFormat(decimals)(last)}`;
}

/** How to see the life of a connection that broke. */
function brokenHint(connections: readonly ConnectionLife[]): string {
  const worst = worstBroken(connections);
  return worst === null ? '' : `the life of a connection: --connection ${worst.name}`;
}

/** `1 204`: groups of three, so that big counts can be read. */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
