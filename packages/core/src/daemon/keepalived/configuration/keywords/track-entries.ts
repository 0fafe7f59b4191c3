import type { TrackersDraft, WordLine } from '../draft.js';
import type { SourcePlace, TrackedBy } from '../keepalived-config.js';
import type { Word } from '../lexer.js';
import { readInteger } from '../values.js';
import { complainAboutNumber, type Keyword, type Statement } from './keyword.js';

/** The weight that a tracker has if its entry does not say. */
interface Defaults {
  readonly weight: number;
  readonly reverse: boolean;
}

interface Kind {
  /** `track_script`. */
  readonly keyword: string;
  /** Largest weight that is kept as it is. 254 is turned into 253 where that is the limit. */
  readonly limit: 253 | 254;
  readonly find: (statement: Statement, name: Word) => Defaults | undefined;
  readonly list: (trackers: TrackersDraft) => TrackedBy[];
  readonly mayUnreverse: boolean;
  /** An unknown word behind the weight leaves the entry out. */
  readonly strictOption?: boolean;
}

const IGNORED = 'keepalived logs this and leaves the entry out';

function findNamed<T extends { readonly name: string } & Defaults>(
  what: string,
  list: (statement: Statement) => readonly T[],
): Kind['find'] {
  return (statement, name) => {
    const found = list(statement).find((item) => item.name === name.text);
    if (found === undefined) {
      statement.reading.complaints.add(
        name.place,
        'unknown-name',
        `there is no ${what} '${name.text}' above`,
        { means: IGNORED },
      );
    }
    return found;
  };
}

const INTERFACE: Kind = {
  keyword: 'track_interface',
  limit: 253,
  find: (statement, name) =>
    statement.reading.interfaceExists(name, IGNORED) ? { weight: 0, reverse: false } : undefined,
  list: (trackers) => trackers.interfaces,
  mayUnreverse: false,
};

const SCRIPT: Kind = {
  keyword: 'track_script',
  limit: 253,
  find: findNamed('vrrp_script', (statement) => statement.reading.draft.scripts),
  list: (trackers) => trackers.scripts,
  mayUnreverse: true,
};

const FILE: Kind = {
  keyword: 'track_file',
  limit: 254,
  find: findNamed('track_file', (statement) => statement.reading.draft.trackFiles),
  list: (trackers) => trackers.files,
  mayUnreverse: true,
  strictOption: true,
};

const PROCESS: Kind = {
  keyword: 'track_process',
  limit: 254,
  find: findNamed('vrrp_track_process', (statement) => statement.reading.draft.trackProcesses),
  list: (trackers) => trackers.processes,
  mayUnreverse: true,
};

/** The `track_interface`, `track_script`, `track_file`, `track_process` and `track_bfd` keywords of an instance or a group. */
export function trackKeywords(
  trackersOf: (statement: Statement) => TrackersDraft,
): Readonly<Record<string, Keyword>> {
  const keyword = (kind: Kind): Keyword => ({
    effect: 'modelled',
    read(statement) {
      statement.reading.readValueBlock(statement, (entry) =>
        readEntry(statement, entry, kind, trackersOf(statement)),
      );
    },
  });
  return {
    track_interface: keyword(INTERFACE),
    track_script: keyword(SCRIPT),
    track_file: keyword(FILE),
    track_process: keyword(PROCESS),
    track_bfd: {
      effect: 'not-modelled',
      consequence: 'a BFD session going down does not move it',
      read(statement) {
        statement.reading.readValueBlock(statement, (entry) =>
          readBfd(statement, entry, trackersOf(statement)),
        );
      },
    },
  };
}

function readBfd(statement: Statement, entry: WordLine, trackers: TrackersDraft): void {
  const [name] = entry.words;
  if (name === undefined) return;
  if (!statement.reading.draft.bfdInstances.includes(name.text)) {
    statement.reading.complaints.add(
      name.place,
      'unknown-name',
      `there is no bfd_instance '${name.text}' above`,
      { means: IGNORED },
    );
    return;
  }
  trackers.bfd.push(name.text);
}

/** `alloc_track_if`, `alloc_track_script`, `vrrp_alloc_track_file`, `alloc_track_process`. */
function readEntry(statement: Statement, entry: WordLine, kind: Kind, trackers: TrackersDraft): void {
  const { complaints } = statement.reading;
  const [name, option, weightWord, direction] = entry.words;
  if (name === undefined) return;
  const defaults = kind.find(statement, name);
  if (defaults === undefined) return;
  const list = kind.list(trackers);
  if (list.some((tracked) => tracked.name === name.text)) {
    complaints.add(name.place, 'duplicate', `${name.text} is tracked twice`, { means: IGNORED });
    return;
  }
  let { weight, reverse } = defaults;
  if (option !== undefined) {
    if (option.text !== 'weight') {
      complaints.add(option.place, 'unknown-option', `expected 'weight' instead of '${option.text}'`, {
        means: IGNORED,
      });
      return;
    }
    if (weightWord === undefined) {
      complaints.add(option.place, 'missing-value', 'weight needs a value', { means: IGNORED });
      return;
    }
    weight = readWeight({ ...statement, keyword: option }, weightWord, kind, defaults.weight);
    if (direction !== undefined) {
      if (direction.text === 'reverse') reverse = true;
      else if (direction.text === 'noreverse' && kind.mayUnreverse) reverse = false;
      else {
        const means = kind.strictOption === true ? IGNORED : 'keepalived logs this and ignores the word';
        complaints.add(
          direction.place,
          'unknown-option',
          `expected 'reverse' instead of '${direction.text}'`,
          { means },
        );
        if (kind.strictOption === true) return;
      }
    }
  }
  list.push({ name: name.text, weight, reverse, origin: entryPlace(name, entry) });
}

function readWeight(statement: Statement, word: Word, kind: Kind, otherwise: number): number {
  // ±254 is accepted everywhere and made 253 where that is the limit.
  const reading = readInteger(word.text, { minimum: -254, maximum: 254, lenient: true });
  complainAboutNumber(
    statement,
    word,
    reading,
    { minimum: -kind.limit, maximum: kind.limit, lenient: true },
    String,
    `keepalived logs this and uses ${otherwise}`,
  );
  if (reading.value === undefined) return otherwise;
  if (Math.abs(reading.value) <= kind.limit) return reading.value;
  const clamped = Math.sign(reading.value) * kind.limit;
  statement.reading.complaints.add(
    word.place,
    'out-of-range',
    `weight ${word.text} is out of range -253..253`,
    {
      means: `keepalived logs this and uses ${clamped}`,
      cures: [{ title: `weight ${clamped}`, edits: [{ range: word.place.range, text: String(clamped) }] }],
    },
  );
  return clamped;
}

function entryPlace(name: Word, entry: WordLine): SourcePlace {
  const last = entry.words[entry.words.length - 1] ?? name;
  return { file: name.place.file, range: { start: name.place.range.start, end: last.place.range.end } };
}
