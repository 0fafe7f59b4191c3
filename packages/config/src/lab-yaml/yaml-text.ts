import type { Diagnostic, SourcePosition, SourceRange } from '@viplab/core';
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import { complaint } from '../complaint.js';

/** Places in which aliases may unfold to one node; more is a bomb ("billion laughs"), not a lab. */
const MAX_ALIASES = 100;

/** The way to a value: keys and indexes. */
export type KeyPath = readonly (string | number)[];

/** A YAML text as plain data, and where each part of it stands. */
export interface YamlText {
  /** Undefined if the text is not YAML. */
  readonly data: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** Where the value at a path stands, or the key that leads to it; the nearest part above that exists if it does not. */
  rangeOf(path: KeyPath, part?: 'key' | 'value'): SourceRange;
}

/** Reads one YAML document and keeps its positions. Never throws: what is wrong with the text is in `diagnostics`. */
export function readYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  const places = new TextPlaces(text, lines);
  const failed = (message: string): YamlText => ({
    data: undefined,
    diagnostics: [complaint(file, 'lab/yaml-syntax', message)],
    rangeOf: () => places.range(0, 0),
  });
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      merge: true,
      logLevel: 'silent',
      prettyErrors: false,
      version: '1.2',
    });
  } catch (error) {
    // The parser recurses: brackets nested some thousand deep end its stack.
    if (error instanceof RangeError) return failed('this is nested too deep');
    throw error;
  }
  const rangeOf = (path: KeyPath, part: 'key' | 'value' = 'value'): SourceRange => {
    const range = find(document, path, part)?.range ?? [0, 0];
    return places.range(range[0], range[1]);
  };
  const diagnostics = document.errors.map((error) =>
    complaint(
      file,
      error.code === 'DUPLICATE_KEY' ? 'lab/duplicate-key' : 'lab/yaml-syntax',
      messageOf(error),
      {
        range: places.range(error.pos[0], error.pos[1]),
      },
    ),
  );
  if (diagnostics.length > 0) return { data: undefined, diagnostics, rangeOf };
  try {
    return { data: document.toJS({ maxAliasCount: MAX_ALIASES }), diagnostics, rangeOf };
  } catch (error) {
    if (error instanceof RangeError) return failed('this is nested too deep');
    if (error instanceof ReferenceError) return failed(`aliases unfold more than ${MAX_ALIASES} times`);
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function messageOf(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'DUPLICATE_KEY') return 'this key stands here twice';
  if (error.code === 'TAB_AS_INDENT') return 'a tab cannot indent YAML: use spaces';
  if (error.code === 'MULTIPLE_DOCS') return "one lab per file: '---' begins another";
  const [first = ''] = error.message.split('\n');
  return `this is not YAML: ${first.charAt(0).toLowerCase()}${first.slice(1)}`;
}

function find(document: Document.Parsed, path: KeyPath, part: 'key' | 'value'): Node | undefined {
  let here: unknown = document.contents;
  let key: unknown;
  for (const step of path) {
    if (isAlias(here)) here = here.resolve(document);
    let next: unknown;
    if (isMap(here)) {
      const pair = here.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) return nearest(key, here);
      key = pair.key;
      // A key without a value has none to show: the key itself is the place.
      next = isNode(pair.value) && pair.value.range ? pair.value : pair.key;
    } else if (isSeq(here)) {
      next = here.items[Number(step)];
      key = next;
    }
    if (next === undefined || next === null) return nearest(key, here);
    here = next;
  }
  return nearest(part === 'key' ? (key ?? here) : here, key);
}

const nearest = (...candidates: readonly unknown[]): Node | undefined =>
  candidates.find((candidate): candidate is Node => isNode(candidate) && candidate.range != null);

/** Offsets in a text as lines and columns. */
class TextPlaces {
  readonly #text: string;
  readonly #lines: LineCounter;

  constructor(text: string, lines: LineCounter) {
    this.#text = text;
    this.#lines = lines;
  }

  /** A range on one line: what goes on to further lines is cut at the end of its first, for a caret to stand under. */
  range(from: number, to: number): SourceRange {
    const start = this.#position(from);
    const newline = this.#text.indexOf('\n', from);
    const end = this.#position(Math.max(from, Math.min(to, newline === -1 ? this.#text.length : newline)));
    return { start, end };
  }

  #position(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset);
    if (line === 0) return { line: 1, column: 1 };
    const before = this.#text.slice(offset - (col - 1), offset);
    // Columns count code points; an astral character is two units of a JS string.
    return { line, column: [...before].length + 1 };
  }
}
