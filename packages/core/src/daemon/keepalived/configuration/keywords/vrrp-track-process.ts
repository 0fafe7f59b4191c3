import type { TrackProcessDraft } from '../draft.js';
import { MICROSECONDS_PER_SECOND as SECOND } from '../values.js';
import { type Block, flag, integer, type Keyword, type Statement, seconds, table } from './keyword.js';

/** Longest delay that is accepted: an hour. */
const MAX_DELAY = 3600 * SECOND;
const MAX_QUORUM = 65_535;

const processOf = (statement: Statement): TrackProcessDraft | undefined =>
  statement.reading.draft.trackProcesses[statement.reading.draft.trackProcesses.length - 1];

const delay = (apply: (process: TrackProcessDraft, microseconds: number) => void): Keyword =>
  seconds({ minimum: 1, maximum: MAX_DELAY, lenient: true }, (statement, value) => {
    const process = processOf(statement);
    if (process !== undefined) apply(process, value);
  });

function conflict(statement: Statement, message: string): void {
  statement.reading.complaints.add(
    statement.words[1]?.place ?? statement.keyword.place,
    'conflict',
    message,
    {
      means: 'keepalived logs this and ignores the line',
    },
  );
}

const weightRange = { minimum: -254, maximum: 254, lenient: true };

const weight: Keyword = integer(weightRange, (statement, value) => {
  const process = processOf(statement);
  if (process === undefined) return;
  if (process.weight !== 0) {
    conflict(statement, 'weight was given already');
    return;
  }
  process.weight = value;
  if (statement.words[2]?.text === 'reverse') process.reverse = true;
});

const VRRP_TRACK_PROCESS: Block = {
  name: 'vrrp_track_process',
  subject: (draft) => draft.trackProcesses[draft.trackProcesses.length - 1]?.name,
  origin: (draft) => draft.trackProcesses[draft.trackProcesses.length - 1]?.origin,
  keywords: table({
    process: {
      effect: 'modelled',
      read(statement) {
        const process = processOf(statement);
        const name = statement.reading.require(statement);
        if (process === undefined || name === undefined) return;
        if (process.process !== undefined) {
          conflict(statement, 'process was given already');
          return;
        }
        process.process = name.text;
        process.arguments = statement.words.slice(2).map((word) => word.text);
      },
    },
    param_match: {
      effect: 'silent',
      read(statement) {
        const word = statement.words[1];
        if (word === undefined || word.text === 'initial' || word.text === 'partial') return;
        statement.reading.complaints.add(
          word.place,
          'bad-value',
          `expected initial or partial instead of '${word.text}'`,
          {
            means: 'keepalived logs this and ignores the line',
          },
        );
      },
    },
    weight: {
      effect: 'modelled',
      read(statement) {
        const direction = statement.words[2];
        // The words behind the number are read here, so that the number's own reader does not call them superfluous.
        weight.read?.({
          ...statement,
          words: direction?.text === 'reverse' ? statement.words.slice(0, 2) : statement.words,
        });
        const process = processOf(statement);
        if (direction?.text === 'reverse' && process !== undefined) process.reverse = true;
      },
    },
    quorum: integer({ minimum: 1, maximum: MAX_QUORUM, lenient: true }, (statement, value) => {
      const process = processOf(statement);
      if (process === undefined) return;
      if (value > (process.quorumMax ?? Number.POSITIVE_INFINITY))
        conflict(statement, 'quorum is above quorum_max');
      else process.quorum = value;
    }),
    quorum_max: integer({ minimum: 0, maximum: MAX_QUORUM, lenient: true }, (statement, value) => {
      const process = processOf(statement);
      if (process === undefined) return;
      if ((value > 0 || process.quorum > 1) && value < process.quorum) {
        conflict(statement, 'quorum_max is below quorum');
        return;
      }
      process.quorumMax = value;
      if (value === 0) process.quorum = 0;
    }),
    delay: delay((process, value) => {
      process.terminateDelayUs = value;
      process.forkDelayUs = value;
    }),
    terminate_delay: delay((process, value) => (process.terminateDelayUs = value)),
    fork_delay: delay((process, value) => (process.forkDelayUs = value)),
    full_command: flag(() => undefined),
  }),
  end(reading) {
    const process = reading.draft.trackProcesses[reading.draft.trackProcesses.length - 1];
    if (process === undefined || process.process !== undefined) return;
    reading.draft.trackProcesses.pop();
    const place = process.origin['name'];
    if (place === undefined) return;
    reading.complaints.add(place, 'incomplete', `vrrp_track_process ${process.name} names no process`, {
      means: 'keepalived logs this and forgets the block: nobody can track it',
    });
  },
};

/** `vrrp_track_process NAME` (`vrrp_tprocess_handler`). */
export const trackProcessKeyword: Keyword = {
  effect: 'modelled',
  block: VRRP_TRACK_PROCESS,
  read(statement) {
    const name = statement.reading.require(statement);
    statement.reading.draft.trackProcesses.push({
      name: name?.text ?? '',
      origin: { name: (name ?? statement.keyword).place, block: statement.keyword.place },
      process: undefined,
      arguments: [],
      weight: 0,
      reverse: false,
      quorum: 1,
      quorumMax: undefined,
      terminateDelayUs: 0,
      forkDelayUs: 0,
    });
  },
};
