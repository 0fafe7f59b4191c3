/**
 * Vectors of numbers, each kept once: the same content has the same id. States are made of them piece by piece, so
 * that a million states which differ in a few pieces take little room, and comparing two pieces is comparing two ids
 * (the COLLAPSE compression of the SPIN model checker, Holzmann 1997).
 */
export class VectorStore {
  private data = new Float64Array(1 << 14);
  private used = 0;
  private starts = new Float64Array(1 << 10);
  private count = 0;
  /** Open addressing: id + 1, or 0; at most half full. */
  private index = new Int32Array(1 << 11);
  private hashes = new Int32Array(1 << 10);
  private readonly pair = new Float64Array(1);
  private readonly halves = new Int32Array(this.pair.buffer);

  constructor() {
    this.intern([], 0);
  }

  /** How many different vectors there are. */
  get size(): number {
    return this.count;
  }

  /** Bytes taken. */
  get bytes(): number {
    return this.data.byteLength + this.starts.byteLength + this.index.byteLength + this.hashes.byteLength;
  }

  private hash(content: ArrayLike<number>, length: number): number {
    const { pair, halves } = this;
    let hash = length;
    for (let at = 0; at < length; at++) {
      const value = content[at] as number;
      const int = value | 0;
      if (int === value) hash = Math.imul(hash ^ int, 0x9e3779b1);
      else {
        pair[0] = value;
        hash = Math.imul(hash ^ (halves[0] as number), 0x85ebca6b);
        hash = Math.imul(hash ^ (halves[1] as number), 0xc2b2ae35);
      }
      hash ^= hash >>> 15;
    }
    return hash;
  }

  lengthOf(id: number): number {
    return (this.starts[id + 1] as number) - (this.starts[id] as number);
  }

  /** Whether a vector has this content. */
  matches(id: number, content: ArrayLike<number>, length: number): boolean {
    const start = this.starts[id] as number;
    if ((this.starts[id + 1] as number) - start !== length) return false;
    const { data } = this;
    for (let at = 0; at < length; at++) if (data[start + at] !== content[at]) return false;
    return true;
  }

  /** The content of a vector, as a view that the next {@link VectorStore.intern} may outdate. */
  view(id: number): Float64Array {
    return this.data.subarray(this.starts[id] as number, this.starts[id + 1] as number);
  }

  /** One element of a vector. */
  at(id: number, index: number): number {
    return this.data[(this.starts[id] as number) + index] as number;
  }

  /** The id of the first `length` numbers of `content`. */
  intern(content: ArrayLike<number>, length: number): number {
    const hash = this.hash(content, length);
    const mask = this.index.length - 1;
    let at = hash & mask;
    for (;;) {
      const id = (this.index[at] as number) - 1;
      if (id < 0) break;
      if (this.hashes[id] === hash && this.matches(id, content, length)) return id;
      at = (at + 1) & mask;
    }
    const id = this.append(content, length, hash);
    if (this.count * 2 > this.index.length) this.rehash();
    else this.index[at] = id + 1;
    return id;
  }

  private append(content: ArrayLike<number>, length: number, hash: number): number {
    while (this.used + length > this.data.length) {
      const bigger = new Float64Array(this.data.length * 2);
      bigger.set(this.data);
      this.data = bigger;
    }
    for (let at = 0; at < length; at++) this.data[this.used + at] = content[at] as number;
    if (this.count + 2 > this.starts.length) {
      const starts = new Float64Array(this.starts.length * 2);
      starts.set(this.starts);
      this.starts = starts;
      const hashes = new Int32Array(this.hashes.length * 2);
      hashes.set(this.hashes);
      this.hashes = hashes;
    }
    const id = this.count++;
    this.starts[id] = this.used;
    this.used += length;
    this.starts[id + 1] = this.used;
    this.hashes[id] = hash;
    return id;
  }

  private rehash(): void {
    this.index = new Int32Array(this.index.length * 2);
    const mask = this.index.length - 1;
    for (let id = 0; id < this.count; id++) {
      let at = (this.hashes[id] as number) & mask;
      while (this.index[at] !== 0) at = (at + 1) & mask;
      this.index[at] = id + 1;
    }
  }
}
