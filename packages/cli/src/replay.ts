import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readDesign } from '@viplab/config/reading';
import { designDigest, type LabDesign, type NodeDesign, parseToken, type ReplayToken } from '@viplab/core';
import { BadInput, badOption } from './bad-input.js';
import { listExamples } from './examples-folder.js';

/** Where a run that did not show what was expected leaves its lab, so that its token can be pasted. */
const KEPT_LABS = '.viplab';

/** @throws BadInput saying what is wrong with the token */
export function readToken(text: string): ReplayToken {
  try {
    return parseToken(text);
  } catch (error) {
    if (error instanceof RangeError) throw badOption('--replay', text, error.message);
    throw error;
  }
}

/**
 * Finds the lab of a token where no files are given: the lab.yaml that is here, one that a run left, an example.
 *
 * @param complete - adds what the command line adds to the design
 * @throws BadInput if none of them is it
 */
export async function findLabOfToken(
  text: string,
  complete: (design: LabDesign) => LabDesign,
): Promise<string> {
  const { lab } = readToken(text);
  const candidates = ['lab.yaml', keptLab(lab), ...listExamples().map(({ path }) => path)];
  for (const path of candidates.filter((candidate) => existsSync(candidate))) {
    const { design } = await readDesign(path);
    if (design !== undefined && digestOf(design, complete) === lab) return path;
  }
  throw badOption(
    '--replay',
    text,
    `no lab here and no example is ${lab}`,
    'add the files of that run, and its --at lines',
  );
}

/** The digest of a completed design; undefined if the `--at` lines are none for it. */
function digestOf(design: LabDesign, complete: (design: LabDesign) => LabDesign): string | undefined {
  try {
    return designDigest(complete(design));
  } catch (error) {
    if (error instanceof BadInput) return undefined;
    throw error;
  }
}

/** Checks that a token belongs to a design. @throws BadInput if it does not */
export async function checkToken(text: string, design: LabDesign, given: string): Promise<number> {
  const token = readToken(text);
  const digest = designDigest(design);
  if (token.lab === digest) return token.seed;
  const kept = keptLab(token.lab);
  const before = existsSync(kept) ? (await readDesign(kept)).design : undefined;
  const difference = before === undefined ? undefined : differenceOf(before, design);
  throw badOption(
    '--replay',
    text,
    `the token is for lab ${token.lab}; ${given.slice(0, 50)} is ${digest}`,
    difference ?? 'the files or the --at lines differ',
  );
}

/** The first line of a configuration file in which two labs differ: `n2/keepalived.conf:9 priority 100 → 110`. */
function differenceOf(before: LabDesign, after: LabDesign): string | undefined {
  for (const [name, node] of Object.entries(after.nodes)) {
    const [was, is] = [before.nodes[name], node].map(linesOf);
    if (was === undefined || is === undefined) continue;
    const at = is.lines.findIndex((line, index) => line !== was.lines[index]);
    const line = at === -1 && was.lines.length > is.lines.length ? is.lines.length : at;
    if (line === -1) continue;
    return `${is.file ?? `${name}/keepalived.conf`}:${line + 1} ${(was.lines[line] ?? '').trim()} → ${(is.lines[line] ?? '').trim()}`;
  }
  return undefined;
}

function linesOf(
  node: NodeDesign | undefined,
): { readonly file?: string | undefined; readonly lines: readonly string[] } | undefined {
  if (node === undefined || node.kind === 'switch' || node.keepalived === undefined) return undefined;
  const { keepalived } = node;
  return typeof keepalived === 'string'
    ? { lines: keepalived.split('\n') }
    : { file: keepalived.file, lines: keepalived.conf.split('\n') };
}

/** Leaves a lab with all its texts where its token finds it. Gives the name of the file, or undefined if it cannot. */
export async function keepLab(design: LabDesign): Promise<string | undefined> {
  const path = keptLab(designDigest(design));
  // Loaded here only: most runs show what is expected and keep nothing.
  const { toYaml } = await import('@viplab/config');
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, toYaml(design));
    return path;
  } catch (error) {
    // A folder that cannot be written to is no reason to withhold what was found.
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}

const keptLab = (digest: string): string => join(KEPT_LABS, digest, 'lab.yaml');
