import { VERDICT_WORDS } from '@viplab/core';
import { flapFree } from '../property/flap-free.js';
import { judgeRun } from './run-findings.js';
import { byKind, type Judgement } from './subject.js';
import { judgeVerdict } from './verdict-words.js';

const CLAIM = 'be flap-free';

/** Options of `toBeFlapFree`. */
export interface FlapFreeOptions {
  /** True: only a proof is accepted, not that nothing was found. */
  readonly proved?: boolean;
}

/** Whether a run was, or a lab was shown to be, flap-free. */
export const judgeFlapFree = (received: unknown, { proved = false }: FlapFreeOptions = {}): Judgement =>
  byKind(
    'toBeFlapFree',
    received,
    (run) => {
      const judged = judgeRun(
        run,
        CLAIM,
        VERDICT_WORDS.filter((word) => word !== 'no-flap'),
      );
      if (!judged.pass || !proved) return judged;
      const headline = `expected ${run.report.facts.name ?? 'the lab'} to be proved flap-free, but one run proves nothing: expect(await prove(lab))`;
      return { pass: false, message: headline };
    },
    (verdict) =>
      judgeVerdict(
        verdict,
        CLAIM,
        flapFree().map(({ name }) => name),
        proved,
      ),
  );

/** Whether no address had two owners for longer than its budget. */
export const judgeSingleOwner = (received: unknown): Judgement =>
  byKind(
    'toHaveSingleOwner',
    received,
    (run) => judgeRun(run, 'have a single owner of each address', ['dual']),
    (verdict) => judgeVerdict(verdict, 'have a single owner of each address', ['single-owner'], false),
  );
