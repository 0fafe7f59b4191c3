import type { ScriptDraft } from '../draft.js';
import type { Reading } from '../reading.js';
import { INT_MAX, MAX_UNSIGNED_SECONDS, readInteger, MICROSECONDS_PER_SECOND as SECOND } from '../values.js';
import {
  type Block,
  complainAboutNumber,
  flag,
  integer,
  type Keyword,
  lastOr,
  type Statement,
  silent,
  table,
} from './keyword.js';
import { readCommand } from './notify.js';

/** Largest weight of a tracker: 254, the largest priority that is not an owner's, less 1. */
const WEIGHT = { minimum: -253, maximum: 253, lenient: true } as const;

function newScript(name: string): ScriptDraft {
  return {
    name,
    origin: {},
    arguments: [],
    intervalUs: SECOND,
    timeoutUs: 0,
    rise: 1,
    fall: 1,
    weight: 0,
    reverse: false,
    initFail: false,
  };
}

const current = (reading: Reading): ScriptDraft => lastOr(reading.draft.scripts, () => newScript(''));

const scriptOf = (statement: Statement): ScriptDraft => current(statement.reading);

const wholeSeconds = (apply: (script: ScriptDraft, microseconds: number) => void): Keyword =>
  integer(
    { minimum: 0, maximum: MAX_UNSIGNED_SECONDS, lenient: true },
    (statement, value) => apply(scriptOf(statement), value * SECOND),
    {
      zeroIsOne: true,
    },
  );

const count = (apply: (script: ScriptDraft, value: number) => void): Keyword =>
  integer(
    { minimum: 1, maximum: INT_MAX, lenient: true },
    (statement, value) => apply(scriptOf(statement), value),
    {
      otherwise: {
        means: 'keepalived logs this and uses 1',
        apply: (statement) => apply(scriptOf(statement), 1),
      },
    },
  );

/** The number is stored whatever it is: `vrrp_vscript_weight_handler` complains and goes on. */
function readWeight(statement: Statement): void {
  const word = statement.reading.require(statement);
  if (word === undefined) return;
  const script = scriptOf(statement);
  const stored =
    readInteger(word.text, { minimum: -INT_MAX - 1, maximum: INT_MAX, lenient: true }).value ?? 0;
  complainAboutNumber(
    statement,
    word,
    readInteger(word.text, WEIGHT),
    WEIGHT,
    String,
    `keepalived logs this and uses ${stored} all the same`,
  );
  script.weight = stored;
  const direction = statement.words[2];
  if (direction === undefined) return;
  if (direction.text === 'reverse') script.reverse = true;
  else {
    statement.reading.complaints.add(
      direction.place,
      'unknown-option',
      `expected 'reverse' instead of '${direction.text}'`,
      {
        means: 'keepalived logs this and ignores the word',
      },
    );
  }
}

const VRRP_SCRIPT: Block = {
  name: 'vrrp_script',
  subject: (draft) => draft.scripts[draft.scripts.length - 1]?.name,
  origin: (draft) => draft.scripts[draft.scripts.length - 1]?.origin,
  keywords: table({
    script: {
      effect: 'modelled',
      read(statement) {
        scriptOf(statement).arguments = readCommand(statement) ?? [];
      },
    },
    interval: wholeSeconds((script, value) => (script.intervalUs = value)),
    timeout: wholeSeconds((script, value) => (script.timeoutUs = value)),
    weight: { effect: 'modelled', read: readWeight },
    rise: count((script, value) => (script.rise = value)),
    fall: count((script, value) => (script.fall = value)),
    user: silent,
    init_fail: flag((statement) => {
      scriptOf(statement).initFail = true;
    }),
  }),
  end(reading) {
    const script = reading.draft.scripts[reading.draft.scripts.length - 1];
    if (script === undefined || (script.arguments[0] ?? '') !== '') return;
    reading.draft.scripts.pop();
    const place = script.origin['name'];
    if (place === undefined) return;
    reading.complaints.add(place, 'incomplete', `vrrp_script ${script.name} has no script`, {
      means: 'keepalived logs this and forgets the block: nobody can track it',
    });
  },
};

/** `vrrp_script NAME` (`vrrp_script_handler`). */
export const vrrpScriptKeyword: Keyword = {
  effect: 'modelled',
  block: VRRP_SCRIPT,
  read(statement) {
    const name = statement.reading.require(statement);
    const script = newScript(name?.text ?? '');
    script.origin['name'] = (name ?? statement.keyword).place;
    script.origin['block'] = statement.keyword.place;
    statement.reading.draft.scripts.push(script);
  },
};
