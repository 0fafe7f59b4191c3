import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A lab that comes with viplab. */
export interface Example {
  /** What is typed: `segregated-vips`, or `equal-priority-flux/multicast-lost` for a variant. */
  readonly name: string;
  /** Its lab.yaml. */
  readonly path: string;
  /** The folder that is copied by `init`. */
  readonly folder: string;
}

/** Folders of `examples/` that are no labs. */
const NOT_LABS: ReadonlySet<string> = new Set(['node_modules', 'out']);

/**
 * The folder of the examples: in a clone the repository's own, else the copy that is shipped with the command.
 *
 * @returns undefined if there is none, as in a broken installation
 */
export function examplesFolder(): string | undefined {
  const inClone = fileURLToPath(new URL('../../../examples', import.meta.url));
  const isClone =
    existsSync(join(inClone, 'package.json')) &&
    existsSync(fileURLToPath(new URL('../../../pnpm-workspace.yaml', import.meta.url)));
  const shipped = fileURLToPath(new URL('../examples', import.meta.url));
  return [...(isClone ? [inClone] : []), shipped].find((folder) => existsSync(folder));
}

/** All examples by name: a folder's lab.yaml first, then its variants. */
export function listExamples(root: string | undefined = examplesFolder()): readonly Example[] {
  if (root === undefined) return [];
  const folders = readdirSync(root)
    .filter(
      (name) => !name.startsWith('.') && !NOT_LABS.has(name) && statSync(join(root, name)).isDirectory(),
    )
    .sort();
  return folders.flatMap((name) => {
    const folder = join(root, name);
    const labs = readdirSync(folder)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => file.slice(0, -'.yaml'.length))
      .sort((a, b) => Number(b === 'lab') - Number(a === 'lab') || (a < b ? -1 : 1));
    return labs.map((lab) => ({
      name: lab === 'lab' ? name : `${name}/${lab}`,
      path: join(folder, `${lab}.yaml`),
      folder,
    }));
  });
}

/** The example of that name. */
export const findExample = (name: string): Example | undefined =>
  // A name has no dots: what looks like a path is one.
  /^[a-z0-9][a-z0-9/-]*$/.test(name) ? listExamples().find((example) => example.name === name) : undefined;

/** What an example's README says of it: the first sentence under its title, and what to predict before running it. */
export function describeExample(example: Example): {
  readonly about: string;
  readonly predict: string | undefined;
} {
  const readme = join(example.folder, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  const lab = readFileSync(example.path, 'utf8');
  const comment = /^(?:#(?! yaml-language-server).*\n)+/m.exec(lab)?.[0].replace(/^# ?/gm, '') ?? '';
  const isVariant = example.name.includes('/');
  const prose = isVariant || text === '' ? comment : text.replace(/^#.*$/m, '');
  const paragraph =
    prose
      .split(/\n\s*\n/)
      .map((part) => part.replace(/\s+/g, ' ').trim())
      .find((part) => part !== '') ?? '';
  return {
    about: (/^.*?[.!?](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph).replace(/[*`]/g, ''),
    // The questions up to the end of their paragraph, without the words that introduce them.
    predict: /^\**Predict(?: first)?[.:]\**\s*(.+?)(?:\n\s*\n|$(?![\s\S]))/ims
      .exec(isVariant || text === '' ? comment : text)?.[1]
      ?.replace(/\s+/g, ' ')
      .replace(/[*`]/g, ''),
  };
}
