import {
  formatSeconds,
  type Nanoseconds,
  parseDuration,
  type Run,
  SECOND,
  type VipReport,
} from '@viplab/core';
import { type Judgement, runOnly } from './subject.js';

/** A settled owner and when it began to own. */
export interface OwnerAt {
  readonly owner: string;
  readonly at: Nanoseconds;
}

/** One that is expected. */
export interface ExpectedOwner extends OwnerAt {
  readonly tolerance: Nanoseconds;
}

/** Decimals of the instants that are printed. */
const DECIMALS = 3;
const ENTRY = /^(\S+)\s+@\s*(\d+)(?:\.(\d{1,9}))?(?:\s*±\s*(\d+(?:\.\d+)?(?:ns|us|ms|s)))?(?:\s+|$)/;

/**
 * Reads `n1 @3.475  n2 @13.084 ±10ms`: owners, when each began to own in seconds, and how far it may be off; without
 * that as far as the last digit that is written may be rounded.
 *
 * @throws RangeError where it cannot be read
 */
export function parseTimeline(text: string): ExpectedOwner[] {
  const entries: ExpectedOwner[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const [whole, owner, seconds, fraction = '', tolerance] = ENTRY.exec(rest) ?? [];
    if (whole === undefined || owner === undefined)
      throw new RangeError(`'${rest}' in a timeline is not like 'n1 @3.475' or 'n1 @3.475 ±10ms'`);
    const unit = SECOND / 10 ** fraction.length;
    entries.push({
      owner,
      at: Number(seconds) * SECOND + Number(`0${fraction}`) * unit,
      tolerance: tolerance === undefined ? unit / 2 : parseDuration(tolerance as `${number}ms`),
    });
    rest = rest.slice(whole.length);
  }
  return entries;
}

/** The settled owners of a VIP, each from when it began to own. */
export function timelineOf({ handovers, owners, facts }: VipReport): OwnerAt[] {
  const [handover] = handovers;
  const settled = owners.find(({ kind, from, to }) => kind === 'single' && to - from > facts.dualBudgetNs);
  const first = handover?.from ?? settled?.owners[0];
  const began = owners.find((stretch) => first !== undefined && stretch.owners.includes(first));
  return [
    ...(first === undefined || began === undefined ? [] : [{ owner: first, at: began.from }]),
    ...handovers.map(({ to, at }) => ({ owner: to, at })),
  ];
}

const printed = (entries: readonly OwnerAt[]): string =>
  entries.length === 0
    ? 'nobody'
    : entries.map(({ owner, at }) => `${owner} @${formatSeconds(at, DECIMALS)}`).join('  ');

/** Whether a VIP of a run went from owner to owner as expected. */
export function judgeTimeline(received: unknown, address: string, expected: string): Judgement {
  const run: Run = runOnly('toMatchTimeline', received);
  const wanted = parseTimeline(expected);
  const found = timelineOf(run.report.vip(address));
  const pass =
    wanted.length === found.length &&
    wanted.every(({ owner, at, tolerance }, index) => {
      const other = found[index];
      return other?.owner === owner && Math.abs(other.at - at) <= tolerance;
    });
  const lines = [
    `expected the owners of ${address} ${pass ? 'not ' : ''}to be`,
    `    ${expected.trim()}`,
    '  and they are',
    `    ${printed(found)}`,
    `    replay  npx viplab run --replay ${run.token}`,
  ];
  return { pass, message: lines.join('\n') };
}
