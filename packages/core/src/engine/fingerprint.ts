/**
 * Hashes of plain immutable data: numbers, strings, booleans, null, typed arrays, arrays and objects of these.
 *
 * A hash has 53 bits, so that it fits a state word. It depends on the content only, never on identity, insertion
 * order of keys or a session's history. Objects' hashes are remembered, since frames are shared and immutable.
 */
const remembered = new WeakMap<object, number>();

const scratch = new DataView(new ArrayBuffer(8));

/** Two lanes of 32 bits, mixed as in MurmurHash3, with different constants. */
export class Hasher {
  private a = 0x9e3779b9 | 0;
  private b = 0x243f6a88 | 0;
  private length = 0;

  addInt(word: number): void {
    this.a =
      (Math.imul(
        ((this.a ^ Math.imul(word, 0xcc9e2d51)) << 13) | ((this.a ^ Math.imul(word, 0xcc9e2d51)) >>> 19),
        5,
      ) +
        0x6546b64) |
      0;
    this.b =
      (Math.imul(
        ((this.b ^ Math.imul(word, 0x1b873593)) << 15) | ((this.b ^ Math.imul(word, 0x1b873593)) >>> 17),
        9,
      ) +
        0x38495ab5) |
      0;
    this.length++;
  }

  /** A number by its value: -0 counts as 0. */
  addNumber(value: number): void {
    const int = value | 0;
    if (int === value) {
      this.addInt(0);
      this.addInt(int);
    } else {
      scratch.setFloat64(0, value);
      this.addInt(1);
      this.addInt(scratch.getInt32(0));
      this.addInt(scratch.getInt32(4));
    }
  }

  addText(text: string): void {
    this.addInt(text.length);
    for (let index = 0; index < text.length; index++) this.addInt(text.charCodeAt(index));
  }

  addBytes(bytes: Uint8Array): void {
    this.addInt(bytes.length);
    for (let index = 0; index < bytes.length; index++) this.addInt(bytes[index] as number);
  }

  private lane(value: number): number {
    let mixed = value ^ this.length;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return (mixed ^ (mixed >>> 16)) >>> 0;
  }

  /** 53 bits of the hash as a non-negative integer. */
  value(): number {
    return (this.lane(this.a) & 0x1fffff) * 0x1_0000_0000 + this.lane(this.b);
  }

  /** All 64 bits as 16 hexadecimal digits. */
  hex(): string {
    return this.lane(this.a).toString(16).padStart(8, '0') + this.lane(this.b).toString(16).padStart(8, '0');
  }
}

/**
 * What each datum begins with. With it the words that enter a hash can be read back in one way only, so that
 * different data never feed it the same words: not `true` and a number, nor `{a: {b: 1}}` and `{a: {}, b: 1}`.
 */
const TAG = {
  number: 1,
  text: 2,
  yes: 3,
  no: 4,
  null: 5,
  undefined: 6,
  bytes: 7,
  array: 8,
  object: 9,
  numbers: 10,
} as const;

/**
 * Adds any plain data to a hash. Keys of objects are taken in sorted order.
 *
 * @throws TypeError for what has no content to go by: functions, symbols, bigints, Maps, Sets and the like.
 */
export function addData(hasher: Hasher, data: unknown): void {
  if (typeof data === 'number') {
    hasher.addInt(TAG.number);
    hasher.addNumber(data);
  } else if (typeof data === 'string') {
    hasher.addInt(TAG.text);
    hasher.addText(data);
  } else if (typeof data === 'boolean') hasher.addInt(data ? TAG.yes : TAG.no);
  else if (data === null) hasher.addInt(TAG.null);
  else if (data === undefined) hasher.addInt(TAG.undefined);
  else if (typeof data === 'object') addObject(hasher, data);
  else throw new TypeError(`a ${typeof data} cannot be part of a state: only plain data can`);
}

function addObject(hasher: Hasher, data: object): void {
  if (data instanceof Uint8Array) {
    hasher.addInt(TAG.bytes);
    hasher.addBytes(data);
  } else if (Array.isArray(data)) {
    hasher.addInt(TAG.array);
    hasher.addInt(data.length);
    for (const item of data) addData(hasher, item);
  } else if (ArrayBuffer.isView(data)) {
    if (data instanceof DataView)
      throw new TypeError('a DataView cannot be part of a state: only plain data can');
    const items = data as unknown as ArrayLike<number | bigint>;
    hasher.addInt(TAG.numbers);
    hasher.addText(data.constructor.name);
    hasher.addInt(items.length);
    for (let index = 0; index < items.length; index++) addData(hasher, items[index]);
  } else {
    const keys = Object.keys(data).sort();
    const prototype: unknown = Object.getPrototypeOf(data);
    if (keys.length === 0 && prototype !== Object.prototype && prototype !== null) {
      throw new TypeError(`a ${data.constructor.name} cannot be part of a state: only plain data can`);
    }
    hasher.addInt(TAG.object);
    hasher.addInt(keys.length);
    for (const key of keys) {
      hasher.addText(key);
      addData(hasher, (data as Record<string, unknown>)[key]);
    }
  }
}

/** The 53-bit hash of plain data. */
export function fingerprint(data: unknown): number {
  const isObject = typeof data === 'object' && data !== null;
  const known = isObject ? remembered.get(data) : undefined;
  if (known !== undefined) return known;
  const hasher = new Hasher();
  addData(hasher, data);
  const value = hasher.value();
  if (isObject) remembered.set(data, value);
  return value;
}
