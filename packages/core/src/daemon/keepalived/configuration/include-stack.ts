import type { Complaints } from '../../../diagnostic/complaints.js';
import { LINE_BUFFER_BYTES } from './definitions.js';
import type { SourcePlace } from './keepalived-config.js';
import { placeOf, rawLine, type SourceLine } from './source-line.js';

/** A file that `include` brings in. */
export interface IncludedFile {
  readonly file: string;
  readonly text: string;
}

/** How a configuration is read. */
export interface ReadOptions {
  /** Name of the file, as complaints will call it. */
  readonly file: string;
  /** Finds the files of an `include` line: `pattern` as written, maybe with wildcards, relative to `fromFile`. */
  readonly resolveInclude?: (pattern: string, fromFile: string) => readonly IncludedFile[];
  /** What `@ID` lines are compared with (`keepalived -i`); the host name up to its first dot if absent. */
  readonly configId?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly hostName?: string;
  /** `$_PWD`. */
  readonly directory?: string;
  /** `$_RANDOM`: from `minimum` to `maximum`, both included. The smallest if absent. */
  readonly random?: (minimum: number, maximum: number) => number;
  /** The interfaces of the host. If given, others are unknown; if absent, every name is taken as existing. */
  readonly interfaces?: readonly string[];
  /** Carry on as the running daemon would: has no effect on what is read, only on whether errors are in the way. */
  readonly likeDaemon?: boolean;
}

const SURROGATE = /[\ud800-\udfff]/;
/** Files open at once. keepalived ends at its limit of file descriptors. */
const MAX_INCLUDE_DEPTH = 64;
/** Characters in all files together. */
const MAX_TOTAL_LENGTH = 64 * 1024 * 1024;

interface OpenFile {
  readonly file: string;
  readonly text: string;
  at: number;
  line: number;
  /** Column at `at`. */
  column: number;
  /** Where the line at `at` ends; −1 if it was not looked for yet. */
  end: number;
  /** The `include` that brought it in. */
  readonly from: SourcePlace | undefined;
}

/** The stack of files being read (keepalived's `include_stack`), cut into lines. */
export class IncludeStack {
  readonly #options: ReadOptions;
  readonly #complaints: Complaints;
  readonly #open: OpenFile[] = [];
  #totalLength = 0;
  #warnedOfZero = false;
  #last: { file: string; line: number };
  /** True if a file that had to be there was not. */
  fatal = false;

  constructor(text: string, options: ReadOptions, complaints: Complaints) {
    this.#options = options;
    this.#complaints = complaints;
    this.#last = { file: options.file, line: 1 };
    this.#totalLength = text.length;
    this.#open.push({ file: options.file, text, at: 0, line: 0, column: 1, end: -1, from: undefined });
    if (text.length > MAX_TOTAL_LENGTH) this.#tooLarge(this.#placeOfStart(options.file));
  }

  /** The last line that was read. */
  get lastLine(): { readonly file: string; readonly line: number } {
    return this.#last;
  }

  /** Reads nothing more. */
  stop(): void {
    this.#open.length = 0;
  }

  /** The next line of the innermost file as keepalived's `fgets` gets it; undefined at the end of all files. */
  next(): SourceLine | undefined {
    for (;;) {
      const current = this.#open[this.#open.length - 1];
      if (current === undefined) return undefined;
      if (current.at < current.text.length) return this.#cut(current);
      this.#open.pop();
    }
  }

  #cut(current: OpenFile): SourceLine {
    const continued = current.end !== -1;
    if (!continued) {
      const newline = current.text.indexOf('\n', current.at);
      current.end = newline === -1 ? current.text.length : newline;
      current.line++;
      current.column = 1;
    }
    this.#last = { file: current.file, line: current.line };
    const { end, column } = current;
    const taken = fitInBuffer(current.text, current.at, end);
    let text = current.text.slice(current.at, taken);
    current.at = taken;
    if (taken === end) {
      current.at++;
      current.end = -1;
    } else {
      current.column += SURROGATE.test(text) ? [...text].length : text.length;
      if (!continued) this.#complainAboutLength(rawLine(text, current.file, current.line), text.length);
    }
    const zero = text.indexOf('\0');
    if (zero !== -1) {
      const whole = rawLine(text, current.file, current.line, column);
      text = text.slice(0, zero);
      this.#complainAboutZero(whole, zero);
    }
    return rawLine(text.replace(/\r+$/, ''), current.file, current.line, column);
  }

  #complainAboutLength(line: SourceLine, length: number): void {
    this.#complaints.add(
      placeOf(line, length - 1, length),
      'line-too-long',
      `the line is longer than ${LINE_BUFFER_BYTES - 1} bytes`,
      { severity: 'warning', means: 'keepalived reads what follows as if it stood on a line of its own' },
    );
  }

  #complainAboutZero(line: SourceLine, at: number): void {
    if (this.#warnedOfZero) return;
    this.#warnedOfZero = true;
    this.#complaints.add(
      placeOf(line, at, at + 1),
      'not-text',
      'a zero byte: this does not look like a text file',
      {
        severity: 'warning',
        means: 'keepalived takes it for the end of the line',
      },
    );
  }

  /**
   * Opens the files of an `include` line.
   *
   * @returns false if the line is none
   */
  include(line: SourceLine): boolean {
    const match = /^include([rmwba]?)[ \t\n\v\f\r][ \t]*/.exec(line.text);
    if (match === null) return false;
    const pattern = line.text.slice(match[0].length);
    const place = placeOf(line, match[0].length, line.text.length);
    const resolve = this.#options.resolveInclude;
    if (resolve === undefined) {
      this.#complaints.add(place, 'include-not-read', `${pattern} was not read`, {
        severity: 'warning',
        means: 'no files were given besides this one; keepalived would read it here',
      });
      return true;
    }
    const files = resolve(pattern, line.file);
    if (files.length === 0) this.#complainAboutMissing(place, pattern, match[1] ?? '');
    for (const found of [...files].reverse()) this.#push(found, place);
    return true;
  }

  #complainAboutMissing(place: SourcePlace, pattern: string, kind: string): void {
    const wildcard = /[*?[]/.test(pattern);
    const mandatory =
      kind === 'a' ||
      kind === 'w' ||
      (!wildcard && (kind === 'm' || (kind === 'b' && pattern.includes('{'))));
    if (mandatory) this.fatal = true;
    if (wildcard && !mandatory) return;
    this.#complaints.add(place, 'include-missing', `no file matches ${pattern}`, {
      severity: mandatory ? 'error' : 'warning',
      means: mandatory
        ? `keepalived does not start: include${kind} insists on it`
        : 'keepalived logs this and goes on',
    });
  }

  #push(found: IncludedFile, place: SourcePlace): void {
    const loop = this.#open.findIndex((open) => open.file === found.file);
    if (loop !== -1) {
      this.#complainAboutLoop(loop, place);
      return;
    }
    if (this.#open.length >= MAX_INCLUDE_DEPTH) {
      this.#complaints.add(
        place,
        'include-too-deep',
        `more than ${MAX_INCLUDE_DEPTH} files include each other`,
        {
          means: 'this one is not read',
        },
      );
      return;
    }
    this.#totalLength += found.text.length;
    if (this.#totalLength > MAX_TOTAL_LENGTH) {
      this.#tooLarge(place);
      return;
    }
    this.#open.push({ file: found.file, text: found.text, at: 0, line: 0, column: 1, end: -1, from: place });
  }

  /** The complaint stands at the first include of the loop, which is in the file that somebody will look at first. */
  #complainAboutLoop(loop: number, place: SourcePlace): void {
    const round = this.#open.slice(loop);
    const directory = (round[0]?.file ?? '').replace(/[^/]*$/, '');
    const nameOf = (file: string): string =>
      file.startsWith(directory) ? file.slice(directory.length) : file;
    const chain = round.map(
      (open, index) => `${nameOf(open.file)}:${(round[index + 1]?.from ?? place).range.start.line}`,
    );
    this.#complaints.add(round[1]?.from ?? place, 'include-loop', 'include loop', {
      means: `${chain.join(' → ')} → ${nameOf(round[0]?.file ?? '')}; nothing of it is read twice`,
    });
  }

  #tooLarge(place: SourcePlace): void {
    this.#complaints.add(
      place,
      'too-large',
      `more than ${MAX_TOTAL_LENGTH / 1024 / 1024} MiB of configuration`,
      {
        means: 'nothing more is read',
      },
    );
    this.stop();
  }

  #placeOfStart(file: string): SourcePlace {
    return { file, range: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } } };
  }
}

/** The index up to which `text[from..to)` fits in keepalived's buffer, which counts bytes of UTF-8. */
function fitInBuffer(text: string, from: number, to: number): number {
  const room = LINE_BUFFER_BYTES - 1;
  if ((to - from) * 3 <= room) return to;
  let bytes = 0;
  for (let index = from; index < to; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate is half of a character of four bytes; the pair is kept together.
    bytes += unit < 0x80 ? 1 : unit < 0x800 ? 2 : unit >= 0xd800 && unit < 0xe000 ? 2 : 3;
    if (bytes > room) return unit >= 0xdc00 && unit < 0xe000 ? Math.max(index - 1, from + 1) : index;
  }
  return to;
}
