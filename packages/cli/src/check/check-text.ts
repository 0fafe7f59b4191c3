import type { CheckVerdict } from '@viplab/check';
import { factsOf, inAscii, pageHead, type StyledLine } from '@viplab/core';
import { wrap } from '../help.js';
import { counted } from '../sweep/quantities.js';
import { brokenLines } from './broken-text.js';
import { notAsked } from './check-options.js';
import { type CheckedCampaign, type CheckResult, worstOf } from './checked.js';
import { command, entry, HEAD, joined, rows, spanOf } from './screen.js';
import { STYLES, verdictLines, vipNamesOf, WORDS } from './verdict-text.js';

/** How the screen is printed. */
export interface CheckTextOptions {
  readonly width: number;
  readonly ascii: boolean;
  /** The verdict and what it rests on only: no head, nothing beside. */
  readonly quiet: boolean;
  readonly initCommand?: string;
}

/** What `viplab check` prints: who, what was inferred, the answer and what it rests on, and what was not asked. */
export function checkText(result: CheckResult, options: CheckTextOptions): StyledLine[] {
  const { width, quiet } = options;
  const shown = worstOf(result.deciding);
  const lines: StyledLine[] = [
    ...(quiet ? [] : headLines(result, options)),
    ...(shown === undefined
      ? [[spanOf('INCONCLUSIVE', 'warn'), spanOf('  it was ended before anything was tried')]]
      : shown.word === 'broken'
        ? brokenLines(shown, result, width)
        : verdictLines(shown, result, width)),
    ...(result.deciding.length > 1 ? campaignLines('each', result, result.deciding, width) : []),
    ...(quiet || result.beside.length === 0 ? [] : campaignLines('grey too', result, result.beside, width)),
    ...(quiet ? [] : notAskedLines(result, width)),
    ...(result.interruptedAfter === undefined
      ? []
      : entry('', `(interrupted after ${Math.round(result.interruptedAfter)} s)`, width)),
  ];
  return options.ascii ? inAscii(lines) : lines;
}

function headLines(
  { lab, triedBothOrders }: CheckResult,
  { width, initCommand }: CheckTextOptions,
): StyledLine[] {
  const facts = factsOf(lab.design, lab.plan, 1, lab.plan.duration);
  const head = pageHead(facts, { width, ...(initCommand === undefined ? {} : { initCommand }) });
  const tied = triedBothOrders
    ? entry('', 'decisive, so tried both ways: whose address is higher', width).map(
        (line): StyledLine => line.map((span) => ({ ...span, style: 'dim' })),
      )
    : [];
  return [...head, ...tied, []];
}

/** A word's column among the campaigns: `BROKEN`, `PROVED`, `HELD`, `OPEN`. */
const WORD = 8;
/** What stands for INCONCLUSIVE where many campaigns stand in a row. */
const OPEN = 'OPEN';

/** For each campaign the word, its name, where it breaks why, and how to see it. */
function campaignLines(
  margin: string,
  result: CheckResult,
  checked: readonly CheckedCampaign[],
  width: number,
): StyledLine[] {
  const names = vipNamesOf(result.lab);
  const short = (text: string): string =>
    text.replace(/\d+\.\d+\.\d+\.\d+/g, (address) => names.short(address));
  const lines = checked.flatMap(({ campaign, verdict }): StyledLine[] => {
    const [first] = verdict?.counterexamples ?? [];
    const word = verdict === null || verdict.word === 'inconclusive' ? OPEN : WORDS[verdict.word];
    const style =
      verdict === null ? STYLES.inconclusive : verdict.word === 'broken' ? 'warn' : STYLES[verdict.word];
    const text = `${campaign.name}${first === undefined ? whyOf(verdict) : `: ${short(first.message)}`}`;
    const below = first === undefined ? [] : command(result.replay(first.token), width - HEAD - WORD);
    return [...wrap(text, width - HEAD - WORD), ...below].map((line, index) => [
      index === 0 ? spanOf(word.padEnd(WORD), style) : spanOf(' '.repeat(WORD)),
      spanOf(line),
    ]);
  });
  return [
    [],
    ...lines.map(
      (line, index): StyledLine => [
        index === 0 ? spanOf(margin.padEnd(HEAD), 'bold') : spanOf(' '.repeat(HEAD)),
        ...line,
      ],
    ),
  ];
}

/** Why a campaign is no more than it is. */
function whyOf(verdict: CheckVerdict | null): string {
  if (verdict === null) return ': not tried, the budget was spent before';
  if (verdict.word === 'proved') return '';
  const { method, states, endedBy, horizon } = verdict.exploration;
  if (verdict.word === 'held' && (method === 'random' || horizon !== undefined))
    return `: ${counted(states, method === 'random' ? 'random run' : 'run')}`;
  return endedBy === null ? '' : `: ${endedBy}`;
}

/** Two faults at once, and clock drift: what no campaign of this command asks. */
const BEYOND_GREY = 2;

function notAskedLines({ lab, deciding, beside }: CheckResult, width: number): StyledLine[] {
  const asked = [...deciding, ...beside]
    .filter(({ verdict }) => verdict !== null)
    .map(({ campaign }) => campaign);
  const left = notAsked(lab, asked);
  if (left.length === 0) return [];
  const hasAll = deciding.length + beside.length === asked.length;
  // Where the grey ones were tried beside, only time was missing.
  const how = !hasAll
    ? 'a longer --budget asks more'
    : left.length > BEYOND_GREY
      ? '--faults grey  --lose 2'
      : '';
  return rows('not asked', joined([...left, ...(how === '' ? [] : [how])], width - HEAD));
}
