import type { Complaints } from '../../../diagnostic/complaints.js';
import { type Definition, Definitions, LINE_BUFFER_BYTES } from './definitions.js';
import { IncludeStack, type ReadOptions } from './include-stack.js';
import { decomment, findBrace } from './lexer.js';
import { readSequence, type Sequence } from './sequences.js';
import { placeOf, placeOfLine, type SourceLine, sliceLine, trimLine } from './source-line.js';

/** Lines that definitions and sequences may add: far more than any real file needs, and few enough to end soon. */
const MAX_EXPANDED_LINES = 100_000;

interface Expansion {
  readonly lines: readonly SourceLine[];
  next: number;
  readonly sequenceDepth: number;
}

/**
 * Turns files into the lines that keepalived's parser sees (`read_line`): comments gone, `@id` lines chosen, `$NAME`,
 * `~SEQ` and `~LST` expanded, included files in place, and every `{` and `}` on a line of its own.
 */
export class Preprocessor {
  readonly #complaints: Complaints;
  readonly #definitions: Definitions;
  readonly #files: IncludeStack;
  readonly #configId: string;
  readonly #sequences: Sequence[] = [];
  /** Multi-line definitions being expanded, the innermost last. */
  readonly #expansions: Expansion[] = [];
  #residue: SourceLine | undefined;
  #growing: Definition | undefined;
  #expandedLines = 0;
  #warnedOfEscape = false;

  constructor(text: string, options: ReadOptions, complaints: Complaints) {
    this.#complaints = complaints;
    this.#configId = options.configId ?? options.hostName?.replace(/\..*/, '') ?? '';
    this.#files = new IncludeStack(text, options, complaints);
    this.#definitions = new Definitions({
      directory: options.directory ?? '/etc/keepalived',
      instance: this.#configId,
      environment: options.env ?? {},
      random: options.random ?? ((minimum) => minimum),
    });
  }

  /** True if a file that had to be there was not: keepalived does not start. */
  get fatal(): boolean {
    return this.#files.fatal;
  }

  /** The last line that was read from a file, for complaints about the end. */
  get lastLine(): { readonly file: string; readonly line: number } {
    return this.#files.lastLine;
  }

  /** The next line that is not empty; undefined at the end. */
  next(): SourceLine | undefined {
    for (;;) {
      const line = this.#nextRaw();
      if (line === undefined) return undefined;
      const ready = this.#process(line);
      if (ready === undefined || ready.text === '') continue;
      if (this.#files.include(ready)) continue;
      return this.#splitAtBrace(ready);
    }
  }

  #nextRaw(): SourceLine | undefined {
    const residue = this.#residue;
    if (residue !== undefined) {
      this.#residue = undefined;
      return residue;
    }
    for (;;) {
      const expansion = this.#expansions[this.#expansions.length - 1];
      if (this.#sequences.length > (expansion?.sequenceDepth ?? 0)) return this.#nextOfSequence();
      if (expansion === undefined) break;
      const line = expansion.lines[expansion.next++];
      if (line === undefined) {
        this.#expansions.pop();
        continue;
      }
      return this.#countExpanded(line);
    }
    const raw = this.#files.next();
    if (raw === undefined) return undefined;
    return this.#decommentRaw(raw);
  }

  #nextOfSequence(): SourceLine | undefined {
    const sequence = this.#sequences[this.#sequences.length - 1];
    if (sequence === undefined) return undefined;
    if (!sequence.advance(this.#definitions)) this.#sequences.pop();
    return this.#countExpanded(sequence.text);
  }

  #countExpanded(line: SourceLine): SourceLine | undefined {
    if (++this.#expandedLines <= MAX_EXPANDED_LINES) return line;
    this.#complaints.add(
      placeOfLine(line),
      'too-large',
      `definitions and sequences expand to more than ${MAX_EXPANDED_LINES} lines`,
      { means: 'keepalived would go on for as long as its memory lasts; nothing after this line was read' },
    );
    this.#sequences.length = 0;
    this.#expansions.length = 0;
    this.#files.stop();
    return undefined;
  }

  #decommentRaw(raw: SourceLine): SourceLine {
    const line = decomment(raw, (place) => {
      this.#complaints.add(place, 'unclosed-quote', "'\"' is never closed", {
        means: 'keepalived drops the words from there to the end of the line',
      });
    });
    // The children read the parent's copy of the file, in which the escape is already gone, and take comments off again.
    const again = decomment(line);
    if (again.text !== line.text && !this.#warnedOfEscape) {
      this.#warnedOfEscape = true;
      const at = line.text.startsWith(again.text) ? again.text.length : 0;
      this.#complaints.add(
        placeOf(line, at, line.text.length),
        'escape-lost',
        'a backslash does not protect # or ! here',
        {
          severity: 'warning',
          means:
            'keepalived 2.2.7 takes comments off twice, and the second time the backslash is gone. Use $_HASH or $_BANG',
        },
      );
    }
    return again;
  }

  /** The middle of `read_line`. Undefined or an empty text: nothing is left of the line. */
  #process(source: SourceLine): SourceLine | undefined {
    const growing = this.#growing;
    if (growing !== undefined) {
      this.#grow(growing, source);
      return undefined;
    }
    let line = source;
    for (;;) {
      if (line.text.startsWith('@')) {
        const chosen = this.#chooseById(line);
        if (chosen === undefined) return undefined;
        line = chosen;
      }
      const definition = line.text.startsWith('$') ? this.#definitions.define(line) : undefined;
      if (definition !== undefined) {
        if (definition.multiline) this.#growing = definition;
        return undefined;
      }
      if (line.text.startsWith('~SEQ') || line.text.startsWith('~LST')) {
        this.#begin(line);
        return undefined;
      }
      if (line.text.startsWith('~') || !line.text.includes('$')) return line;
      const result = this.#definitions.substitute(line);
      if (result.problem !== undefined) {
        this.#complainAboutSubstitution(line, result.problem);
        return result.problem === 'loop' ? undefined : line;
      }
      if (!result.changed) return line;
      if (result.rest !== undefined) {
        this.#expansions.push({ lines: result.rest, next: 0, sequenceDepth: this.#sequences.length });
      }
      line = decomment(result.line);
      if (!line.text.startsWith('@') && !line.text.startsWith('~') && !line.text.includes('$')) return line;
      if (!line.text.startsWith('@') && !line.text.includes('$')) return line;
    }
  }

  #complainAboutSubstitution(line: SourceLine, problem: 'loop' | 'length'): void {
    const at = Math.max(0, line.text.indexOf('$'));
    const place = placeOf(line, at, line.text.length);
    if (problem === 'loop') {
      this.#complaints.add(place, 'definition-loop', 'this definition contains itself', {
        means: 'keepalived never gets past this line',
      });
      return;
    }
    this.#complaints.add(
      place,
      'line-too-long',
      `the line would be longer than ${LINE_BUFFER_BYTES - 1} characters`,
      {
        severity: 'warning',
        means: 'keepalived leaves the definition unreplaced',
      },
    );
  }

  #grow(definition: Definition, line: SourceLine): void {
    let { text } = line;
    if (text.endsWith('\\')) text = text.slice(0, -1).trimEnd();
    else this.#growing = undefined;
    if (text !== '') definition.lines.push(sliceLine(line, 0, text.length));
    if (this.#growing === undefined && definition.lines.length === 0) definition.multiline = false;
  }

  #chooseById(line: SourceLine): SourceLine | undefined {
    const inverted = line.text.startsWith('@^');
    const match = /^@\^?([^ \t]*)[ \t]+/.exec(line.text);
    if (match === null) return undefined;
    const wanted = match[1] === this.#configId && this.#configId !== '';
    return wanted === inverted ? undefined : sliceLine(line, match[0].length);
  }

  #begin(line: SourceLine): void {
    const reading = readSequence(line, this.#definitions);
    if ('sequence' in reading) {
      this.#sequences.push(reading.sequence);
      return;
    }
    this.#complaints.add(placeOfLine(line), 'bad-sequence', reading.problem, {
      means: 'keepalived skips the line',
    });
  }

  #splitAtBrace(line: SourceLine): SourceLine {
    const brace = findBrace(line.text);
    if (brace === -1) return trimLine(line);
    const end = brace === 0 ? 1 : brace;
    const rest = trimLine(sliceLine(line, end));
    if (rest.text !== '') this.#residue = rest;
    return trimLine(sliceLine(line, 0, end));
  }
}
