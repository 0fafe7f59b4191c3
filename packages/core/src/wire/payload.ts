/** Bytes that have no representation of their own here: an unknown protocol, or one fragment of a datagram. */
export interface RawPayload {
  readonly kind: 'raw';
  /** Shared with everybody who holds the frame: never write into it. */
  readonly bytes: Uint8Array;
}

/** No bytes at all; shared so that the ordinary case allocates nothing. */
export const NO_BYTES = new Uint8Array(0);

/** Makes a {@link RawPayload}; the bytes are not copied and must not be changed afterwards. */
export function rawPayload(bytes: Uint8Array): RawPayload {
  return { kind: 'raw', bytes };
}
