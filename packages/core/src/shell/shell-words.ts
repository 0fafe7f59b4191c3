import type { Complaints } from '../diagnostic/complaints.js';
import {
  isBlank,
  type PlacedCharacter,
  placeOfCharacter,
  placeOfCharacters,
  textOf,
  type Word,
} from './placed-text.js';

/** `name=value`. */
export interface Assignment {
  readonly name: Word;
  readonly value: Word;
}

/** A simple command of a shell (POSIX sh §2.9.1): what it sets and what it runs. */
export interface ShellCommand {
  readonly assignments: readonly Assignment[];
  readonly words: readonly Word[];
}

/** What is known of variables: their characters stand where they were typed. */
export type ShellVariables = Map<string, readonly PlacedCharacter[]>;

/** Most characters that variables may bring into a text: they can name each other, and double each time. */
const MAX_EXPANDED = 100_000;

/** Characters that end a command when they are not quoted. */
const SEPARATORS = new Set(['\n', ';', '&', '|', '(', ')']);

interface WordDraft {
  readonly first: PlacedCharacter;
  readonly characters: PlacedCharacter[];
  /** Where its `=` is, if it is an assignment. */
  equals: number;
  /** Whether something of it was quoted or expanded: then it is no assignment any more. */
  isPlain: boolean;
  unknown: string | null;
  /** The end of what is unknown. */
  last: PlacedCharacter | null;
}

/**
 * Splits a shell's text into simple commands: quotes, comments, `;`, `&&` and the like, redirections, and variables
 * that were set before. Nothing is run: what only a running shell could tell is marked as unknown.
 */
export function readShell(
  characters: readonly PlacedCharacter[],
  variables: ShellVariables,
  complaints: Complaints,
): ShellCommand[] {
  return new ShellReader(characters, variables, complaints).read();
}

class ShellReader {
  readonly #characters: readonly PlacedCharacter[];
  readonly #variables: ShellVariables;
  readonly #complaints: Complaints;
  readonly #commands: ShellCommand[] = [];
  #at = 0;
  #assignments: Assignment[] = [];
  #words: Word[] = [];
  #word: WordDraft | null = null;
  #isRedirection = false;
  #expanded = 0;

  constructor(characters: readonly PlacedCharacter[], variables: ShellVariables, complaints: Complaints) {
    this.#characters = characters;
    this.#variables = variables;
    this.#complaints = complaints;
  }

  read(): ShellCommand[] {
    for (let next = this.#next(); next !== undefined; next = this.#next()) this.#take(next);
    this.#endWord();
    this.#endCommand();
    return this.#commands;
  }

  #next(): PlacedCharacter | undefined {
    return this.#characters[this.#at++];
  }

  #take(character: PlacedCharacter): void {
    const { text } = character;
    if (SEPARATORS.has(text)) {
      this.#endWord();
      this.#endCommand();
    } else if (isBlank(text)) this.#endWord();
    else if (text === '#' && this.#word === null) this.#skipComment();
    else if (text === '\\') this.#escape(character);
    else if (text === "'") this.#singleQuotes(character);
    else if (text === '"') this.#doubleQuotes(character);
    else if (text === '`' || text === '$') this.#expand(character, false);
    else if (text === '<' || text === '>') this.#redirect();
    else {
      const word = this.#begin(character);
      if (text === '=' && word.equals < 0 && word.isPlain && isName(textOf(word.characters))) {
        word.equals = word.characters.length;
      }
      word.characters.push(character);
    }
  }

  #begin(character: PlacedCharacter): WordDraft {
    this.#word ??= { first: character, characters: [], equals: -1, isPlain: true, unknown: null, last: null };
    return this.#word;
  }

  #skipComment(): void {
    while (this.#at < this.#characters.length && this.#characters[this.#at]?.text !== '\n') this.#at++;
  }

  #escape(backslash: PlacedCharacter): void {
    const next = this.#next();
    if (next?.text === '\n') return;
    const word = this.#begin(backslash);
    word.isPlain = false;
    if (next !== undefined) word.characters.push(next);
  }

  #singleQuotes(quote: PlacedCharacter): void {
    const word = this.#begin(quote);
    word.isPlain = false;
    for (let next = this.#next(); next?.text !== "'"; next = this.#next()) {
      if (next === undefined) {
        this.#unclosed(quote);
        return;
      }
      word.characters.push(next);
    }
  }

  #doubleQuotes(quote: PlacedCharacter): void {
    const word = this.#begin(quote);
    word.isPlain = false;
    for (let next = this.#next(); next?.text !== '"'; next = this.#next()) {
      if (next === undefined) {
        this.#unclosed(quote);
        return;
      }
      if (next.text === '$' || next.text === '`') this.#expand(next, true);
      else if (next.text === '\\') {
        const escaped = this.#next();
        if (escaped === undefined || escaped.text === '\n') continue;
        if (!'$`"\\'.includes(escaped.text)) word.characters.push(next);
        word.characters.push(escaped);
      } else word.characters.push(next);
    }
  }

  #unclosed(quote: PlacedCharacter): void {
    this.#complaints.add(placeOfCharacter(quote), 'unclosed-quote', `${quote.text} is never closed`, {
      means: 'the shell stops here: nothing from this place on is done',
    });
    this.#word = null;
    this.#words = [];
    this.#assignments = [];
  }

  /** `$name`, `${name}`, and what cannot be known here. */
  #expand(start: PlacedCharacter, isQuoted: boolean): void {
    const word = this.#begin(start);
    // Only what stands in front of its `=` must be plain.
    if (word.equals < 0) word.isPlain = false;
    const from = this.#at;
    const name = start.text === '$' ? this.#variableName() : undefined;
    const value = name === undefined ? undefined : this.#variables.get(name);
    this.#expanded += value?.length ?? 0;
    if (value === undefined || this.#expanded > MAX_EXPANDED) {
      if (name === undefined) this.#skipSubstitution(start, from);
      const typed = textOf(this.#characters.slice(from, this.#at));
      if (start.text === '$' && typed === '') word.characters.push(start);
      else {
        word.unknown ??= `${start.text}${typed}`;
        word.last = this.#characters[this.#at - 1] ?? start;
      }
      return;
    }
    if (isQuoted || word.equals >= 0) word.characters.push(...value);
    else this.#splitInto(value, start);
  }

  /** Blanks of an expansion end words as typed ones do (POSIX sh §2.6.5). */
  #splitInto(value: readonly PlacedCharacter[], start: PlacedCharacter): void {
    const word = this.#word;
    if (word !== null && word.characters.length === 0) this.#word = null;
    for (const character of value) {
      if (isBlank(character.text)) this.#endWord();
      else {
        const draft = this.#begin({ ...start, ...character });
        draft.isPlain = false;
        draft.characters.push(character);
      }
    }
  }

  #variableName(): string | undefined {
    const from = this.#at;
    const inBraces = this.#characters[from]?.text === '{';
    let at = inBraces ? from + 1 : from;
    let name = '';
    for (
      let next = this.#characters[at];
      next !== undefined && /\w/.test(next.text);
      next = this.#characters[at]
    ) {
      name += next.text;
      at++;
    }
    if (!isName(name) || (inBraces && this.#characters[at]?.text !== '}')) return undefined;
    this.#at = inBraces ? at + 1 : at;
    return name;
  }

  /** Passes over `` `…` ``, `$(…)`, `${…}` and `$1`. */
  #skipSubstitution(start: PlacedCharacter, from: number): void {
    const open = start.text === '`' ? '`' : (this.#characters[from]?.text ?? '');
    const close = { '`': '`', '(': ')', '{': '}' }[open];
    if (close === undefined) {
      if (/[\w@*#?!$-]/.test(open)) this.#at = from + 1;
      return;
    }
    let depth = 0;
    let at = from;
    for (; at < this.#characters.length; at++) {
      const text = this.#characters[at]?.text;
      if (text === close && (open === '`' || --depth === 0)) break;
      if (text === open) depth++;
    }
    this.#at = Math.min(at + 1, this.#characters.length);
  }

  #redirect(): void {
    if (this.#word !== null && /^\d+$/.test(textOf(this.#word.characters))) this.#word = null;
    else this.#endWord();
    while (['<', '>', '&'].includes(this.#characters[this.#at]?.text ?? '')) this.#at++;
    this.#isRedirection = true;
  }

  #endWord(): void {
    const draft = this.#word;
    this.#word = null;
    if (draft === null) return;
    if (this.#isRedirection) {
      this.#isRedirection = false;
      return;
    }
    const { characters, equals, first, last, unknown } = draft;
    if (equals >= 0 && this.#words.length === 0) {
      const name = characters.slice(0, equals);
      const value = characters.slice(equals + 1);
      const equalsSign = characters[equals] ?? first;
      this.#assignments.push({
        name: { ...this.#wordOf(name, first), unknown: null },
        value: { ...this.#wordOf(value, equalsSign), unknown },
      });
      return;
    }
    const place = last === null ? undefined : placeOfCharacters([first, last], first);
    const word = this.#wordOf(characters, first);
    this.#words.push({ ...word, place: place ?? word.place, unknown });
  }

  #wordOf(characters: readonly PlacedCharacter[], otherwise: PlacedCharacter): Word {
    return {
      text: textOf(characters),
      characters,
      place: placeOfCharacters(characters, otherwise),
      unknown: null,
    };
  }

  #endCommand(): void {
    this.#isRedirection = false;
    if (this.#assignments.length === 0 && this.#words.length === 0) return;
    if (this.#words.length === 0) {
      for (const { name, value } of this.#assignments) {
        if (value.unknown === null) this.#variables.set(name.text, value.characters);
        else this.#variables.delete(name.text);
      }
    }
    this.#commands.push({ assignments: this.#assignments, words: this.#words });
    this.#assignments = [];
    this.#words = [];
  }
}

const isName = (text: string): boolean => /^[A-Za-z_]\w*$/.test(text);
