import { existsSync, writeFileSync } from 'node:fs';
import {
  blockLines,
  describeGap,
  endLine,
  formatShard,
  type Gap,
  gapsOf,
  headerLine,
  mergeSweeps,
  type NamedSweep,
  type Sweep,
  SweepMismatch,
  type SweepSummary,
  summaryJson,
  summaryOf,
} from '@viplab/check';
import { complaint } from '@viplab/config/reading';
import { BadInput } from '../bad-input.js';
import { paint } from '../colour.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { shellWords } from '../sweep/shell-words.js';
import { readSweepFile } from '../sweep/sweep-on-disk.js';
import { boundsInWords, sweepText } from '../sweep/sweep-text.js';
import { mayColour, type Terminal } from '../terminal.js';

/** The options of `viplab merge`. */
export interface MergeOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
  readonly color: boolean;
}

/** `viplab merge`: joins the files of a sweep's shards. */
export function merge(files: readonly string[], options: MergeOptions, terminal: Terminal): ExitCode {
  if (files.length === 0)
    throw new BadInput([
      complaint('.', 'file/none', 'no files are given', { means: 'viplab merge part*.jsonl' }),
    ]);
  const parts = files.flatMap((file) => readSweepFile(file).map((part) => ({ ...part, file })));
  const joined = join(parts);
  const summary = summaryOf(joined);
  const gaps = gapsOf(parts);
  if (options.out !== undefined) write(options.out, files, joined, summary, options.force ?? false);
  if (options.json === true) terminal.out(`${JSON.stringify(jsonOf(summary, gaps, parts), null, 2)}\n`);
  else {
    const inputs = joined.plan.words.slice(
      0,
      joined.plan.words.findIndex((word) => word.startsWith('--')),
    );
    const page = {
      bounds: [...boundsInWords(joined.plan), shardsInWords(parts)],
      replay: shellWords(['viplab', 'run', ...inputs, '--replay']),
      gaps: gaps.map((gap) => ({ what: describeGap(gap), command: fillingCommand(gap, parts) })),
      wrote: options.out === undefined ? [] : [options.out],
    };
    terminal.out(paint(sweepText(summary, page), mayColour(terminal.columns, terminal.env, options.color)));
  }
  return { held: EXIT.good, broken: EXIT.found, inconclusive: EXIT.inconclusive }[summary.word];
}

function join(parts: readonly NamedSweep[]): Sweep {
  try {
    return mergeSweeps(parts);
  } catch (error) {
    if (!(error instanceof SweepMismatch)) throw error;
    throw new BadInput([complaint(error.file, 'sweep/another', error.problem)]);
  }
}

/** `7 of 8 shards`; parts of several divisions are counted as files. */
function shardsInWords(parts: readonly NamedSweep[]): string {
  const divisions = new Set(parts.map(({ plan }) => plan.shard.of));
  const [of] = divisions;
  if (divisions.size > 1 || of === undefined) return `${parts.length} parts`;
  const present = new Set(parts.map(({ plan }) => plan.shard.index));
  return present.size === of
    ? of === 1
      ? 'one part'
      : `all ${of} shards`
    : `${present.size} of ${of} shards`;
}

/** What is typed to fill a gap: a file that is there is resumed. */
function fillingCommand({ shard, file }: Gap, parts: readonly NamedSweep[]): string {
  const taken = new Set(parts.map((part) => part.file));
  const free = [`part${shard.index}.jsonl`, `part${shard.index}-of-${shard.of}.jsonl`].find(
    (name) => !taken.has(name),
  );
  const words = parts[0]?.plan.words ?? [];
  return shellWords([
    'viplab',
    'sweep',
    ...words,
    ...(shard.of === 1 ? [] : ['--shard', formatShard(shard)]),
    '--out',
    file ?? free ?? `missing${shard.index}-of-${shard.of}.jsonl`,
  ]);
}

const jsonOf = (summary: SweepSummary, gaps: readonly Gap[], parts: readonly NamedSweep[]): object => ({
  ...summaryJson(summary),
  gaps: gaps.map((gap) => ({
    shard: formatShard(gap.shard),
    runs: gap.runs,
    file: gap.file,
    command: fillingCommand(gap, parts),
  })),
});

/** The joined sweep as one file, its blocks in order: the same for any division into shards. */
function write(
  path: string,
  files: readonly string[],
  { plan, blocks }: Sweep,
  { done, asked, broken }: SweepSummary,
  force: boolean,
): void {
  if (files.includes(path) || (existsSync(path) && !force))
    throw new BadInput([
      complaint(path, 'file/exists', `${path} exists and is not overwritten`, {
        ...(files.includes(path) ? {} : { means: '--force overwrites it' }),
      }),
    ]);
  const lines = [
    headerLine(plan),
    ...[...blocks.values()].map(blockLines),
    ...(done === asked ? [endLine(done, broken)] : []),
  ];
  try {
    writeFileSync(path, lines.join(''));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new BadInput([
      complaint(
        path,
        'file/not-written',
        `${path} cannot be written: ${error.message.replace(/^.*?: /, '').replace(/,.*$/, '')}`,
      ),
    ]);
  }
}
