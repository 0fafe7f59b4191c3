/**
 * Why bytes could not be read or a representation could not be written.
 *
 * - `truncated`: the bytes end before the structure does
 * - `malformed`: a field contradicts another or the standard
 * - `checksum`: the checksum in the bytes is not the one that the bytes have
 * - `unsupported`: well formed as far as it can be told, but of a version or kind that has no representation here
 * - `range`: a value that does not fit its field was given to a constructor or to `emit`
 * - `overflow`: the buffer given to `emit` is too small
 */
export type WireErrorCode = 'truncated' | 'malformed' | 'checksum' | 'unsupported' | 'range' | 'overflow';

/** The only error that parsing and emitting in `wire/` throw. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
