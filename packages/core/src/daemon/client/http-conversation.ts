import { readResponse } from '../../protocol/http-response.js';
import { latin1Bytes } from '../../protocol/latin1.js';
import { type Conversation, GARBAGE, MORE, type Reading } from './conversation.js';

/** How a web client asks. */
export interface HttpConversationOptions {
  readonly path: string;
  /** `1.0`: one request, and the answer ends with the connection. `1.1`: kept open. */
  readonly version: '1.0' | '1.1';
  /** What the Host field says. */
  readonly authority: string;
}

/** GET and its answer, whose body names the server. */
export class HttpConversation implements Conversation {
  readonly opening = null;
  readonly parting = null;
  private readonly ask: Uint8Array;

  constructor(private readonly options: HttpConversationOptions) {
    const { path, version, authority } = options;
    const host = version === '1.1' ? `Host: ${authority}\r\n` : '';
    this.ask = latin1Bytes(`GET ${path} HTTP/${version}\r\n${host}\r\n`);
  }

  request(): Uint8Array {
    return this.ask;
  }

  readOpening(): Reading {
    return { kind: 'ready', used: 0 };
  }

  readAnswer(input: Uint8Array, isEnd: boolean): Reading {
    // HTTP/1.0 is over with the connection, as for a client that reads until then.
    if (this.options.version === '1.0' && !isEnd) return MORE;
    const answer = readResponse(input, isEnd);
    if (answer === null) return MORE;
    if (answer === 'malformed') return GARBAGE;
    const { status, body, length, keepsOpen } = answer;
    const isError = status >= 400;
    const [by = ''] = body.trim().split(/\s/, 1);
    return {
      kind: 'answer',
      result: isError ? 'error' : 'ok',
      by: by === '' ? null : by,
      detail: isError ? `HTTP ${status}` : null,
      used: length,
      keepsOpen,
    };
  }
}
