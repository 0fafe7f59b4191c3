import {
  type Nanoseconds,
  type Report,
  SECOND,
  type SpanStyle,
  type StoryEntry,
  storyOf,
} from '@viplab/core';
import type { Counterexample } from '../verdict.js';
import { causeInWords } from './cause-words.js';

/** One sentence of how it breaks. */
export interface StorySentence {
  readonly at: Nanoseconds;
  /** Of a cause; empty for what follows from causes. */
  readonly letter: string;
  readonly text: string;
  readonly style?: SpanStyle;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** More is no story any more. */
const MOST_SENTENCES = 24;

/**
 * How a run breaks, in plain words: what was done, each with a letter, who came to own what and why, until the property
 * was violated.
 */
export function storyOfBreak(
  report: Report,
  { at, property, message }: Pick<Counterexample, 'at' | 'property' | 'message'>,
): StorySentence[] {
  const told = [...sentencesOf(report), ...lostFrames(report)]
    .filter((sentence) => sentence.at <= at)
    .toSorted((one, other) => one.at - other.at);
  const shown =
    told.length <= MOST_SENTENCES
      ? told
      : [...told.slice(0, MOST_SENTENCES / 2), leftOut(told), ...told.slice(-MOST_SENTENCES / 2)];
  let next = 0;
  return [
    ...shown.map(
      ({ isCause, at: time, text, style }): StorySentence => ({
        at: time,
        letter: isCause ? (LETTERS[next++] ?? '') : '',
        text,
        ...(style === undefined ? {} : { style }),
      }),
    ),
    { at, letter: '', text: `${property} is violated: ${message}.`, style: 'bad' },
  ];
}

interface Told {
  readonly at: Nanoseconds;
  readonly isCause: boolean;
  readonly text: string;
  readonly style?: SpanStyle;
}

const leftOut = (told: readonly Told[]): Told => ({
  at: told[MOST_SENTENCES / 2]?.at ?? 0,
  isCause: false,
  text: `… ${told.length - MOST_SENTENCES} more of these; the replay shows them …`,
});

function sentencesOf(report: Report): Told[] {
  let cause = 0;
  const boots = new Set(
    report.facts.nodes.filter(({ start = 0 }) => start > 0).map(({ name }) => `${name} boots`),
  );
  const told: Told[] = [];
  for (const { entry, closes } of storyOf(report).entries) {
    if (entry.kind !== 'cause') {
      const again =
        closes === null ? '' : ` ↻ again ${closes.count} times, until ${instantOf(closes.last, false)}.`;
      const text = sentenceOf(entry, report) + again;
      told.push({ at: entry.time, isCause: false, text, ...styleOf(entry) });
      continue;
    }
    if (boots.has(entry.subject)) {
      told.push({
        at: entry.time,
        isCause: true,
        text: `${entry.subject}${after(entry.text)}.`,
        style: 'bold',
      });
      continue;
    }
    const found = report.causes[cause++];
    // A lost frame is told when it was lost.
    if (found === undefined || found.action === 'lose-next') continue;
    const more = entry.text.startsWith(found.detail) ? entry.text.slice(found.detail.length) : entry.text;
    told.push({
      at: entry.time,
      isCause: true,
      text: `${causeInWords(found)}${after(more.replace(/^; /, ''))}.`,
      style: 'bold',
    });
  }
  return told;
}

const after = (text: string): string => (text === '' ? '' : `; ${text}`);

const styleOf = ({ style }: StoryEntry): { readonly style?: SpanStyle } =>
  style === undefined ? {} : { style };

/** `kept connection to .100 reset by n2`, with its verb. */
const withVerb = (text: string): string =>
  text.replace(/^((\d+ )?(?:kept )?connections? to \S+) (?!hangs)/, (_, who: string, many?: string) =>
    many === undefined ? `${who} is ` : `${who} are `,
  );

function sentenceOf({ kind, subject, text, vip, time }: StoryEntry, report: Report): string {
  if (kind === 'connection') return `${subject}'s ${withVerb(text)}.`;
  const [, node, verb, what] = /^(\S+) (master of|owner of|gives up|lands on) (.+)$/.exec(subject) ?? [];
  const ends = text === '' ? '.' : `: ${text}.`;
  if (node === undefined) return `${subject}${ends}`;
  if (verb === 'gives up') return `${node} gives up ${what}${ends}`;
  if (verb === 'lands on') return `${node} now reaches ${what}${ends}`;
  const facts = report.facts.vips.find(({ address }) => address === vip);
  const instance = facts?.instances.find((each) => each.node === node);
  const owners = report.vips.find(({ address }) => address === vip)?.owners ?? [];
  const others =
    owners.find(({ from, to }) => from <= time && time < to)?.owners.filter((name) => name !== node) ?? [];
  const who = instance === undefined ? node : `${node} (${rankOf(instance)})`;
  const too = others.length > 0 ? `, and ${others.join(', ')} still has it` : '';
  return `${who} ${verb === 'master of' ? 'becomes master of' : 'owns'} ${what}${too}${ends}`;
}

/** What decides for an instance: its priority, or CARP's advskew. */
const rankOf = ({ protocol, priority }: Report['facts']['vips'][number]['instances'][number]): string =>
  protocol === 'carp' ? `advskew ${priority}` : `${priority}`;

/** The adverts and ARP frames that were lost singly, each when it was. */
function lostFrames({ events, facts, macOwners }: Report): Told[] {
  return events.flatMap((event): Told[] => {
    if (event.name !== 'frame.lost') return [];
    const sender =
      facts.nodes.find(({ address }) => address === event.sender)?.name ??
      macOwners.get(event.mac) ??
      event.mac;
    const what = event.kind === 'vrrp' ? 'an advert' : 'an ARP frame';
    return [
      {
        at: event.time,
        isCause: true,
        text: `${what} of ${sender} to ${event.node} is lost.`,
        style: 'bold',
      },
    ];
  });
}

const MILLIS = 3;

/** Instants as a story says them: `4`, `7.023`; whole seconds need no decimals where somebody chose them. */
export function instantOf(at: Nanoseconds, isCause: boolean): string {
  const exact = (at / SECOND).toFixed(9).replace(/\.?0+$/, '');
  const rounded = (at / SECOND).toFixed(MILLIS);
  return isCause && exact.length < rounded.length ? exact : rounded;
}
