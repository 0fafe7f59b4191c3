import { formatShard, type Story, type SweepPlan, type SweepSummary, type WorstRun } from '@viplab/check';
import {
  formatSeconds,
  MICROSECOND,
  MILLISECOND,
  type Nanoseconds,
  SECOND,
  type StyledLine,
} from '@viplab/core';
import { wrap } from '../help.js';
import { MAX_WIDTH } from '../terminal.js';
import { counted, grouped, percent, stories } from './quantities.js';

/** Width of the words on the left. */
const LEFT = 11;
/** More stories than this are a list for a file, not for a screen. */
const MOST_STORIES = 10;
const MOST_GAPS = 8;

/** What the page says beside the summary. */
export interface SweepPage {
  /** What may happen and how often, one phrase each. */
  readonly bounds: readonly string[];
  /** What is typed before a token: `viplab run lab.yaml --replay`. */
  readonly replay: string;
  readonly wrote: readonly string[];
  /** Why it ended before its time: `--budget 60s`, `interrupted`. */
  readonly endedBy?: string;
  /** What to do about gaps. */
  readonly gaps?: readonly { readonly what: string; readonly command: string }[];
}

/** The page of a sweep. It depends on what was found alone, not on time or workers. */
export function sweepText(summary: SweepSummary, page: SweepPage): StyledLine[] {
  return [
    verdictLine(summary, page),
    ...rows('bounds', page.bounds.join(' · ')),
    ...gapLines(page.gaps ?? []),
    ...bound(summary),
    ...summary.stories.slice(0, MOST_STORIES).flatMap((story, index) => storyLines(story, index, page)),
    ...(summary.stories.length > MOST_STORIES
      ? rows('', `… and ${stories(summary.stories.length - MOST_STORIES)} more: --json has them all`)
      : []),
    ...covered(summary),
    ...worst(summary),
    ...rows('wrote', page.wrote.join('  ')),
  ];
}

/** Commands are not broken into lines: they are there to be pasted. */
function gapLines(gaps: NonNullable<SweepPage['gaps']>): StyledLine[] {
  const shown = gaps
    .slice(0, MOST_GAPS)
    .flatMap(({ what, command }, index): StyledLine[] => [
      ...rows(index === 0 ? 'missing' : ' ', what),
      [{ text: ' '.repeat(LEFT) }, { text: command, style: 'bold' }],
    ]);
  const more = gaps.length - MOST_GAPS;
  return more > 0 ? [...shown, ...rows(' ', `… and ${grouped(more)} more: --json has them all`)] : shown;
}

function rows(label: string, text: string): StyledLine[] {
  if (text === '') return [];
  return wrap(text, MAX_WIDTH - LEFT).map(
    (line, index): StyledLine => [
      { text: index === 0 ? label.padEnd(LEFT) : ' '.repeat(LEFT), style: 'dim' },
      { text: line },
    ],
  );
}

function verdictLine(
  { word, done, asked, broken, stories: told, why }: SweepSummary,
  page: SweepPage,
): StyledLine {
  const ended = page.endedBy === undefined || done === asked ? '' : ` (${page.endedBy})`;
  const some = done === asked ? counted(done, 'run') : `${grouped(done)} of ${counted(asked, 'run')}${ended}`;
  if (word === 'broken') {
    return [
      { text: 'BROKEN'.padEnd(LEFT), style: 'bad' },
      {
        text: `${grouped(broken)} of ${some === counted(done, 'run') ? some : `the ${some}`} in ${stories(told.length)} (by property and causes)`,
      },
    ];
  }
  if (asked === 0)
    return [
      { text: 'HELD'.padEnd(LEFT), style: 'owner' },
      { text: 'this shard has no runs: there are more shards than blocks of runs' },
    ];
  if (word === 'held')
    return [{ text: 'HELD'.padEnd(LEFT), style: 'owner' }, { text: `nothing found in ${some}; not a proof` }];
  const reason = done < asked ? `nothing found in ${some}; HELD is not claimed` : (why ?? '');
  // On a line of its own the word is as long as the column.
  return [{ text: 'INCONCLUSIVE ', style: 'warn' }, { text: reason }];
}

function bound({ oneIn, plan }: SweepSummary): StyledLine[] {
  if (oneIn === null) return [];
  const luck = plan.campaign === null ? 'seeds' : 'random causes';
  return rows(
    'means',
    `at 95 % confidence fewer than 1 run in ${grouped(oneIn)} is broken under these ${luck}`,
  );
}

function storyLines({ property, causes, runs, first }: Story, index: number, page: SweepPage): StyledLine[] {
  return [
    ...rows(`story ${index + 1}`, `${property}, after ${causes}: ${counted(runs, 'run')}`),
    ...rows('', `${first.message}  (run ${first.run}, at ${formatSeconds(first.at)})`),
    [{ text: ' '.repeat(LEFT) }, { text: `${page.replay} ${first.token}` }],
  ];
}

function covered({ covered: all, done, plan }: SweepSummary): StyledLine[] {
  if (done === 0) return [];
  // That there was any failover is said by that of each address.
  const each = all.filter(({ what }) => what !== plan.ofInterest);
  return rows(
    'covered',
    (each.length === 0 ? all : each)
      .map(({ what, share }) => `${what} ${percent(share)}${share === 0 ? ' (!)' : ''}`)
      .join(' · '),
  );
}

/** The longest of each kind once all had booted; of the boot only what is found nowhere else. */
function worst({ worst: all }: SweepSummary): StyledLine[] {
  const order = (each: WorstRun): number => (each.phase === 'boot' ? 1 : 0);
  const longest = new Map<string, WorstRun>();
  const sorted = all
    .filter(({ lasted }) => lasted > 0)
    .sort((one, other) => order(one) - order(other) || other.lasted - one.lasted);
  for (const each of sorted) if (!longest.has(each.what)) longest.set(each.what, each);
  return [...longest.values()].flatMap((each, index): StyledLine[] => {
    const words = worstWords(each);
    const label = { text: (index === 0 ? 'worst' : '').padEnd(LEFT), style: 'dim' } as const;
    const isShort = LEFT + words.length + 2 + each.token.length <= MAX_WIDTH;
    return isShort
      ? [[label, { text: `${words}  ${each.token}` }]]
      : [
          [label, { text: words }],
          [{ text: ' '.repeat(LEFT) }, { text: each.token, style: 'dim' }],
        ];
  });
}

/** As wide as the longest of what is measured. */
const WHAT = 13;

function worstWords({ what, address, client, lasted, isUnbounded, allowed, phase, run }: WorstRun): string {
  const span = `${isUnbounded === true ? '> ' : ''}${brief(lasted)}`;
  const whose = client === undefined ? address : `${client} → ${address}`;
  const notes = [
    ...(phase === 'boot' ? ['first boot'] : []),
    ...(allowed === null || phase === 'boot' ? [] : [`allowed ${brief(allowed)}`]),
    `run ${run}`,
  ];
  return `${what.padEnd(WHAT)} ${span.padEnd(9)} ${whose}  (${notes.join(', ')})`;
}

/** Three digits of a span, with the unit that reads best. */
function brief(span: Nanoseconds): string {
  for (const [unit, size] of [
    ['s', SECOND],
    ['ms', MILLISECOND],
    ['µs', MICROSECOND],
  ] as const) {
    if (span >= size) return `${Number((span / size).toPrecision(3))} ${unit}`;
  }
  return `${span} ns`;
}

/** What may happen, and how often it is tried. */
export function boundsInWords({ campaign, runs, seed, shard }: SweepPlan): string[] {
  const part = shard.of === 1 ? [] : [`shard ${formatShard(shard)}`];
  return campaign === null
    ? ["the lab's own schedule", `seeds ${seed} to ${seed + runs - 1}`, ...part]
    : [campaign.name, `seed ${seed}, runs 1 to ${runs}`, ...part];
}
