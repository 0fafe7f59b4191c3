import { replaceInLine, type SourceLine, sliceLine } from './source-line.js';

/** A `$NAME=value` definition. The value of a multi-line one has more than one line. */
export interface Definition {
  readonly name: string;
  multiline: boolean;
  lines: SourceLine[];
  /** Set for keepalived's own names: makes the value from the parameters in `${NAME parameters}`. */
  builtIn?: (parameters: string) => string;
}

/** What a line became when its `$NAME`s were replaced. */
export interface Substitution {
  readonly line: SourceLine;
  readonly changed: boolean;
  /** The further lines of a multi-line definition that the line ended with. */
  readonly rest: readonly SourceLine[] | undefined;
  /** `loop`: definitions that contain themselves; `length`: the line would become too long. */
  readonly problem: 'loop' | 'length' | undefined;
}

/** Where the values of keepalived's own names come from. */
export interface BuiltInSources {
  /** `$_PWD`. */
  readonly directory: string;
  /** `$_INSTANCE`: the configuration id. */
  readonly instance: string;
  readonly environment: Readonly<Record<string, string>>;
  /** `$_RANDOM`: an integer from `minimum` to `maximum`, both included. */
  readonly random: (minimum: number, maximum: number) => number;
}

/** keepalived's line buffer, with its closing zero (`MAXBUF`). */
export const LINE_BUFFER_BYTES = 1024;
/** Replacements in one line before it is taken for a definition that contains itself. keepalived would never end. */
const MAX_REPLACEMENTS = 1024;

const DEFINITION = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*/;

/** The table of `$NAME` definitions. */
export class Definitions {
  readonly #byName = new Map<string, Definition>();

  constructor(sources: BuiltInSources) {
    this.#builtIn('_PWD', () => sources.directory);
    this.#builtIn('_INSTANCE', () => sources.instance);
    this.#builtIn('_HASH', () => '#');
    this.#builtIn('_BANG', () => '!');
    this.#builtIn('_ENV', (name) => sources.environment[name.replace(/^\(|\)$/g, '').trim()] ?? '');
    this.#builtIn('_RANDOM', (parameters) => {
      const [minimum = 0, maximum = 32767] = parameters.split(/ +/).filter(Boolean).map(Number);
      return String(sources.random(minimum, Math.max(minimum, maximum)));
    });
  }

  #builtIn(name: string, value: (parameters: string) => string): void {
    this.#byName.set(name, { name, multiline: false, lines: [], builtIn: value });
  }

  /** Gives a name a value of one line. */
  set(name: string, line: SourceLine): Definition {
    const definition: Definition = { name, multiline: false, lines: [line] };
    this.#byName.set(name, definition);
    return definition;
  }

  /**
   * Reads a line `$NAME=value`; a value that ends with a backslash goes on in the next lines.
   *
   * @returns undefined if the line is no definition
   */
  define(line: SourceLine): Definition | undefined {
    const match = DEFINITION.exec(line.text);
    if (match?.[1] === undefined) return undefined;
    const value = sliceLine(line, match[0].length);
    const definition = this.set(match[1], value);
    if (!value.text.endsWith('\\')) return definition;
    definition.multiline = true;
    const kept = value.text.slice(0, -1).trimEnd();
    definition.lines = kept === '' ? [] : [sliceLine(value, 0, kept.length)];
    return definition;
  }

  /**
   * Replaces every `$NAME` and `${NAME}` that is defined (keepalived `replace_param`). A multi-line definition is only
   * seen at the end of the line. Without braces a name must be followed by a blank, `,`, `)` or the end.
   */
  substitute(source: SourceLine): Substitution {
    let line = source;
    let rest: readonly SourceLine[] | undefined;
    let replacements = 0;
    let from = 0;
    for (;;) {
      const at = line.text.indexOf('$', from);
      if (at === -1 || at + 1 >= line.text.length) break;
      const use = this.#useAt(line.text, at);
      if (use === undefined) {
        from = at + 1;
        continue;
      }
      if (++replacements > MAX_REPLACEMENTS) return { line, changed: true, rest: undefined, problem: 'loop' };
      const { definition } = use;
      const value = definition.builtIn?.(use.parameters) ?? definition.lines[0]?.text ?? '';
      if (line.text.length - (use.end - at) + value.length >= LINE_BUFFER_BYTES) {
        return {
          line,
          changed: replacements > 1,
          rest,
          problem: value.includes(`$${definition.name}`) ? 'loop' : 'length',
        };
      }
      if (definition.multiline) rest = definition.lines.slice(1);
      line = replaceInLine(line, at, use.end, value);
      from = at;
      if (value.trimStart().startsWith('~')) break;
    }
    return { line, changed: replacements > 0, rest, problem: undefined };
  }

  #useAt(text: string, at: number): { definition: Definition; end: number; parameters: string } | undefined {
    const braced = text[at + 1] === '{';
    const pattern = braced
      ? /\{([A-Za-z_][A-Za-z0-9_]*)([^}]*)\}/y
      : /([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)()/y;
    pattern.lastIndex = at + 1;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, name = '', after = ''] = match;
    const definition = this.#byName.get(name);
    if (definition === undefined) return undefined;
    const end = pattern.lastIndex;
    if (definition.multiline && end !== text.length) return undefined;
    const parameters = after.trim();
    if (parameters !== '') {
      if (name === '_RANDOM' ? !/^[\d ]+$/.test(parameters) : name !== '_ENV') return undefined;
    }
    return { definition, end, parameters };
  }
}
