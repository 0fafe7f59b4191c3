import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Captured, viplab } from '../packages/cli/src/captured-terminal.fixture.js';
import { pathOf } from './labs.testing.js';

/** A block of a README that shows a check: `$ viplab check n1/keepalived.conf …`, and what it prints. */
const BLOCK = /(```text\n\$ viplab (check [^\n]*)\n)[\s\S]*?(```)/g;

/**
 * Runs a command line where the configurations of an example are, and nothing else: its nodes' folders, without `lab.yaml`.
 *
 * @param words - what follows `viplab`
 * @param then - another command for the same folder, made of what the first one printed
 */
export async function atConfigurations(
  folder: string,
  words: readonly string[],
  then?: (out: string) => readonly string[],
): Promise<{ readonly first: Captured; readonly second: Captured | undefined }> {
  const home = process.cwd();
  const place = mkdtempSync(join(tmpdir(), 'viplab-example-'));
  try {
    for (const entry of readdirSync(pathOf(folder), { withFileTypes: true }))
      if (entry.isDirectory())
        cpSync(pathOf(`${folder}/${entry.name}`), join(place, entry.name), { recursive: true });
    process.chdir(place);
    const first = await viplab(words);
    const second = then === undefined ? undefined : await viplab(then(first.out));
    return { first, second };
  } finally {
    process.chdir(home);
    rmSync(place, { recursive: true });
  }
}

/**
 * Of what a check prints: the verdict with its story and its cure, without how many states that took.
 *
 * @param end - what comes after it; the verdict of a cure that takes long to prove depends on the budget
 */
export function storyOf(out: string, end: 'bounds' | 'cure' = 'bounds'): string {
  const from = out.indexOf('BROKEN');
  const to = out.indexOf(`\n${end} `, from);
  return out
    .slice(from, to < 0 ? undefined : to)
    .replace(/ \(after [\d ]+ states\)/, '')
    .replace(/\n\n$/, '\n');
}

/** The commands of the checks that a README shows, split into words. */
export const checksIn = (text: string): string[][] =>
  [...text.matchAll(BLOCK)].map((match) => (match[2] ?? '').split(' '));

/** A README with the screens of its checks as they are today, in their order. */
export function withStories(text: string, stories: readonly string[]): string {
  let nth = 0;
  return text.replace(
    BLOCK,
    (_, head: string, _words: string, end: string) => `${head}${stories[nth++] ?? ''}${end}`,
  );
}
