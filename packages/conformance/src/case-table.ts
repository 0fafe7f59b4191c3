import { SECOND } from '@viplab/core';
import { agrees, type CaseReport, tallyOf } from './case-report.js';
import type { ComparisonRow } from './compare.js';
import type { Spread } from './statistics.js';

/** Widest line of the table, in characters. */
export const TABLE_WIDTH = 100;
const LABEL_WIDTH = 39;
const TIME_WIDTH = 22;

/** Seconds with three decimals, `3.446/3.479/3.518`. */
function times(spread: Spread | undefined): string {
  if (spread === undefined) return '-';
  return [spread.min, spread.median, spread.max].map((time) => (time / SECOND).toFixed(3)).join('/');
}

function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}

function line(label: string, real: string, simulated: string, verdict: string): string {
  const head = `${fit(label, LABEL_WIDTH)} ${fit(real, TIME_WIDTH)} ${fit(simulated, TIME_WIDTH)} `;
  return `${head}${fit(verdict, TABLE_WIDTH - head.length)}`.trimEnd();
}

/** What a row says at its end: `agrees`, `differs by +12.0 ms`, `missing`, `extra`, `not modelled`. */
export function verdictText({ verdict, detail }: ComparisonRow): string {
  if (verdict === 'agrees') return 'agrees';
  return [verdict, ...(detail === '' ? [] : [verdict === 'differs' ? `by ${detail}` : detail])].join(
    verdict === 'differs' ? ' ' : ': ',
  );
}

/** One case as lines: every event, what is real, what is simulated, and the verdict. */
export function caseTable(report: CaseReport): string[] {
  const title = fit(`${report.name}: ${report.title}`, TABLE_WIDTH).trimEnd();
  if (report.notReplayable !== null) return [title, ...wrap(`not replayable: ${report.notReplayable}`)];
  const lines = [title, line('event', 'real min/median/max', 'simulated', 'verdict')];
  for (const row of report.rows) {
    lines.push(line(row.label, times(row.real), times(row.simulated), row.verdict));
    // What is worth a look gets a line of its own.
    if (row.verdict !== 'agrees' && row.detail !== '') lines.push(...wrap(`  ${verdictText(row)}`));
    else if (row.label.length > LABEL_WIDTH) lines.push(...wrap(`  ${row.label}`));
  }
  lines.push(`${report.name}: ${counts([report])} over ${report.runs} runs`);
  return lines;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > TABLE_WIDTH) {
    const space = rest.lastIndexOf(' ', TABLE_WIDTH);
    const cut = space > 0 ? space : TABLE_WIDTH;
    lines.push(rest.slice(0, cut));
    rest = `  ${rest.slice(cut).trimStart()}`;
  }
  return [...lines, rest];
}

function counts(reports: readonly CaseReport[]): string {
  const { agreeing, modelled, notModelled, clientsAgreeing, clients } = tallyOf(reports);
  return `${agreeing} of ${modelled} events (${notModelled} not modelled) and ${clientsAgreeing} of ${clients} client segments agree`;
}

/** The last line: how much of how many cases agrees. */
export function totalLine(reports: readonly CaseReport[]): string {
  const whole = reports.filter(agrees).length;
  const refused = reports.filter((report) => report.notReplayable !== null).length;
  const refusals = refused === 0 ? '' : `; ${refused} not replayable`;
  return `${counts(reports)}; ${whole} of ${reports.length} cases in full${refusals}`;
}
