import type { SourcePlace } from './keepalived-config.js';

/**
 * What follows from a `{` that keepalived ignores: the lines inside are read one block too far out, and the `}` closes
 * the enclosing block. The complaints that would follow are consequences, and are told as part of the first one.
 */
export class Misparse {
  readonly #brace: SourcePlace;
  /** Open braces while inside, this one counted. */
  readonly #depth: number;
  readonly #enclosing: string;
  readonly #setMeans: ((means: string) => void) | undefined;
  #closing: { readonly line: number; readonly owner: string } | undefined;

  /** @param enclosing - the keyword of the block that the `{` stands in, empty outside of all blocks */
  constructor(
    brace: SourcePlace,
    depth: number,
    enclosing: string,
    setMeans: ((means: string) => void) | undefined,
  ) {
    this.#brace = brace;
    this.#depth = depth;
    this.#enclosing = enclosing;
    this.#setMeans = setMeans;
    this.#tell(undefined, undefined);
  }

  /** Whether a line so many braces deep stands inside the ignored pair. */
  covers(depth: number): boolean {
    return this.#closing === undefined && depth >= this.#depth;
  }

  /** A `}` ended a block: `depth` is what is left open. */
  close(place: SourcePlace, depth: number, owner: string): void {
    if (this.#closing !== undefined || depth >= this.#depth) return;
    this.#closing = { line: place.range.start.line, owner };
    this.#tell(place, owner);
  }

  /** A `}` outside of all blocks. Returns true if it is a consequence. */
  closeAtRoot(place: SourcePlace, depth: number): boolean {
    if (this.#closing !== undefined) return depth === this.#depth - 2;
    if (depth < this.#depth - 1) return false;
    if (depth === this.#depth - 1) {
      this.#closing = { line: place.range.start.line, owner: '' };
      this.#tell(place, '');
    }
    return true;
  }

  /** What to say about an unknown line behind the pair that stands outside of its block because of it. */
  aftermath(depth: number): string | undefined {
    if (this.#closing === undefined || this.#closing.owner === '' || depth !== this.#depth - 1)
      return undefined;
    return `keepalived reads it outside of ${this.#closing.owner}, which the '}' on line ${this.#closing.line} ended`;
  }

  #tell(end: SourcePlace | undefined, owner: string | undefined): void {
    if (this.#setMeans === undefined) return;
    const first = this.#brace.range.start.line + 1;
    if (end === undefined) {
      this.#setMeans("keepalived skips the '{' and reads what follows as part of the enclosing block");
      return;
    }
    const closing = end.range.start.line;
    const lines = closing - 1 > first ? `lines ${first} to ${closing - 1}` : `line ${first}`;
    const inside =
      closing > first
        ? `reads ${lines} as ${this.#enclosing === '' ? 'if outside of all blocks' : `part of ${this.#enclosing}`}`
        : '';
    const parts = [`keepalived skips the '{'`];
    if (inside !== '') parts.push(inside);
    if (owner !== undefined && owner !== '') parts.push(`and '}' on ${closing} ends ${owner}`);
    else parts.push(`and skips the '}' on ${closing}`);
    this.#setMeans(parts.join(', ').replace(/^([^,]*), and/, '$1 and'));
  }
}
