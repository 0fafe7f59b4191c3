import type { FieldValue } from './observation.js';

/** A recording that is not in the recordings' format; the message names the file and the place in it. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** A value inside a JSON file, with the way to it, so that a complaint can say where. */
export class RecordedJson {
  private constructor(
    private readonly file: string,
    private readonly place: string,
    private readonly value: unknown,
  ) {}

  /** @throws RecordingError if the text is not JSON. */
  static parse(file: string, text: string): RecordedJson {
    try {
      return new RecordedJson(file, '', JSON.parse(text));
    } catch (error) {
      throw new RecordingError(
        `${file}: not JSON: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** A complaint about this value. */
  complaint(what: string): RecordingError {
    return new RecordingError(`${this.file}: ${this.place === '' ? 'the file' : this.place} ${what}`);
  }

  private entries(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== 'object' || this.value === null || Array.isArray(this.value)) {
      throw this.complaint('is not an object');
    }
    return this.value as Readonly<Record<string, unknown>>;
  }

  private at(step: string, value: unknown): RecordedJson {
    return new RecordedJson(
      this.file,
      this.place === '' || step.startsWith('[') ? this.place + step : `${this.place}.${step}`,
      value,
    );
  }

  /** A field that has to be there. */
  field(name: string): RecordedJson {
    const entries = this.entries();
    if (!Object.hasOwn(entries, name)) throw this.at(name, undefined).complaint('is missing');
    return this.at(name, entries[name]);
  }

  /** A field that may be left out. */
  optional(name: string): RecordedJson | undefined {
    const entries = this.entries();
    return Object.hasOwn(entries, name) ? this.at(name, entries[name]) : undefined;
  }

  fields(): [string, RecordedJson][] {
    return Object.entries(this.entries()).map(([name, value]) => [name, this.at(name, value)]);
  }

  items(): RecordedJson[] {
    if (!Array.isArray(this.value)) throw this.complaint('is not a list');
    return this.value.map((value: unknown, index) => this.at(`[${index}]`, value));
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.complaint('is not a text');
    return this.value;
  }

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value))
      throw this.complaint('is not a number');
    return this.value;
  }

  /** A text, number, truth value or null. */
  scalar(): FieldValue {
    const { value } = this;
    if (
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean'
    )
      return value;
    throw this.complaint('is neither a text, a number, a truth value nor null');
  }

  get isNull(): boolean {
    return this.value === null;
  }
}
