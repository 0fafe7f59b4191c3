import { RANDOM_STREAM_VERSION } from '@viplab/core';
import { WORST_KINDS } from '../verdict.js';
import { campaignOfJson } from './campaign-json.js';
import {
  arrayOf,
  boolean,
  count,
  Damage,
  fieldsOf,
  name,
  nanoseconds,
  oneOf,
  optional,
} from './json-fields.js';
import {
  blockCountOf,
  blockOfRun,
  blockSizeOf,
  blocksOf,
  isInShard,
  MOST_RUNS,
  runsOfBlock,
  tryParseShard,
} from './shard.js';
import {
  type BrokenRun,
  SWEEP_SCHEMA,
  type SweepPlan,
  type SweptBlock,
  type WorstRun,
} from './sweep-record.js';

/** What one file (or one of several that were joined end to end) says. */
export interface SweepPart {
  readonly plan: SweepPlan;
  /** Finished blocks by number. */
  readonly blocks: ReadonlyMap<number, SweptBlock>;
  /** Whether its last line says that its shard is done. */
  readonly isComplete: boolean;
}

/** A file of a sweep as it was found. */
export interface SweepFile {
  /** Usually one; several where files were joined end to end; none where the file is empty or its first line was cut off. */
  readonly parts: readonly SweepPart[];
  /** A crash cut the last line off: what stands behind the last newline counts for nothing. */
  readonly isTorn: boolean;
}

/** A file that is none of a sweep, or that was damaged. */
export class SweepFileError extends Error {
  override readonly name = 'SweepFileError';

  constructor(
    readonly file: string,
    /** Counted from 1. */
    readonly line: number,
    readonly problem: string,
  ) {
    super(`${file}:${line}: ${problem}`);
  }
}

interface OpenPart {
  readonly plan: SweepPlan;
  readonly blocks: Map<number, SweptBlock>;
  /** Broken runs whose block is not finished yet, by block. */
  readonly pending: Map<number, Map<number, BrokenRun>>;
  isComplete: boolean;
}

/**
 * Reads a file of a sweep back.
 *
 * @param text - all of it
 * @param file - its name, for complaints
 * @throws SweepFileError naming the line, if it is none of a sweep or a line other than a cut-off last one is damaged
 */
export function readSweep(text: string, file: string): SweepFile {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const parts: OpenPart[] = [];
  const take = (line: string, index: number): void => {
    try {
      takeLine(parts, line);
    } catch (error) {
      if (error instanceof Damage) throw new SweepFileError(file, index + 1, error.message);
      throw error;
    }
  };
  lines.forEach(take);
  const isTorn = last !== '' && !isWhole(last) && (parts.length > 0 || isBeginOfHeader(last));
  // A last line without its newline that can be read was written whole; only its newline is missing.
  if (last !== '' && !isTorn) take(last, lines.length);
  return { parts, isTorn };
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** Any other file must not be taken for a sweep's that crashed early, and written over. */
function isBeginOfHeader(line: string): boolean {
  const begin = `{"schema":"${SWEEP_SCHEMA}"`;
  return line.startsWith(begin) || begin.startsWith(line);
}

function takeLine(parts: OpenPart[], line: string): void {
  const fields = fieldsOf(parsed(line), 'the line');
  if ('schema' in fields) {
    parts.push({ plan: planOf(fields), blocks: new Map(), pending: new Map(), isComplete: false });
    return;
  }
  const part = parts.at(-1);
  if (part === undefined)
    throw new Damage(`the first line has no schema ${SWEEP_SCHEMA}: this is no file of a sweep`);
  if ('block' in fields) takeBlock(part, fields);
  else if ('property' in fields) takeBroken(part, fields);
  else if ('complete' in fields) takeEnd(part, fields);
  else throw new Damage('the line is neither a block, nor a broken run, nor the end');
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Damage('the line is damaged: it is no JSON');
  }
}

function planOf(fields: Readonly<Record<string, unknown>>): SweepPlan {
  if (fields['schema'] !== SWEEP_SCHEMA)
    throw new Damage(`this is no file of a sweep: its schema is not ${SWEEP_SCHEMA}`);
  const lab = fieldsOf(fields['lab'], 'lab');
  const runs = count(fields['runs'], 'runs');
  if (runs < 1 || runs > MOST_RUNS) throw new Damage('runs is out of range');
  if (fields['block_size'] !== blockSizeOf(runs))
    throw new Damage('block_size is not that of this version of viplab');
  if (fields['streams'] !== RANDOM_STREAM_VERSION)
    throw new Damage('its random streams are not those of this version of viplab');
  const shard = tryParseShard(name(fields['shard'], 'shard'));
  if (shard === undefined) throw new Damage('shard is none such as 3/8');
  return {
    viplab: name(fields['viplab'], 'viplab'),
    lab: { name: name(lab['name'], 'lab.name'), digest: name(lab['digest'], 'lab.digest') },
    campaign: fields['campaign'] === null ? null : campaignOfJson(fields['campaign']),
    properties: arrayOf(name)(fields['properties'], 'properties'),
    ofInterest: fields['of_interest'] === null ? null : name(fields['of_interest'], 'of_interest'),
    runs,
    seed: count(fields['seed'], 'seed'),
    shard,
    words: arrayOf(name)(fields['words'], 'words'),
  };
}

function takeBroken({ plan, pending }: OpenPart, fields: Readonly<Record<string, unknown>>): void {
  const run = count(fields['run'], 'run');
  const block = blockOfRun(run, plan.runs);
  if (run < 1 || run > plan.runs || !isInShard(block, plan.shard))
    throw new Damage(`run ${run} is none of this shard`);
  const known = pending.get(block) ?? new Map<number, BrokenRun>();
  pending.set(block, known);
  known.set(run, {
    run,
    property: name(fields['property'], 'property'),
    causes: name(fields['causes'], 'causes'),
    token: name(fields['token'], 'token'),
    message: name(fields['message'], 'message'),
    at: nanoseconds(fields['t'], 't'),
  });
}

function takeBlock({ plan, blocks, pending }: OpenPart, fields: Readonly<Record<string, unknown>>): void {
  const block = count(fields['block'], 'block');
  if (block >= blockCountOf(plan.runs) || !isInShard(block, plan.shard))
    throw new Damage(`block ${block} is none of this shard`);
  const { from, to } = runsOfBlock(block, plan.runs);
  const runs = count(fields['runs'], 'runs');
  if (runs !== to - from + 1) throw new Damage(`block ${block} has ${to - from + 1} runs, not ${runs}`);
  const broken = [...(pending.get(block)?.values() ?? [])].sort((one, other) => one.run - other.run);
  pending.delete(block);
  const counted = count(fields['broken'], 'broken');
  if (broken.length !== counted)
    throw new Damage(`block ${block} counts ${counted} broken runs, and ${broken.length} stand before it`);
  const covered = new Map(
    Object.entries(fieldsOf(fields['covered'], 'covered')).map(([what, share]): [string, number] => {
      const times = count(share, 'covered');
      if (times > runs) throw new Damage(`block ${block} covers more than its runs`);
      return [name(what, 'covered'), times];
    }),
  );
  const worst = arrayOf(worstRunOf)(fields['worst'], 'worst');
  if (worst.some(({ run }) => run < from || run > to))
    throw new Damage(`block ${block} names a worst run that is not in it`);
  blocks.set(block, { block, runs, broken, covered, worst });
}

function worstRunOf(json: unknown, key: string): WorstRun {
  const fields = fieldsOf(json, key);
  const client = optional(fields['client'], name, 'client');
  const isUnbounded = optional(fields['unbounded'], boolean, 'unbounded');
  return {
    what: oneOf(WORST_KINDS)(fields['what'], 'what'),
    address: name(fields['ip'], 'ip'),
    ...(client === undefined ? {} : { client }),
    lasted: nanoseconds(fields['lasted'], 'lasted'),
    ...(isUnbounded === undefined ? {} : { isUnbounded }),
    allowed: fields['allowed'] === null ? null : nanoseconds(fields['allowed'], 'allowed'),
    phase: oneOf(['boot', 'settled'] as const)(fields['phase'], 'phase'),
    run: count(fields['run'], 'run'),
    token: name(fields['token'], 'token'),
  };
}

function takeEnd(part: OpenPart, fields: Readonly<Record<string, unknown>>): void {
  const { plan, blocks } = part;
  let runs = 0;
  let broken = 0;
  for (const block of blocksOf(plan.shard, plan.runs)) {
    const swept = blocks.get(block);
    if (swept === undefined) throw new Damage(`the line says complete, and block ${block} is missing`);
    runs += swept.runs;
    broken += swept.broken.length;
  }
  if (count(fields['runs'], 'runs') !== runs || count(fields['broken'], 'broken') !== broken)
    throw new Damage(`the line does not agree with the blocks: they have ${runs} runs, ${broken} broken`);
  part.isComplete = true;
}
