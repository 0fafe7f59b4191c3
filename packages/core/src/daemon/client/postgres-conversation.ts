import {
  authenticationOf,
  errorFields,
  firstColumn,
  query,
  readMessage,
  startupPacket,
  TERMINATE,
} from '../../protocol/postgres-messages.js';
import { type Conversation, errorAnswer, GARBAGE, MORE, type Reading } from './conversation.js';

/** How a database client asks. */
export interface PostgresConversationOptions {
  readonly user: string;
  readonly database: string;
  /** The first column of its first row names the server. */
  readonly query: string;
}

/** Kinds of authentication that ask for something (AuthenticationRequest). */
const PASSWORDS: Readonly<Record<number, string>> = {
  3: 'password',
  5: 'MD5 password',
  7: 'GSSAPI',
  9: 'SSPI',
  10: 'SCRAM password',
};

/** The simple query protocol of PostgreSQL. */
export class PostgresConversation implements Conversation {
  readonly opening: Uint8Array;
  readonly parting = TERMINATE;
  private readonly ask: Uint8Array;

  constructor(options: PostgresConversationOptions) {
    this.opening = startupPacket({ user: options.user, database: options.database });
    this.ask = query(options.query);
  }

  request(): Uint8Array {
    return this.ask;
  }

  readOpening(input: Uint8Array): Reading {
    for (let at = 0; ; ) {
      const message = readMessage(input.subarray(at));
      if (message === null) return MORE;
      if (message === 'malformed') return GARBAGE;
      at += message.length;
      if (message.type === 'E') return errorAnswer(detailOf(message.body), at, false);
      if (message.type === 'R') {
        const kind = authenticationOf(message.body);
        if (kind === null) return GARBAGE;
        if (kind !== 0) return errorAnswer(`${PASSWORDS[kind] ?? 'authentication'} requested`, at, false);
      }
      if (message.type === 'Z') return { kind: 'ready', used: at };
    }
  }

  readAnswer(input: Uint8Array): Reading {
    let by: string | null = null;
    let error: string | null = null;
    for (let at = 0; ; ) {
      const message = readMessage(input.subarray(at));
      if (message === null) return MORE;
      if (message === 'malformed') return GARBAGE;
      at += message.length;
      if (message.type === 'D') by ??= firstColumn(message.body);
      if (message.type === 'E') {
        error ??= detailOf(message.body);
        // After a FATAL nothing follows.
        if (errorFields(message.body).get('V') === 'FATAL') return errorAnswer(error, at, false);
      }
      if (message.type === 'Z') {
        if (error !== null) return errorAnswer(error, at, true);
        const name = by === null || by === '' ? null : by.replace(/\/.*$/, '');
        return { kind: 'answer', result: 'ok', by: name, detail: null, used: at, keepsOpen: true };
      }
    }
  }
}

/** `FATAL 57P03`. */
function detailOf(body: Uint8Array): string {
  const fields = errorFields(body);
  return `${fields.get('V') ?? fields.get('S') ?? 'ERROR'} ${fields.get('C') ?? 'XX000'}`;
}
