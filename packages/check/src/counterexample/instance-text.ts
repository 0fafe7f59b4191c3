import type { SourcePlace, VrrpInstanceConfig } from '@viplab/core';
import type { ConfEdit } from './conf-edit.js';

/** Keywords of which nearly every instance has one, in the order in which a new line is put behind them. */
const ANCHORS = ['priority', 'virtual_router_id', 'interface', 'advert_int', 'state'];
/** What a block's lines are set in by where the file does not show its own habit. */
const DEFAULT_INDENT = '    ';

/** An instance as it is written in the texts of its node: where its lines can be changed. */
export class InstanceText {
  constructor(
    readonly instance: VrrpInstanceConfig,
    private readonly texts: ReadonlyMap<string, string>,
  ) {}

  private lineAt(place: SourcePlace): string | undefined {
    return this.texts.get(place.file)?.split('\n')[place.range.start.line - 1];
  }

  /** Replaces the value of a keyword that is written there. */
  replace(keyword: string, value: string): ConfEdit[] | null {
    const place = this.instance.origin[keyword];
    return place === undefined ? null : replaceAt(place, value, this.texts);
  }

  /** Writes a keyword: replaces its value where there is one, else puts a line into the block. */
  set(keyword: string, value: string): ConfEdit[] | null {
    if (this.instance.origin[keyword] !== undefined) return this.replace(keyword, value);
    return this.insert((indent) => [`${indent}${keyword}${value === '' ? '' : ` ${value}`}`]);
  }

  /** Puts lines into the block, in its own style. */
  insert(lines: (indent: string, deeper: string) => readonly string[]): ConfEdit[] | null {
    for (const keyword of ANCHORS) {
      const place = this.instance.origin[keyword];
      const line = place === undefined ? undefined : this.lineAt(place);
      // A brace in the same line begins or ends a block there.
      if (place === undefined || line === undefined || /[{}]/.test(line.replace(/[#!].*$/, ''))) continue;
      const indent = /^\s*/.exec(line)?.[0] ?? '';
      const deeper = indent + (indent === '' ? DEFAULT_INDENT : indent);
      return [
        { kind: 'insert', file: place.file, after: place.range.start.line, lines: lines(indent, deeper) },
      ];
    }
    return null;
  }
}

/** Replaces what stands in a place, if the place is in one line of a text that is known. */
export function replaceAt(
  { file, range: { start, end } }: SourcePlace,
  text: string,
  texts: ReadonlyMap<string, string>,
): ConfEdit[] | null {
  if (start.line !== end.line || !texts.has(file)) return null;
  return [{ kind: 'replace', file, line: start.line, from: start.column, to: end.column, text }];
}
