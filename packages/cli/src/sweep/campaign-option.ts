import {
  type Campaign,
  CLEAN_FAULTS,
  defaultCampaign,
  FAULT_KINDS,
  type FaultKind,
  faultsOf,
  GREY_FAULTS,
  oneFaultAndRepair,
} from '@viplab/check';
import { type Lab, suggest } from '@viplab/core';
import { badOption } from '../bad-input.js';

/** Words for several kinds of fault. */
const GROUPS: ReadonlyMap<string, readonly FaultKind[]> = new Map<string, readonly FaultKind[]>([
  ['clean', CLEAN_FAULTS],
  ['grey', GREY_FAULTS],
  ['all', FAULT_KINDS],
]);

/**
 * The campaign of `--faults` and `--lose`. With neither, a lab that has a schedule is run as it is: null.
 *
 * @throws BadInput naming the word that is no fault, or that the lab cannot suffer
 */
export function campaignOf(lab: Lab, faults: string | undefined, lose: number | undefined): Campaign | null {
  if (faults === undefined && lose === undefined && lab.plan.schedule.length > 0) return null;
  const usual = defaultCampaign(lab.plan);
  const named = faults === undefined ? usual : { ...usual, ...faultsNamed(lab, faults) };
  if (lose === undefined) return named;
  const lost = `${lose} lost control frame${lose === 1 ? '' : 's'}`;
  return { ...named, name: `${named.name}, up to ${lost}`, lostFrames: lose };
}

function faultsNamed(lab: Lab, text: string): Pick<Campaign, 'name' | 'faults'> {
  if (text === 'none') return { name: 'no fault', faults: [] };
  const kinds = new Set(text.split(',').flatMap((word) => kindsOf(text, word.trim())));
  const faults = FAULT_KINDS.filter((kind) => kinds.has(kind));
  const { name } = oneFaultAndRepair({ of: faults });
  if (faultsOf(lab.plan, { ...oneFaultAndRepair(), faults }).length === 0)
    throw badOption('--faults', text, `nothing in this lab can suffer ${faults.join(', ')}`);
  return { name, faults };
}

function kindsOf(text: string, word: string): readonly FaultKind[] {
  const group = GROUPS.get(word);
  if (group !== undefined) return group;
  const kind = FAULT_KINDS.find((each) => each === word);
  if (kind !== undefined) return [kind];
  const known = [...GROUPS.keys(), ...FAULT_KINDS];
  const near = suggest(word, known);
  throw badOption(
    '--faults',
    text,
    `'${word}' is no fault (${known.join(' ')}, or none)`,
    near && `did you mean ${near}?`,
  );
}
