import {
  type ActionDesign,
  type Diagnostic,
  type HostDesign,
  type KeepalivedDesign,
  type LabDesign,
  type NodeDesign,
  planLab,
} from '@viplab/core';
import { complaint, hasErrors } from '../complaint.js';
import {
  baseNameOf,
  type FileSource,
  folderOf,
  joinPath,
  normalisePath,
  relativePath,
} from '../file-source.js';
import { type KeepalivedFile, readKeepalivedFile } from '../keepalived-file.js';
import type { ReadResult } from '../read-result.js';
import { readText } from '../read-text.js';
import { tryParseScheduleLine } from '../schedule-line.js';
import { type DaemonRead, type NodePlace, readCarpOfNode } from './carp-of-node.js';
import { type LabText, labSchema } from './lab-schema.js';
import { shapeComplaints } from './shape-complaints.js';
import { readUcarpOfNode } from './ucarp-of-node.js';
import { readYaml, type YamlText } from './yaml-text.js';

/** Of all nodes that somebody may write down; a file of 4 MiB could name more than can be simulated. */
const MAX_NODES = 1000;

/** How a lab is read. */
export interface LabYamlOptions {
  /** Configurations with errors are run as the daemon would run them. */
  readonly likeDaemon?: boolean;
}

/** Reads a lab.yaml and the files that it names. Everything that is wrong comes back as diagnostics. */
export function readLabYaml(
  files: FileSource,
  path: string,
  text: string,
  options: LabYamlOptions = {},
): ReadResult {
  const yaml = readYaml(path, text);
  const sources = new Map([[path, text]]);
  if (yaml.diagnostics.length > 0)
    return { design: undefined, diagnostics: yaml.diagnostics.map(nameDuplicate), sources };
  if (yaml.data === null || yaml.data === undefined) {
    return {
      design: undefined,
      diagnostics: [complaint(path, 'lab/empty', 'this lab is empty: it needs nodes')],
      sources,
    };
  }
  const shape = labSchema.safeParse(yaml.data);
  if (!shape.success)
    return { design: undefined, diagnostics: shapeComplaints(path, yaml, shape.error.issues), sources };
  const names = Object.keys(shape.data.nodes);
  if (names.length > MAX_NODES) {
    return {
      design: undefined,
      diagnostics: [
        complaint(path, 'lab/too-large', `${names.length} nodes, at most ${MAX_NODES} are simulated`, {
          range: yaml.rangeOf(['nodes'], 'key'),
        }),
      ],
      sources,
    };
  }
  return new LabYamlReading(files, path, yaml, sources, options).read(shape.data);
}

/** Two nodes of one name are two equal keys to YAML. */
function nameDuplicate(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.code === 'lab/duplicate-key'
    ? { ...diagnostic, hint: 'YAML would silently keep one of the two' }
    : diagnostic;
}

class LabYamlReading {
  readonly #files: FileSource;
  readonly #path: string;
  readonly #yaml: YamlText;
  readonly #sources: Map<string, string>;
  readonly #options: LabYamlOptions;
  readonly #diagnostics: Diagnostic[] = [];
  /** What files are called in the design of which everything is said already. */
  readonly #said = new Set<string>();
  /** What other files are called in the design, and where they are. */
  readonly #read = new Map<string, string>();
  /** Nodes whose files are missing: that they have no address needs no complaint of its own. */
  readonly #withoutFiles = new Set<string>();
  /** Of each action of the design, which line of the schedule it was: those that cannot be read are left out. */
  readonly #linesOfSchedule: number[] = [];

  constructor(
    files: FileSource,
    path: string,
    yaml: YamlText,
    sources: Map<string, string>,
    options: LabYamlOptions,
  ) {
    this.#files = files;
    this.#path = path;
    this.#yaml = yaml;
    this.#sources = sources;
    this.#options = options;
  }

  read(lab: LabText): ReadResult {
    const nodes: Record<string, NodeDesign> = {};
    for (const [name, node] of Object.entries(lab.nodes)) nodes[name] = this.#node(name, node);
    const schedule = lab.schedule?.flatMap((line, index) => {
      const action = this.#action(line, index);
      if (action !== undefined) this.#linesOfSchedule.push(index);
      return action ?? [];
    });
    // What zod calls `T | undefined` is a key that is absent: YAML has no undefined.
    const design = {
      ...lab,
      name: lab.name ?? this.#defaultName(),
      nodes,
      ...(schedule === undefined ? {} : { schedule }),
    } as unknown as LabDesign;
    const files = this.#diagnostics.filter(({ file }) => file !== this.#path);
    if (hasErrors(files)) return { design, diagnostics: this.#diagnostics, sources: this.#sources };
    this.#judge(design);
    return {
      design,
      diagnostics: this.#diagnostics,
      sources: this.#sources,
      ...this.#placeOfExpectation(lab),
    };
  }

  #placeOfExpectation(lab: LabText): { readonly expectedAt?: string } {
    if (lab.expect === undefined) return {};
    const { line, column } = this.#yaml.rangeOf(['expect', 0]).start;
    return { expectedAt: `${baseNameOf(this.#path)}:${line}:${column}` };
  }

  #defaultName(): string {
    const file = baseNameOf(this.#path).replace(/\.[^.]*$/, '');
    const folder = baseNameOf(folderOf(this.#path));
    return file === 'lab' && folder !== '.' && folder !== '..' && folder !== '' ? folder : file;
  }

  #node(name: string, node: LabText['nodes'][string]): NodeDesign {
    if (node.kind === 'switch') return node as unknown as NodeDesign;
    const { keepalived, carp, ucarp, ...rest } = node as Extract<typeof node, { keepalived?: unknown }>;
    const interfaces = node.interfaces === undefined ? undefined : Object.keys(node.interfaces);
    const kernel =
      carp === undefined
        ? undefined
        : readCarpOfNode(carp, rest as unknown as HostDesign, this.#placeOf(name, 'carp'));
    const system = rest.system ?? kernel?.system;
    const daemons = {
      keepalived: keepalived === undefined ? undefined : this.#keepalived(name, keepalived, interfaces),
      system,
      carp: this.#designOf(kernel),
      ucarp:
        ucarp === undefined
          ? undefined
          : this.#designOf(readUcarpOfNode(ucarp, this.#placeOf(name, 'ucarp'))),
    };
    if (kernel !== undefined && daemons.carp === undefined) this.#withoutFiles.add(name);
    const given = Object.entries(daemons).filter(([, design]) => design !== undefined);
    return { ...rest, ...Object.fromEntries(given) } as unknown as HostDesign;
  }

  #placeOf(name: string, key: string): NodePlace {
    return {
      files: this.#files,
      lab: this.#path,
      name,
      likeDaemon: this.#options.likeDaemon ?? false,
      blame: (path) => ({
        file: this.#path,
        range: this.#yaml.rangeOf(['nodes', name, key, ...path]),
      }),
    };
  }

  /** The design of a key, once what was said and read for it is kept. */
  #designOf<T>(read: DaemonRead<T> | undefined): T | undefined {
    if (read === undefined) return undefined;
    this.#diagnostics.push(...read.diagnostics);
    for (const [name, text] of read.sources) this.#sources.set(name, text);
    for (const name of read.said) this.#said.add(name);
    for (const [name, path] of read.read) this.#read.set(name, path);
    return read.design;
  }

  #keepalived(
    name: string,
    given: NonNullable<Extract<LabText['nodes'][string], { keepalived?: unknown }>['keepalived']>,
    interfaces: readonly string[] | undefined,
  ): KeepalivedDesign | undefined {
    const where = ['nodes', name, 'keepalived'];
    const { file, conf, includes, ...settings } =
      typeof given === 'string' ? (given.includes('\n') ? { conf: given } : { file: given }) : given;
    const kept = settings as Partial<KeepalivedDesign>;
    const likeDaemon = kept.likeDaemon ?? this.#options.likeDaemon ?? false;
    if (conf !== undefined) {
      // The daemon's reader is asked again while planning, with the file names that are given here.
      return {
        conf,
        ...(file === undefined ? {} : { file }),
        ...(includes === undefined ? {} : { includes }),
        ...kept,
        ...(likeDaemon ? { likeDaemon } : {}),
      };
    }
    if (file === undefined) {
      this.#complain(where, 'lab/missing-key', "'file' is missing: the path of keepalived.conf", 'key');
      return undefined;
    }
    const path = joinPath(folderOf(this.#path), file);
    const text = readText(this.#files, path, {
      file: this.#path,
      range: this.#yaml.rangeOf(typeof given === 'string' ? where : [...where, 'file']),
    });
    if ('complaint' in text) {
      this.#diagnostics.push(text.complaint);
      return undefined;
    }
    const read = readKeepalivedFile(this.#files, path, text.text, {
      hostName: name,
      likeDaemon,
      // lo is there without being said.
      ...(interfaces === undefined ? {} : { interfaces: [...interfaces, 'lo'] }),
    });
    for (const [source, content] of read.sources) this.#sources.set(source, content);
    this.#diagnostics.push(...read.diagnostics);
    const design = { ...this.#asWrittenHere(read.design, file), ...kept };
    for (const said of [design.file, ...Object.keys(design.includes ?? {})]) this.#said.add(said);
    return design;
  }

  /** File names as lab.yaml has them: a design, and with it the replay token, is the same from wherever it is read. */
  #asWrittenHere(design: KeepalivedFile['design'], written: string): KeepalivedFile['design'] {
    const folder = folderOf(this.#path);
    if (written.startsWith('/')) return design;
    const includes = Object.entries(design.includes ?? {}).map(([name, text]) => [
      name.startsWith('/') && !folder.startsWith('/') ? name : relativePath(folder, name),
      text,
    ]);
    return {
      ...design,
      file: normalisePath(written),
      ...(design.includes === undefined
        ? {}
        : { includes: Object.fromEntries(includes) as Record<string, string> }),
    };
  }

  #action(line: NonNullable<LabText['schedule']>[number], index: number): ActionDesign | undefined {
    if (typeof line !== 'string') return line as unknown as ActionDesign;
    const parsed = tryParseScheduleLine(line);
    if (!('error' in parsed)) return parsed;
    this.#complain(['schedule', index], 'lab/bad-action', parsed.error);
    return undefined;
  }

  #complain(
    path: readonly (string | number)[],
    code: string,
    message: string,
    part: 'key' | 'value' = 'value',
  ): void {
    this.#diagnostics.push(complaint(this.#path, code, message, { range: this.#yaml.rangeOf(path, part) }));
  }

  /** Lets the simulator work the design out, and puts its complaints where they belong in the text. */
  #judge(design: LabDesign): void {
    const { problems, diagnostics } = planLab(design);
    // Texts that stand in lab.yaml itself were not read before; of other files everything is said already.
    for (const diagnostic of diagnostics) {
      const { file } = diagnostic;
      if (!this.#said.has(file))
        this.#diagnostics.push({ ...diagnostic, file: this.#read.get(file) ?? file });
    }
    for (const { path, severity, code, message } of problems.list) {
      if (code === 'lab/no-address' && this.#withoutFiles.has(String(path[1]))) continue;
      // At the start two equal addresses are a slip of the pen; during a run `add-address` makes them on purpose.
      const raised = code === 'lab/duplicate-address' ? 'error' : severity;
      const part = path.length === 2 && path[0] === 'nodes' ? 'key' : 'value';
      this.#diagnostics.push(
        complaint(this.#path, code, message, {
          severity: raised,
          range: this.#yaml.rangeOf(this.#pathInText(path), part),
        }),
      );
    }
  }

  #pathInText(path: readonly (string | number)[]): readonly (string | number)[] {
    const [first, index, ...rest] = path;
    return first === 'schedule' && typeof index === 'number'
      ? [first, this.#linesOfSchedule[index] ?? index, ...rest]
      : path;
  }
}
