import { formatDuration, type InferenceNote, type LabDesign } from '@viplab/core';
import { Document, isMap, isScalar, isSeq, type Node, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { isCarpCommands, isUcarpCommand } from './inline-commands.js';

/** How a design is printed. */
export interface ToYamlOptions {
  /** Name the configuration files instead of holding their texts: all that have a name, or those of which this says so. */
  readonly files?: boolean | ((name: string) => boolean);
  /** Lines of comment at the top, without `#`. */
  readonly header?: readonly string[];
  /** Say behind each node what of it was inferred, and why; default true. */
  readonly notes?: boolean;
}

/** Widest line; longer flow collections are broken. */
const WIDTH = 100;
/** Characters of JSON, whose quotes YAML mostly spares, that a node may have in one line. */
const FLOW_WIDTH = 90;

/**
 * Prints a design as lab.yaml. Reading it back gives the same design, except that durations made by `ms()` and the like
 * come back as texts, and that programs of one's own, which YAML cannot say, are left out.
 *
 * @example
 * ```ts
 * await writeFile('lab.yaml', toYaml(lab.design));
 * ```
 */
export function toYaml(design: LabDesign, options: ToYamlOptions = {}): string {
  const { name, nodes, links, ties, schedule, duration, expect, inferred } = design;
  const { files = false } = options;
  const isNamed = typeof files === 'function' ? files : () => files;
  const document = new Document(plain({ name, nodes, links, ties, schedule, duration, expect }, isNamed), {
    aliasDuplicateObjects: false,
  });
  const header = (options.header ?? []).map((line) => (line === '' ? '' : ` ${line}`));
  if (header.length > 0) document.commentBefore = header.join('\n').replace(/\n+$/, '');
  if (isMap(document.contents)) {
    for (const { key, value } of document.contents.items as { key: unknown; value: unknown }[]) {
      if (isMap(value))
        for (const pair of value.items as { value: unknown }[]) layOut(pair.value as Node | null);
      else if (isSeq(value)) {
        if (isScalar(key) && key.value === 'expect') flow(value);
        for (const item of value.items) flow(item as Node);
      }
      if (options.notes !== false && isScalar(key)) annotate(key, value, inferred ?? []);
    }
  }
  quoteTexts(document.contents);
  return document.toString({
    lineWidth: WIDTH,
    flowCollectionPadding: true,
    minContentWidth: 20,
    blockQuote: 'literal',
  });
}

/** Whether a block holds a text exactly: plain characters, no line of blanks alone, no indented first line, a newline at the end. */
function isBlockText(text: string): boolean {
  const lines = text.split('\n');
  const last = lines.pop();
  const plain = lines.every(
    (line) => /^[\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff]*$/.test(line) && (line === '' || line.trim() !== ''),
  );
  return plain && last === '' && lines.at(-1) !== '' && /^[^\s]/.test(text);
}

/** Texts that would not come back from a block as they were are written in quotes. */
function quoteTexts(node: unknown): void {
  if (
    node instanceof Scalar &&
    typeof node.value === 'string' &&
    node.value.includes('\n') &&
    !isBlockText(node.value)
  ) {
    node.type = Scalar.QUOTE_DOUBLE;
  } else if (isMap(node)) for (const { value } of node.items) quoteTexts(value);
  else if (isSeq(node)) for (const item of node.items) quoteTexts(item);
}

/** Whether a configuration file is to be named. */
type IsNamed = (name: string) => boolean;

const isText = (value: unknown): value is string => typeof value === 'string';

/** A copy without what YAML cannot say, with spans as texts. */
function plain(value: unknown, isNamed: IsNamed, key = ''): unknown {
  if (Array.isArray(value))
    return value.map((item) => (key === 'ucarp' ? plainDaemon(key, item, isNamed) : plain(item, isNamed)));
  if (typeof value !== 'object' || value === null) return value;
  if ('nanoseconds' in value && typeof value.nanoseconds === 'number')
    return formatDuration(value.nanoseconds);
  const entries = Object.entries(value).filter(([name, inner]) => inner !== undefined && name !== 'programs');
  return new Map(
    entries.map(([name, inner]) => [
      name,
      DAEMONS.has(name) && !Array.isArray(inner)
        ? plainDaemon(name, inner, isNamed)
        : plain(inner, isNamed, name),
    ]),
  );
}

/** The keys of a host under which texts of configuration files stand. */
const DAEMONS: ReadonlySet<string> = new Set(['keepalived', 'carp', 'ucarp']);

/** The texts of one daemon, or the names of their files. */
function plainDaemon(daemon: string, value: unknown, isNamed: IsNamed): unknown {
  if (typeof value === 'string') return isReadAsText(daemon, value) ? value : asText(daemon, value);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const main = daemon === 'carp' ? 'files' : 'file';
  const named = entries.find(([name]) => name === main)?.[1];
  const names = typeof named === 'object' ? Object.keys(named ?? {}) : [named].filter(isText);
  if (names.length === 0 || !names.every(isNamed))
    return new Map(entries.map(([name, inner]) => [name, plain(inner, isNamed)]));
  const kept = entries
    .filter(([name]) => !['conf', 'includes', 'command', 'scripts'].includes(name))
    .map(
      ([name, inner]) =>
        [
          name,
          name === main && names.length > 1 ? names : name === main ? names[0] : plain(inner, isNamed),
        ] as const,
    );
  const [only] = kept;
  return kept.length === 1 && only?.[0] === main ? only[1] : new Map(kept);
}

/** Whether the reader takes a text for one, and not for a path. */
function isReadAsText(daemon: string, text: string): boolean {
  if (daemon === 'ucarp') return isUcarpCommand(text);
  return daemon === 'carp' ? isCarpCommands(text) : text.includes('\n');
}

/** The long form of a text that would be taken for a path. */
function asText(daemon: string, text: string): ReadonlyMap<string, unknown> {
  if (daemon === 'carp') return new Map([['files', new Map([['carp', text]])]]);
  return new Map([[daemon === 'ucarp' ? 'command' : 'conf', text]]);
}

/** One line for what fits in one, the same inside for what does not. */
function layOut(node: Node | null): void {
  if (!isMap(node) && !isSeq(node)) return;
  if (JSON.stringify(node.toJSON()).length <= FLOW_WIDTH && !hasText(node)) {
    flow(node);
    return;
  }
  for (const item of node.items as unknown[])
    layOut((isMap(node) ? (item as { value: Node | null }).value : item) as Node | null);
}

function flow(node: Node): void {
  if (node instanceof YAMLMap || node instanceof YAMLSeq) node.flow = true;
}

/** Whether there is a text of several lines inside, which is only readable as a block. */
function hasText(node: unknown): boolean {
  if (node instanceof Scalar) return typeof node.value === 'string' && node.value.includes('\n');
  if (isMap(node)) return node.items.some(({ value }) => hasText(value));
  return isSeq(node) && node.items.some(hasText);
}

/** What was inferred stands above what it is about: the network above the links, the rest above the nodes. */
function annotate(key: Scalar, value: unknown, inferred: readonly InferenceNote[]): void {
  const about =
    key.value === 'links'
      ? (what: string) => what === 'network'
      : key.value === 'nodes'
        ? (what: string) => what !== 'network'
        : () => false;
  const names = isMap(value)
    ? value.items.map((pair) => String(isScalar(pair.key) ? pair.key.value : ''))
    : [];
  const owner = (what: string): string | undefined =>
    names.find((name) => what === name || what.startsWith(`${name}.`));
  const lines = (notes: readonly InferenceNote[]): string =>
    notes
      .map(({ what, value: told, why }) => ` inferred: ${what} ${told}${why === '' ? '' : ` (${why})`}`)
      .join('\n');
  const general = inferred.filter(({ what }) => about(what) && owner(what) === undefined);
  if (general.length > 0) key.commentBefore = lines(general);
  if (!isMap(value)) return;
  for (const pair of value.items) {
    if (!isScalar(pair.key)) continue;
    const own = inferred.filter(({ what }) => owner(what) === String((pair.key as Scalar).value));
    if (key.value === 'nodes' && own.length > 0) pair.key.commentBefore = lines(own);
  }
}
