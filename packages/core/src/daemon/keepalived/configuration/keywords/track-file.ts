import type { TrackFileDraft } from '../draft.js';
import type { Word } from '../lexer.js';
import { INT_MAX, readInteger } from '../values.js';
import { type Block, complainAboutNumber, type Keyword, type Statement, table } from './keyword.js';

const WEIGHT = { minimum: -254, maximum: 254, lenient: true } as const;

/** keepalived's default: the number in the file is added as it is. */
const DEFAULT_WEIGHT = 1;

const IGNORED = 'keepalived logs this and ignores the line';

const fileOf = (statement: Statement): TrackFileDraft | undefined =>
  statement.reading.draft.trackFiles[statement.reading.draft.trackFiles.length - 1];

/** What the keyword needs to be followed by; complains without ending keepalived, as its handlers do here. */
function optional(statement: Statement): Word | undefined {
  const word = statement.words[1];
  if (word === undefined) {
    statement.reading.complaints.add(
      statement.keyword.place,
      'missing-value',
      `${statement.keyword.text} needs a value`,
      { means: IGNORED },
    );
  }
  return word;
}

function once(statement: Statement): void {
  statement.reading.complaints.add(
    statement.keyword.place,
    'duplicate',
    `${statement.keyword.text} was given already`,
    {
      means: 'keepalived logs this and keeps the first',
    },
  );
}

function readWeight(statement: Statement): void {
  const file = fileOf(statement);
  const word = optional(statement);
  if (file === undefined || word === undefined) return;
  if (file.weight !== DEFAULT_WEIGHT) {
    once(statement);
    return;
  }
  const reading = readInteger(word.text, WEIGHT);
  complainAboutNumber(
    statement,
    word,
    reading,
    WEIGHT,
    String,
    `keepalived logs this and uses ${DEFAULT_WEIGHT}`,
  );
  file.weight = reading.value ?? DEFAULT_WEIGHT;
  const direction = statement.words[2];
  if (direction?.text === 'reverse') file.reverse = true;
  else if (direction !== undefined) unknownOption(statement, direction, "'reverse'");
}

function unknownOption(statement: Statement, word: Word, expected: string): void {
  statement.reading.complaints.add(
    word.place,
    'unknown-option',
    `expected ${expected} instead of '${word.text}'`,
    {
      means: 'keepalived logs this and ignores the word',
    },
  );
}

function readInitFile(statement: Statement): void {
  const file = fileOf(statement);
  if (file === undefined) return;
  file.initialValue = 0;
  file.overwrite = false;
  for (const word of statement.words.slice(1)) {
    if (/^\s*[\d-]/.test(word.text)) {
      const range = { minimum: -INT_MAX - 1, maximum: INT_MAX, lenient: false };
      const reading = readInteger(word.text, range);
      complainAboutNumber(statement, word, reading, range, String, 'keepalived logs this and writes 0');
      file.initialValue = reading.value ?? 0;
      if (Math.abs(file.initialValue) > WEIGHT.maximum) {
        complainAboutNumber(statement, word, { value: file.initialValue, problem: 'out-of-range' }, WEIGHT);
      }
    } else if (word.text === 'overwrite') file.overwrite = true;
    else unknownOption(statement, word, "a number or 'overwrite'");
  }
}

const TRACK_FILE: Block = {
  name: 'track_file',
  subject: (draft) => draft.trackFiles[draft.trackFiles.length - 1]?.name,
  origin: (draft) => draft.trackFiles[draft.trackFiles.length - 1]?.origin,
  keywords: table({
    file: {
      effect: 'modelled',
      read(statement) {
        const file = fileOf(statement);
        const word = optional(statement);
        if (file === undefined || word === undefined) return;
        if (file.path === undefined) file.path = word.text;
        else once(statement);
      },
    },
    weight: { effect: 'modelled', read: readWeight },
    init_file: { effect: 'modelled', read: readInitFile },
  }),
  end(reading) {
    const file = reading.draft.trackFiles[reading.draft.trackFiles.length - 1];
    if (file === undefined || file.path !== undefined) return;
    reading.draft.trackFiles.pop();
    const place = file.origin['name'];
    if (place === undefined) return;
    reading.complaints.add(place, 'incomplete', `track_file ${file.name} names no file`, {
      means: 'keepalived logs this and forgets the block: nobody can track it',
    });
  },
};

/** `track_file NAME` outside of all blocks, and its old spelling `vrrp_track_file`. */
export const trackFileKeyword: Keyword = {
  effect: 'modelled',
  block: TRACK_FILE,
  read(statement) {
    const name = statement.reading.require(statement);
    statement.reading.draft.trackFiles.push({
      name: name?.text ?? '',
      origin: { name: (name ?? statement.keyword).place, block: statement.keyword.place },
      path: undefined,
      weight: DEFAULT_WEIGHT,
      reverse: false,
      initialValue: undefined,
      overwrite: false,
    });
  },
};
