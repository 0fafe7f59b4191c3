import { latin1Bytes, latin1Text } from '../../protocol/latin1.js';
import { SICK_SIGN } from '../../protocol/line-answer.js';
import { type Conversation, GARBAGE, MORE, type Reading } from './conversation.js';

const NEWLINE = 0x0a;
/** An answer is as long as its request, and a name. */
const LONGEST_ANSWER = 1024;

/** Lines to an echo server: each is answered with the server's name and the line. */
export class LineConversation implements Conversation {
  readonly opening = null;
  readonly parting = null;

  /** @param letter - what lines begin with: the numbers of two clients are told apart on the wire */
  constructor(private readonly letter: string) {}

  request(number: number): Uint8Array {
    return latin1Bytes(`${this.letter}${number}\n`);
  }

  readOpening(): Reading {
    return { kind: 'ready', used: 0 };
  }

  readAnswer(input: Uint8Array): Reading {
    const end = input.indexOf(NEWLINE);
    if (end < 0) return input.length > LONGEST_ANSWER ? GARBAGE : MORE;
    const [word = ''] = latin1Text(input.subarray(0, end)).trim().split(/\s/, 1);
    if (word === '') return GARBAGE;
    const isSick = word.startsWith(SICK_SIGN);
    return {
      kind: 'answer',
      result: isSick ? 'error' : 'ok',
      by: isSick ? word.slice(SICK_SIGN.length) : word,
      detail: null,
      used: end + 1,
      keepsOpen: true,
    };
  }
}
