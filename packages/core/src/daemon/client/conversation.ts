/** What a client has read of an answer. */
export type Reading =
  /** Not complete yet. */
  | { readonly kind: 'more' }
  /** The server has answered the opening and waits for a request; how many bytes that took. */
  | { readonly kind: 'ready'; readonly used: number }
  | {
      readonly kind: 'answer';
      readonly result: 'ok' | 'error';
      /** Who answered; null if it is not said. */
      readonly by: string | null;
      /** What went wrong, in the protocol's words. */
      readonly detail: string | null;
      readonly used: number;
      /** Whether the connection can carry another request. */
      readonly keepsOpen: boolean;
    };

/** How a client talks to its server. Without memory: what is not complete is read again from its beginning. */
export interface Conversation {
  /** What is said on a new connection before the first request; null where a request can be sent at once. */
  readonly opening: Uint8Array | null;
  /** What is said before the client closes; null for nothing. */
  readonly parting: Uint8Array | null;
  /** A request; the number goes round. */
  request(number: number): Uint8Array;
  /** Reads the answer to the opening. */
  readOpening(input: Uint8Array, isEnd: boolean): Reading;
  /** Reads the answer to a request. */
  readAnswer(input: Uint8Array, isEnd: boolean): Reading;
}

/** Nothing complete has come yet. */
export const MORE: Reading = { kind: 'more' };

/** An answer that is none in this protocol. */
export const GARBAGE: Reading = {
  kind: 'answer',
  result: 'error',
  by: null,
  detail: 'malformed answer',
  used: 0,
  keepsOpen: false,
};

/** An error in the protocol's words. */
export function errorAnswer(detail: string, used: number, keepsOpen: boolean): Reading {
  return { kind: 'answer', result: 'error', by: null, detail, used, keepsOpen };
}
