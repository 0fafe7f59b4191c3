import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { carpFilesAmong, complaint, toYaml } from '@viplab/config';
import type { LabDesign } from '@viplab/core';
import { BadInput } from '../bad-input.js';
import { renameDaemonFiles } from '../daemon-files.js';
import { type Example, findExample } from '../examples-folder.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { readLabInput } from '../lab-input.js';
import type { Terminal } from '../terminal.js';
import { LAB_TEST, STARTER_CONFIGURATIONS } from './starter.js';

/** Where editors find the schema of lab.yaml once `@viplab/config` is installed beside it. */
const SCHEMA_LINE = 'yaml-language-server: $schema=./node_modules/@viplab/config/schema/lab.schema.json';
/** Folders of an example that are not copied. */
const NOT_COPIED: ReadonlySet<string> = new Set(['node_modules', 'out', '.viplab']);

/** `viplab init`: a lab.yaml that states everything that was inferred, or a copy of an example. */
export async function init(
  inputs: readonly string[],
  options: { readonly force?: boolean },
  terminal: Terminal,
): Promise<ExitCode> {
  const force = options.force ?? false;
  const [first, target] = inputs;
  const example = first === undefined || existsSync(first) ? undefined : findExample(first);
  if (example !== undefined)
    return copyExample(
      example,
      inputs.length > 2 ? undefined : (target ?? basename(example.folder)),
      force,
      terminal,
    );
  const files = new Map<string, string>();
  let confs = inputs;
  if (inputs.length === 0) {
    confs = nodeConfigurations();
    if (confs.length === 0) {
      for (const [path, text] of STARTER_CONFIGURATIONS) files.set(path, text);
      refuseToOverwrite([...files.keys(), 'lab.yaml', 'lab.test.ts'], force);
      writeAll(files);
      confs = [...files.keys()];
    }
  }
  const written = new Map<string, string>();
  if (!force) refuseToOverwrite(['lab.yaml', 'lab.test.ts'], false);
  const { design, sources } = await readLabInput(confs, false);
  const [origin = 'lab.yaml'] = sources.keys();
  written.set(
    'lab.yaml',
    commentedLab(design.inferred === undefined ? seenFromHere(design, dirname(origin)) : design),
  );
  written.set('lab.test.ts', LAB_TEST);
  writeAll(written);
  for (const path of files.keys()) terminal.out(`wrote ${path}\n`);
  const lines = (written.get('lab.yaml') ?? '').split('\n').length - 1;
  terminal.out(
    `wrote lab.yaml (${lines} lines: all that was inferred, with comments) and lab.test.ts     next: viplab run\n`,
  );
  return EXIT.good;
}

/** The configuration files here and in each folder here: keepalived.conf, else those of CARP. */
function nodeConfigurations(): readonly string[] {
  const folders = readdirSync('.', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ['.', ...folders.map(({ name }) => name).sort()].flatMap((folder) => {
    const names = readdirSync(folder);
    const found = names.includes('keepalived.conf') ? ['keepalived.conf'] : carpFilesAmong(names);
    // Many a machine has a sysctl.conf.
    return found.every((name) => name === 'sysctl.conf') ? [] : found.map((name) => join(folder, name));
  });
}

function commentedLab(design: LabDesign): string {
  const virtual = Object.values(design.nodes).length;
  const yaml = toYaml(
    { ...design, duration: design.duration ?? '60s', expect: design.expect ?? ['no-flap'] },
    {
      files: existsSync,
      header: [
        SCHEMA_LINE,
        "What cannot be said in the daemons' own files. All of it is inferred: correct what is wrong.",
        `${virtual} nodes; a node is a host unless it says kind: switch.`,
      ],
    },
  );
  const schedule = [
    '# What is done to the network, and when; all actions: viplab run --help',
    '# schedule:',
    `#   - { at: 10s, do: power-off, node: ${firstHost(design)} }`,
    `#   - { at: 25s, do: power-on, node: ${firstHost(design)} }`,
  ];
  const links =
    '# Cables: 50 µs each way; the long form: { between: [n1:eth0, sw1], delay: 50us, loss: 0.1% }';
  const withLinks = yaml.replace(/^links:/m, `${links}\nlinks:`);
  const withSchedule =
    design.schedule === undefined
      ? withLinks.replace(/^duration:/m, `${schedule.join('\n')}\nduration:`)
      : withLinks;
  return withSchedule.replace(
    /^expect:/m,
    '# What a run should show; if it does, viplab run ends with exit code 0\nexpect:',
  );
}

/** A lab names its files from its own folder; the new one is here. */
const seenFromHere = (design: LabDesign, folder: string): LabDesign =>
  renameDaemonFiles(design, (file) => (isAbsolute(file) ? file : join(folder, file)));

const firstHost = (design: LabDesign): string =>
  Object.entries(design.nodes).find(
    ([, node]) => node.kind !== 'switch' && (node.keepalived ?? node.carp ?? node.ucarp) !== undefined,
  )?.[0] ?? 'n1';

function copyExample(
  example: Example,
  target: string | undefined,
  force: boolean,
  terminal: Terminal,
): ExitCode {
  if (target === undefined)
    throw new BadInput([
      complaint(example.name, 'option/too-many', 'an example and one folder to copy it to', {
        means: `viplab init ${example.name} my-lab`,
      }),
    ]);
  const folder = target;
  const files = new Map<string, Uint8Array | string>();
  collect(example.folder, '', files);
  const paths = [...files.keys()].map((path) => join(folder, path));
  refuseToOverwrite(paths, force);
  for (const [path, content] of files) writeFile(join(folder, path), content);
  const lab = basename(example.path);
  terminal.out(
    `copied ${example.name} to ${folder} (${files.size} files)     next: viplab run ${lab === 'lab.yaml' ? folder : join(folder, lab)}\n`,
  );
  return EXIT.good;
}

function collect(root: string, inside: string, files: Map<string, Uint8Array | string>): void {
  for (const entry of readdirSync(join(root, inside), { withFileTypes: true }).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    // The tests of the examples stand on files beside their folders.
    if (NOT_COPIED.has(entry.name) || entry.name.endsWith('.test.ts')) continue;
    const path = join(inside, entry.name);
    if (entry.isDirectory()) collect(root, path, files);
    else if (entry.isFile())
      files.set(
        path,
        entry.name.endsWith('.yaml')
          ? withSchemaOf(readFileSync(join(root, path), 'utf8'))
          : readFileSync(join(root, path)),
      );
  }
}

/** In the repository the schema is somewhere else. */
const withSchemaOf = (lab: string): string =>
  lab.replace(/^# yaml-language-server: .*$/m, `# ${SCHEMA_LINE}`);

function refuseToOverwrite(paths: readonly string[], force: boolean): void {
  const existing = force ? [] : paths.filter((path) => existsSync(path));
  if (existing.length === 0) return;
  throw new BadInput(
    existing.map((path) =>
      complaint(path, 'file/exists', `${path} exists and is not overwritten`, {
        means: '--force overwrites it',
      }),
    ),
  );
}

function writeAll(files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) writeFile(path, text);
}

function writeFile(path: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
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
