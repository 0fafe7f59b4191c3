import { SECOND } from '@viplab/core';
import { agrees, type CaseReport, tallyOf } from './case-report.js';
import type { Spread } from './statistics.js';

interface SecondsJson {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The comparison as data: schema `viplab.conformance/1`. Times are seconds, keys snake_case. */
export interface ConformanceJson {
  readonly schema: 'viplab.conformance/1';
  readonly time_unit: 's';
  readonly agreeing: number;
  readonly modelled: number;
  readonly not_modelled: number;
  readonly client_segments_agreeing: number;
  readonly client_segments: number;
  readonly cases: readonly {
    readonly case: string;
    readonly title: string;
    readonly runs: number;
    readonly agrees: boolean;
    readonly not_replayable: string | null;
    readonly events: readonly {
      readonly event: string;
      readonly kind: string;
      readonly seen_in: number;
      readonly real: SecondsJson | null;
      readonly simulated: SecondsJson | null;
      readonly verdict: string;
      readonly detail: string;
      readonly count: number;
    }[];
  }[];
}

function seconds(spread: Spread | undefined): SecondsJson | null {
  if (spread === undefined) return null;
  return { min: spread.min / SECOND, median: spread.median / SECOND, max: spread.max / SECOND };
}

/** Makes the JSON form of some cases. */
export function conformanceJson(reports: readonly CaseReport[]): ConformanceJson {
  const { agreeing, modelled, notModelled, clientsAgreeing, clients } = tallyOf(reports);
  return {
    schema: 'viplab.conformance/1',
    time_unit: 's',
    agreeing,
    modelled,
    not_modelled: notModelled,
    client_segments_agreeing: clientsAgreeing,
    client_segments: clients,
    cases: reports.map((report) => ({
      case: report.name,
      title: report.title,
      runs: report.runs,
      agrees: agrees(report),
      not_replayable: report.notReplayable,
      events: report.rows.map((row) => ({
        event: row.label,
        kind: row.kind,
        seen_in: row.seenIn,
        real: seconds(row.real),
        simulated: seconds(row.simulated),
        verdict: row.verdict,
        detail: row.detail,
        count: row.events,
      })),
    })),
  };
}
