import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  blockLines,
  endLine,
  formatShard,
  headerLine,
  planDifference,
  readSweep,
  SweepFileError,
  type SweepPart,
  type SweepPlan,
  type SweptBlock,
} from '@viplab/check';
import { complaint } from '@viplab/config/reading';
import { BadInput } from '../bad-input.js';

const NEWLINE = 0x0a;

/** A sweep's own file, which grows by a block at a time. */
export class SweepOnDisk {
  private constructor(
    readonly path: string,
    /** Blocks that were finished before. */
    readonly finished: ReadonlyMap<number, SweptBlock>,
    /** Whether it says that its shard is done. */
    readonly isComplete: boolean,
  ) {}

  /**
   * Begins a file, or goes on with one that is there: a line that a crash cut off goes, what is finished stays.
   *
   * @throws BadInput if it is no file of this sweep, or cannot be read or written
   */
  static open(path: string, plan: SweepPlan): SweepOnDisk {
    const known = existsSync(path) ? resume(path, plan) : undefined;
    if (known === undefined) {
      writing(path, () => {
        mkdirSync(dirname(path), { recursive: true });
        appendFileSync(path, headerLine(plan));
      });
    }
    return new SweepOnDisk(path, known?.blocks ?? new Map(), known?.isComplete ?? false);
  }

  /** One write for each block, so that a crash cuts off one line at most. */
  add(block: SweptBlock): void {
    writing(this.path, () => appendFileSync(this.path, blockLines(block)));
  }

  end(runs: number, broken: number): void {
    if (!this.isComplete) writing(this.path, () => appendFileSync(this.path, endLine(runs, broken)));
  }
}

function resume(path: string, plan: SweepPlan): SweepPart | undefined {
  const bytes = readBytes(path);
  const { parts, isTorn } = readParts(path, bytes);
  const [part] = parts;
  if (parts.length > 1)
    throw cannotResume(
      path,
      'it holds several shards that were joined',
      'viplab merge reads it; give --out another name',
    );
  if (part !== undefined) refuseAnother(path, part.plan, plan);
  writing(path, () => {
    if (isTorn) truncateSync(path, bytes.lastIndexOf(NEWLINE) + 1);
    else if (bytes.length > 0 && bytes.at(-1) !== NEWLINE) appendFileSync(path, '\n');
  });
  return part;
}

function refuseAnother(path: string, found: SweepPlan, wanted: SweepPlan): void {
  const [is, should] = [found, wanted].map(({ shard }) => formatShard(shard));
  const difference = [
    planDifference(found, wanted),
    ...(is === should ? [] : [`shard ${is}, not ${should}`]),
  ].filter((words) => words !== undefined);
  if (difference.length === 0) return;
  throw cannotResume(path, `it is of another sweep: ${difference.join('; ')}`, 'give --out another name');
}

const cannotResume = (path: string, why: string, means: string): BadInput =>
  new BadInput([complaint(path, 'sweep/another', `${path} cannot be resumed: ${why}`, { means })]);

/**
 * Reads a file of a sweep.
 *
 * @throws BadInput naming file and line
 */
export function readSweepFile(path: string): readonly SweepPart[] {
  const { parts } = readParts(path, readBytes(path));
  if (parts.length === 0)
    throw new BadInput([
      complaint(path, 'sweep/empty', `${path} is empty`, { means: 'its sweep ended before it began' }),
    ]);
  return parts;
}

function readParts(path: string, bytes: Buffer): ReturnType<typeof readSweep> {
  try {
    return readSweep(bytes.toString('utf8'), path);
  } catch (error) {
    if (!(error instanceof SweepFileError)) throw error;
    const start = { line: error.line, column: 1 };
    throw new BadInput([
      complaint(path, 'sweep/damaged', error.problem, {
        range: { start, end: start },
        means: 'nothing of this file is counted; make its shard again, with another --out',
      }),
    ]);
  }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const missing = error.code === 'ENOENT';
    throw new BadInput([
      complaint(
        path,
        missing ? 'file/missing' : 'file/unreadable',
        missing ? `${path} does not exist` : `${path} cannot be read: ${reasonOf(error)}`,
      ),
    ]);
  }
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new BadInput([
      complaint(path, 'file/not-written', `${path} cannot be written: ${reasonOf(error)}`),
    ]);
  }
}

/** `permission denied` of `EACCES: permission denied, open '…'`. */
const reasonOf = (error: Error): string => error.message.replace(/^.*?: /, '').replace(/,.*$/, '');
