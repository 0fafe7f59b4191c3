import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readDesign } from '@viplab/config/reading';
import { designDigest, type Lab, type LabDesign, parseToken, type ReplayToken } from '@viplab/core';
import { BadInput, badOption } from './bad-input.js';
import { daemonFilesOf } from './daemon-files.js';
import { listExamples } from './examples-folder.js';
import { type LabInput, readLabInput } from './lab-input.js';
import { unpackLab } from './portable-lab.js';

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
 * Reads the lab that a token is about: the files that are given, else the lab inside the token, else the lab.yaml that
 * is here, one that a run or a check left, an example.
 *
 * @param complete - adds what the command line adds to the design
 * @throws BadInput if none of them is it
 */
export async function readLabOfToken(
  text: string,
  given: readonly string[],
  complete: (design: LabDesign) => LabDesign,
  likeDaemon: boolean,
): Promise<LabInput> {
  const { lab, packedLab } = readToken(text);
  if (given.length > 0) return readLabInput(given, likeDaemon);
  if (packedLab !== undefined) return unpackLab(text, packedLab);
  return readLabInput([await findLab(text, lab, complete)], likeDaemon);
}

async function findLab(
  text: string,
  lab: string,
  complete: (design: LabDesign) => LabDesign,
): Promise<string> {
  const candidates = ['lab.yaml', keptLab(lab), checkedLab(lab), ...listExamples().map(({ path }) => path)];
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

/** Checks that a token belongs to a design. @throws BadInput if it does not, saying where they differ */
export async function checkToken(text: string, design: LabDesign, given: string): Promise<ReplayToken> {
  const token = readToken(text);
  const digest = designDigest(design);
  if (token.lab === digest) return token;
  const which = given === '' ? 'this lab' : given.includes(' ') ? 'these files are' : given.slice(0, 50);
  throw badOption(
    '--replay',
    text.slice(0, 60),
    `the token is for lab ${token.lab}; ${which}${given.includes(' ') ? '' : ' is'} ${digest}`,
    (await differenceFrom(token.lab, design)) ?? 'the files or the --at lines differ',
  );
}

/** Where a design differs from the lab that was left under a digest. */
async function differenceFrom(digest: string, design: LabDesign): Promise<string | undefined> {
  for (const kept of [checkedLab(digest), keptLab(digest)]) {
    const before = existsSync(kept) ? (await readDesign(kept)).design : undefined;
    const difference = before === undefined ? undefined : differenceOf(before, design);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** A run that a token names, of the lab that it is about. */
export interface ReplayedRun {
  readonly design: LabDesign;
  readonly seed: number;
}

/** The run of a token: by its seed, or with the bad luck that a check found. @throws BadInput if it is none of this lab */
export async function replayedRun(text: string, lab: Lab, given: string): Promise<ReplayedRun> {
  const token = await checkToken(text, lab.design, given);
  if (token.kind === 'seed') return { design: lab.design, seed: token.seed };
  if (token.kind === 'range') {
    throw badOption(
      '--replay',
      text,
      'the token names the random runs of a check',
      `viplab check --replay ${text}`,
    );
  }
  // Loaded here only: most runs have nothing to do with a check.
  const { designOf, scenarioOfPath } = await import('@viplab/check');
  try {
    const scenario = scenarioOfPath(lab.plan, token.path);
    return { design: designOf(lab.design, scenario), seed: scenario.seed };
  } catch (error) {
    if (error instanceof RangeError) throw badOption('--replay', text, error.message);
    throw error;
  }
}

/** The first line of a configuration file in which two labs differ: `n2/keepalived.conf:9 priority 100 → 110`. */
function differenceOf(before: LabDesign, after: LabDesign): string | undefined {
  for (const [name, node] of Object.entries(after.nodes)) {
    const old = before.nodes[name];
    if (old === undefined) continue;
    const known = daemonFilesOf(name, old);
    for (const [index, { name: file, text }] of daemonFilesOf(name, node).entries()) {
      const [was, is] = [known[index]?.text.split('\n'), text.split('\n')];
      if (was === undefined) continue;
      const at = is.findIndex((line, place) => line !== was[place]);
      const line = at === -1 && was.length > is.length ? is.length : at;
      if (line !== -1) return `${file}:${line + 1} ${changeOf(was[line] ?? '', is[line] ?? '')}`;
    }
  }
  return undefined;
}

/** `priority 100 → 110`: what two lines have in common is said once at their beginning, and not at their end. */
function changeOf(was: string, is: string): string {
  const [before, after] = [was.trim().split(/\s+/), is.trim().split(/\s+/)];
  const least = Math.min(before.length, after.length) - 1;
  let same = 0;
  while (same < least && before[same] === after[same]) same++;
  let tail = 0;
  while (tail < least - same && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const told = (words: readonly string[], from: number): string =>
    words.slice(from, words.length - tail).join(' ');
  return `${told(before, 0)} → ${told(after, same)}`;
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

/** The folder of a lab. */
export const keptFolder = (digest: string): string => join(KEPT_LABS, digest);

const keptLab = (digest: string): string => join(keptFolder(digest), 'lab.yaml');

/** How a check calls the lab that it was given, beside the `lab.yaml` with the bad luck in it. */
export const CHECKED_LAB = 'checked.yaml';

const checkedLab = (digest: string): string => join(keptFolder(digest), CHECKED_LAB);
