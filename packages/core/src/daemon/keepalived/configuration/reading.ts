import { Complaints } from '../../../diagnostic/complaints.js';
import { suggest } from '../../../diagnostic/suggest.js';
import { type ConfigurationDraft, newDraft, type WordLine } from './draft.js';
import type { ReadOptions } from './include-stack.js';
import type { SourcePlace } from './keepalived-config.js';
import type { Block, Keyword, Statement } from './keywords/keyword.js';
import { belongsElsewhere, knownSince } from './keywords/other-releases.js';
import { splitWords, type Word } from './lexer.js';
import { Misparse } from './misparse.js';
import { Preprocessor } from './preprocessor.js';
import { placeOf, placeOfLine, type SourceLine } from './source-line.js';

/** How `belongsElsewhere` names the outside of all blocks. */
const ROOT_HOME = '';

interface OpenBrace {
  readonly place: SourcePlace;
  /** What it belongs to: `VI_1`, or the keyword. */
  readonly owner: string;
}

/**
 * keepalived's block parser (`process_stream`, `alloc_value_block`): feeds the lines of a configuration to the tables of
 * keywords, which fill the draft.
 */
export class Reading {
  readonly complaints = new Complaints();
  readonly draft: ConfigurationDraft = newDraft();
  readonly options: ReadOptions;
  readonly #preprocessor: Preprocessor;
  readonly #braces: OpenBrace[] = [];
  #lastStatement: WordLine | undefined;
  /** keepalived's `skip_sublevel`: −1 a block may follow that is skipped, n > 0 n braces deep in it. */
  #skipping = 0;
  #skipped: SkippedBlock | undefined;
  #misparse: Misparse | undefined;
  #missingBraceHint: SourcePlace | undefined;
  /** keepalived would not run with this. */
  fatal = false;

  constructor(text: string, options: ReadOptions) {
    this.options = options;
    this.#preprocessor = new Preprocessor(text, options, this.complaints);
  }

  /** Reads everything. `root` is the table of keywords outside of blocks. */
  run(root: Block): void {
    this.#processBlock(root, false, 0);
    this.#complainAboutUnclosed();
    if (this.#preprocessor.fatal) this.fatal = true;
  }

  /** Passes over the block that belongs to the keyword just read, if one follows (`skip_block(true)`). */
  skipBlock(): void {
    this.#skipping = -1;
  }

  /** Reads the lines of a block without keywords of its own, like a list of addresses (`alloc_value_block`). */
  readValueBlock(statement: Statement, take: (entry: WordLine) => void): void {
    const { keyword, words } = statement;
    const extra = words[1];
    if (extra !== undefined) {
      this.complaints.add(extra.place, 'extra-words', `unexpected '${extra.text}' after ${keyword.text}`, {
        means: 'keepalived logs this and ignores it',
      });
    }
    let needsBrace = true;
    for (;;) {
      const entry = this.#next();
      if (entry === undefined) return;
      const first = entry.words[0];
      if (first === undefined) continue;
      if (needsBrace) {
        needsBrace = false;
        if (first.text === '{') continue;
        this.complaints.add(first.place, 'missing-brace', `'{' is missing after ${keyword.text}`, {
          severity: 'warning',
          means: `keepalived takes this line as part of ${keyword.text} and looks for its '}'`,
        });
      }
      if (first.text === '}') return;
      take(entry);
    }
  }

  /** The words of a block that is only a list of names (`read_value_block`); undefined if it is empty. */
  readNames(statement: Statement): Word[] | undefined {
    const names: Word[] = [];
    this.readValueBlock(statement, (entry) => names.push(...entry.words));
    return names.length === 0 ? undefined : names;
  }

  /**
   * The word at `index`, which must be there: keepalived ends at once if it is not (`null_strvec`).
   */
  require(statement: Statement, index = 1): Word | undefined {
    const word = statement.words[index];
    if (word !== undefined) return word;
    const before = statement.words[index - 1] ?? statement.keyword;
    this.fatal = true;
    this.complaints.add(before.place, 'missing-value', `${before.text} needs a value`, {
      means: 'keepalived ends here: it does not run with this file',
    });
    return undefined;
  }

  /** Whether an interface exists, as far as that is known; complains if it does not. */
  interfaceExists(word: Word, means: string): boolean {
    const known = this.options.interfaces;
    if (known === undefined || known.includes(word.text) || this.draft.global.dynamicInterfaces) return true;
    const near = suggest(word.text, known);
    this.complaints.add(word.place, 'unknown-interface', `there is no interface '${word.text}'`, {
      hint: near === undefined ? undefined : `did you mean ${near}?`,
      means,
    });
    return false;
  }

  #next(): WordLine | undefined {
    for (;;) {
      const line = this.#preprocessor.next();
      if (line === undefined) return undefined;
      if (line.text === '{') this.#openBrace(line);
      else if (line.text === '}') this.#closeBrace(line);
      const words = splitWords(line, (place) => this.#unclosedQuote(place));
      if (words.length === 0) continue;
      const entry = { line, words };
      if (line.text !== '{' && line.text !== '}') this.#lastStatement = entry;
      return entry;
    }
  }

  #unclosedQuote(place: SourcePlace): void {
    const known = this.complaints.all[this.complaints.all.length - 1];
    if (known?.code === 'conf/unclosed-quote' && known.range.start.line === place.range.start.line) return;
    this.complaints.add(place, 'unclosed-quote', "'\"' is never closed", {
      means: 'keepalived drops the words from there to the end of the line',
    });
  }

  #openBrace(line: SourceLine): void {
    const before = this.#lastStatement?.words;
    const owner = before?.[1]?.text ?? before?.[0]?.text ?? 'no block';
    this.#braces.push({ place: placeOfLine(line), owner });
  }

  #closeBrace(line: SourceLine): void {
    if (this.#braces.pop() !== undefined) return;
    this.complaints.add(placeOfLine(line), 'extra-brace', "'}' closes nothing", {
      means: 'keepalived logs this and skips it',
    });
  }

  /** `process_stream`. Returns false if the block was skipped, so that its end must not be acted on. */
  #processBlock(block: Block, needsBraceAtFirst: boolean, level: number): boolean {
    let needsBrace = needsBraceAtFirst;
    let unknown: { readonly word: Word; readonly setMeans: (means: string) => void } | undefined;
    for (;;) {
      const entry = this.#next();
      if (entry === undefined) return true;
      const [first] = entry.words;
      if (first === undefined) continue;
      const text = first.text;
      if (this.#skipping === -1) {
        if (text === '{') {
          this.#skipping = 1;
          needsBrace = false;
          continue;
        }
        this.#skipping = 0;
        this.#skipped = undefined;
      }
      if (this.#skipping > 0) {
        if (this.#skip(entry, level)) return false;
        continue;
      }
      if (needsBrace) {
        needsBrace = false;
        if (text === '{' && level > 0) continue;
        this.complaints.add(first.place, 'missing-brace', `'{' is missing after ${block.name}`, {
          means: `keepalived logs this and takes the line as the first of ${block.name}`,
        });
      } else if (text === '{') {
        this.#unexpectedBrace(first, unknown, block);
        unknown = undefined;
        continue;
      }
      unknown = undefined;
      if (text === '}' && level > 0) {
        this.#misparse?.close(first.place, this.#braces.length, this.#nameOfBlock(block));
        return true;
      }
      const keyword = block.keywords.get(text);
      if (keyword === undefined) unknown = this.#complainAboutUnknown(first, block);
      else this.#obey(keyword, entry, first, block, level);
    }
  }

  #nameOfBlock(block: Block): string {
    return block.subject?.(this.draft) ?? block.name;
  }

  #obey(keyword: Keyword, entry: WordLine, first: Word, block: Block, level: number): void {
    const statement: Statement = { reading: this, line: entry.line, words: entry.words, keyword: first };
    const origin = block.origin?.(this.draft);
    if (origin !== undefined) origin[first.text] = (entry.words[1] ?? first).place;
    if (keyword.effect === 'not-modelled') {
      const subject = this.#nameOfBlock(block);
      this.complaints.add(first.place, 'not-modelled', `${first.text} matters here and is not modelled`, {
        severity: 'warning',
        means: `${subject} runs as if the line were absent${keyword.consequence === undefined ? '' : `: ${keyword.consequence}`}`,
      });
    }
    keyword.read?.(statement);
    if (keyword.skipped !== undefined) {
      this.#skipping = -1;
      this.#skipped = new SkippedBlock(keyword.skipped);
      return;
    }
    if (keyword.block === undefined) return;
    const started = this.#processBlock(keyword.block, true, level + 1);
    if (started) keyword.block.end?.(this);
  }

  /** Returns true if the enclosing block ended with the skipped one, which is how keepalived leaves a nested block. */
  #skip(entry: WordLine, level: number): boolean {
    const [first] = entry.words;
    if (first?.text === '{') {
      this.#skipping++;
      this.#skipped?.open();
      return false;
    }
    if (first?.text !== '}') {
      if (first !== undefined) this.#skipped?.check(first, this.complaints);
      return false;
    }
    this.#skipped?.close();
    if (--this.#skipping > 0) return false;
    this.#skipped = undefined;
    return level > 0;
  }

  #unexpectedBrace(
    brace: Word,
    unknown: { readonly word: Word; readonly setMeans: (means: string) => void } | undefined,
    block: Block,
  ): void {
    const depth = this.#braces.length;
    if (this.#misparse?.covers(depth) === true) return;
    if (unknown === undefined) {
      this.complaints.add(brace.place, 'unexpected-brace', "unexpected '{'", {
        means: "keepalived skips it, and the matching '}' closes the enclosing block",
      });
      this.#misparse = new Misparse(brace.place, depth, block.name, undefined);
      return;
    }
    this.#misparse = new Misparse(brace.place, depth, block.name, unknown.setMeans);
  }

  #complainAboutUnknown(
    word: Word,
    block: Block,
  ): { word: Word; setMeans: (means: string) => void } | undefined {
    const depth = this.#braces.length;
    if (word.text === '}') {
      const extra = this.complaints.all[this.complaints.all.length - 1];
      if (this.#misparse?.closeAtRoot(word.place, depth) === true) return undefined;
      if (extra?.code === 'conf/extra-brace' && extra.range.start.line === word.place.range.start.line)
        return undefined;
      this.complaints.add(word.place, 'extra-brace', "'}' closes nothing", {
        means: 'keepalived logs this and skips it',
      });
      return undefined;
    }
    if (this.#misparse?.covers(depth) === true) {
      // A consequence: the complaint about the ignored brace says which lines are affected.
      return { word, setMeans: () => undefined };
    }
    const after = this.#misparse?.aftermath(depth);
    const names = [...block.keywords.keys()];
    const near = suggest(word.text, names);
    const since = knownSince(word.text);
    const home = belongsElsewhere(word.text, block);
    if (home === ROOT_HOME && block.name !== '') this.#missingBraceHint ??= word.place;
    const hint =
      since !== undefined
        ? `known since keepalived ${since}`
        : home !== undefined
          ? `belongs ${home === ROOT_HOME ? 'outside of all blocks' : `in ${home}`}`
          : near === undefined
            ? undefined
            : `did you mean ${near}?`;
    const cures =
      near === undefined || since !== undefined || home !== undefined
        ? undefined
        : [{ title: near, edits: [{ range: word.place.range, text: near }] }];
    const setMeans = this.complaints.reserve(
      word.place,
      'unknown-keyword',
      `unknown keyword '${word.text}'`,
      {
        hint,
        cures,
        means: after ?? 'keepalived logs this and skips the line',
      },
    );
    return { word, setMeans };
  }

  #complainAboutUnclosed(): void {
    const [outermost] = this.#braces;
    if (outermost === undefined) return;
    const { file, line } = this.#preprocessor.lastLine;
    const where = outermost.place.file === file ? `line ${line}` : `line ${line} of ${file}`;
    const hint = this.#missingBraceHint;
    const guess =
      hint === undefined ? '' : `; a '}' seems to be missing before line ${hint.range.start.line}`;
    this.complaints.add(outermost.place, 'unclosed-block', "'{' is never closed", {
      means: `all to the end of the file (${where}) is ${outermost.owner}'s${guess}`,
    });
  }

  /** The place of a whole statement, for complaints about what it leads to. */
  placeOfStatement(statement: Statement): SourcePlace {
    return placeOf(statement.line, 0, statement.line.text.length);
  }
}

/** A block that is passed over with balanced braces, like the checkers': only its keywords are looked at. */
class SkippedBlock {
  readonly #path: (Block | undefined)[];
  #next: Block | undefined;

  constructor(block: Block) {
    this.#path = [block];
    this.#next = undefined;
  }

  open(): void {
    this.#path.push(this.#next);
    this.#next = undefined;
  }

  close(): void {
    this.#path.pop();
    this.#next = undefined;
  }

  check(word: Word, complaints: Complaints): void {
    const block = this.#path[this.#path.length - 1];
    this.#next = undefined;
    if (block === undefined || block.keywords.size === 0) return;
    const keyword = block.keywords.get(word.text);
    if (keyword !== undefined) {
      this.#next = keyword.block;
      return;
    }
    const near = suggest(word.text, [...block.keywords.keys()]);
    complaints.add(word.place, 'unknown-keyword', `unknown keyword '${word.text}'`, {
      hint: near === undefined ? undefined : `did you mean ${near}?`,
      means: 'keepalived logs this and skips the line',
    });
  }
}
