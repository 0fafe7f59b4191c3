import { DiagnosticError, defineLab, type Lab, type LabDesign } from '@viplab/core';
import { designOf } from '../campaign/design-of.js';
import type { CheckVerdict, Counterexample } from '../verdict.js';
import { applyEdits, confTextsOf, withTexts } from './conf-edit.js';
import { type CureCandidate, cureCandidates } from './cure-candidates.js';
import { unifiedDiff } from './unified-diff.js';

/** A change of configuration that was re-checked under the same bounds and found nothing any more. */
export interface Cure {
  /** What is changed, as it is written: `unicast_peer`. */
  readonly keyword: string;
  /** Why it helps: `unicast adverts do not need the multicast`. */
  readonly title: string;
  /** The lab with the change. */
  readonly design: LabDesign;
  readonly files: readonly CuredFile[];
  /** All files as one patch, for `patch -p0`. */
  readonly patch: string;
  /** What the check said of the cured lab: proved or held. */
  readonly verdict: CheckVerdict;
}

/** A configuration file before and after a cure. */
export interface CuredFile {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** What came of looking for cures. */
export interface CureSearch {
  readonly cures: readonly Cure[];
  /** The keywords of all changes that were tried, each once. */
  readonly tried: readonly string[];
  /** How many changes were tried. */
  readonly count: number;
}

/** How far to look. */
export interface CureOptions {
  /** How many cures are wanted; default 1, the cheapest. */
  readonly wanted?: number;
  /** Ends the search early. */
  readonly signal?: AbortSignal;
}

/**
 * Looks for a single change of configuration that cures what a counterexample shows. A change is first tried on the
 * counterexample's own run, since that is quick; what survives that is re-checked, and only what was is offered.
 *
 * @param lab - the lab that was checked
 * @param recheck - checks a lab under the same campaign and properties
 */
export async function curesFor(
  lab: Lab,
  counterexample: Counterexample,
  recheck: (lab: Lab) => Promise<CheckVerdict>,
  { wanted = 1, signal }: CureOptions = {},
): Promise<CureSearch> {
  const cures: Cure[] = [];
  const tried: string[] = [];
  let count = 0;
  for (const candidate of cureCandidates(lab)) {
    if (cures.length >= wanted || signal?.aborted === true) break;
    const changed = changedLab(lab, candidate);
    if (changed === null) continue;
    count++;
    if (!tried.includes(candidate.keyword)) tried.push(candidate.keyword);
    if (!survives(changed.lab, counterexample)) continue;
    const verdict = await recheck(changed.lab);
    if (verdict.word !== 'proved' && verdict.word !== 'held') continue;
    const { keyword, title } = candidate;
    const patch = changed.files.map(({ file, before, after }) => unifiedDiff(file, before, after)).join('');
    cures.push({ keyword, title, design: changed.lab.design, files: changed.files, patch, verdict });
  }
  return { cures, tried, count };
}

interface ChangedLab {
  readonly lab: Lab;
  readonly files: readonly CuredFile[];
}

/** The lab with a change made; null if the change cannot be made there, or is none, or is not accepted. */
function changedLab(lab: Lab, { edits }: CureCandidate): ChangedLab | null {
  let { design } = lab;
  const files = new Map<string, CuredFile>();
  for (const [node, list] of edits) {
    const texts = new Map(confTextsOf(node, design.nodes[node]));
    // A file that is not there yet.
    for (const { file } of list) if (!texts.has(file)) texts.set(file, '');
    const next = new Map<string, string>();
    for (const [file, before] of texts) {
      const after = applyEdits(
        before,
        list.filter((edit) => edit.file === file),
      );
      if (after === before) continue;
      const known = files.get(file);
      // One file of two nodes that would need two changes.
      if (known !== undefined && known.after !== after) return null;
      files.set(file, { file, before, after });
      next.set(file, after);
    }
    design = withTexts(design, node, next);
  }
  if (files.size === 0) return null;
  try {
    const changed = defineLab(design);
    const worse = changed.diagnostics.length > lab.diagnostics.length;
    return worse ? null : { lab: changed, files: [...files.values()] };
  } catch (error) {
    if (error instanceof DiagnosticError) return null;
    throw error;
  }
}

/** Whether the run that broke the lab no longer does. */
function survives(lab: Lab, { scenario }: Counterexample): boolean {
  const run = defineLab(designOf(lab.design, scenario)).run({ seed: scenario.seed });
  return run.report.verdict.word === 'no-flap';
}
