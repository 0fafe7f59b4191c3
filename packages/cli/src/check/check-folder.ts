import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Counterexample, type Cure, writeUpOf } from '@viplab/check';
import type { Lab } from '@viplab/core';
import { badOption } from '../bad-input.js';
import { CHECKED_LAB, keptFolder } from '../replay.js';

/** What was written, and where. */
export interface Written {
  readonly files: readonly string[];
  readonly patchFile?: string;
}

/**
 * Writes a counterexample where its token finds it: the story, the lab that was checked, the lab that replays it, what
 * was seen on the wire and logged, and the cure. A folder that cannot be written to is no reason to withhold what was
 * found, unless somebody named it.
 *
 * @param out - the folder of `--out`; default `.viplab/DIGEST`
 */
export async function writeCounterexample(
  lab: Lab,
  counterexample: Counterexample,
  cure: Cure | undefined,
  out: string | undefined,
): Promise<Written> {
  const { toYaml } = await import('@viplab/config');
  const { message, token } = counterexample;
  const header = [message, `viplab run --replay ${token}`, ''];
  const files: (readonly [string, string | Uint8Array])[] = [
    [CHECKED_LAB, toYaml(lab.design)],
    ['lab.yaml', toYaml(counterexample.design, { header, notes: false })],
    ...writeUpOf(counterexample).map(({ name, content }) => [name, content] as const),
    ...(cure === undefined ? [] : [['cure.patch', cure.patch] as const]),
  ];
  const folder = out ?? keptFolder(lab.digest);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of files) writeFileSync(join(folder, name), content);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    if (out === undefined) return { files: [] };
    throw badOption(
      '--out',
      out,
      `${out} cannot be written: ${error.message.replace(/^.*?: /, '').replace(/,.*$/, '')}`,
    );
  }
  return {
    files: files.map(([name]) => join(folder, name)),
    ...(cure === undefined ? {} : { patchFile: join(folder, 'cure.patch') }),
  };
}

/** Leaves a lab where the tokens of its runs find it. Gives the name of the file; nothing if it cannot be written. */
export async function keepCheckedLab(lab: Lab): Promise<readonly string[]> {
  const { toYaml } = await import('@viplab/config');
  const path = join(keptFolder(lab.digest), CHECKED_LAB);
  try {
    mkdirSync(keptFolder(lab.digest), { recursive: true });
    writeFileSync(path, toYaml(lab.design));
    return [path];
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return [];
    throw error;
  }
}
