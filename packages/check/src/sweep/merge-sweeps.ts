import { campaignJson } from './campaign-json.js';
import { WHOLE } from './shard.js';
import { blockLines } from './sweep-lines.js';
import type { SweepPlan, SweptBlock } from './sweep-record.js';

/** A sweep, or as much of it as there is. */
export interface Sweep {
  readonly plan: SweepPlan;
  /** Finished blocks by number. */
  readonly blocks: ReadonlyMap<number, SweptBlock>;
}

/** A part of a sweep and where it is from. */
export interface NamedSweep extends Sweep {
  readonly file: string;
}

/** Parts that are not of one sweep, or that contradict each other. */
export class SweepMismatch extends Error {
  override readonly name = 'SweepMismatch';

  constructor(
    readonly file: string,
    readonly problem: string,
  ) {
    super(`${file}: ${problem}`);
  }
}

/**
 * In what two sweeps differ that should be one: `seed 1, not 2`. The shard and the words do not matter.
 *
 * @param found - what a file says
 * @param wanted - what it should say
 * @returns undefined if they are parts of one sweep
 */
export function planDifference(found: SweepPlan, wanted: SweepPlan): string | undefined {
  const differences = [
    differenceIn('lab', labText(found), labText(wanted)),
    campaignDifference(found, wanted),
    differenceIn('what is of interest', found.ofInterest ?? 'nothing', wanted.ofInterest ?? 'nothing'),
    differenceIn('properties', found.properties.join(' '), wanted.properties.join(' ')),
    differenceIn('runs', String(found.runs), String(wanted.runs)),
    differenceIn('seed', String(found.seed), String(wanted.seed)),
    differenceIn('viplab', found.viplab, wanted.viplab),
  ].filter((difference) => difference !== undefined);
  return differences.length === 0 ? undefined : differences.join('; ');
}

function differenceIn(what: string, found: string, wanted: string): string | undefined {
  return found === wanted ? undefined : `${what} ${found}, not ${wanted}`;
}

// The digest says all that matters to a run; the name is for people.
const labText = ({ lab }: SweepPlan): string => lab.digest;

/** The names where they differ, else the first key that does. */
function campaignDifference(found: SweepPlan, wanted: SweepPlan): string | undefined {
  const [one, other] = [found, wanted].map(
    ({ campaign }): Readonly<Record<string, unknown>> =>
      campaign === null ? { name: "the lab's schedule" } : { ...campaignJson(campaign) },
  );
  for (const key of new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})])) {
    const [was, is] = [one?.[key], other?.[key]].map((value) => JSON.stringify(value) ?? 'none');
    if (was !== is) return differenceIn(key === 'name' ? 'campaign' : `campaign ${key}`, was ?? '', is ?? '');
  }
  return undefined;
}

/**
 * Joins parts of one sweep: in any order, of any divisions into shards, finished or not; what is in several counts once.
 *
 * @throws SweepMismatch if they are not of one sweep, or two say different things of one block
 */
export function mergeSweeps(parts: readonly NamedSweep[]): Sweep {
  const [first] = parts;
  if (first === undefined) throw new RangeError('there is nothing to merge');
  const blocks = new Map<number, { readonly swept: SweptBlock; readonly file: string }>();
  for (const { plan, blocks: own, file } of parts) {
    const difference = planDifference(plan, first.plan);
    if (difference !== undefined)
      throw new SweepMismatch(file, `it is of another sweep than ${first.file}: ${difference}`);
    for (const [number, swept] of own) {
      const known = blocks.get(number);
      if (known === undefined) blocks.set(number, { swept, file });
      else if (blockLines(known.swept) !== blockLines(swept))
        throw new SweepMismatch(file, `it contradicts ${known.file} in block ${number}`);
    }
  }
  const inOrder = [...blocks].sort(([one], [other]) => one - other);
  return {
    plan: { ...first.plan, shard: WHOLE },
    blocks: new Map(inOrder.map(([number, { swept }]) => [number, swept])),
  };
}
