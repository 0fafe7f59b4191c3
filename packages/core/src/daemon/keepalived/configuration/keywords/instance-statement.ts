import { type InstanceDraft, newInstance } from '../draft.js';
import type { Reading } from '../reading.js';
import { flag, type Keyword, lastOr, type Statement } from './keyword.js';

/** The instance that is being read. */
export const instanceOf = (statement: Statement): InstanceDraft => current(statement.reading);

/** The instance whose block is open, or the last one. */
export const current = (reading: Reading): InstanceDraft =>
  lastOr(reading.draft.instances, () => newInstance(''));

/** Passes a keyword's value to a setter of the instance. */
export const set =
  <T>(apply: (instance: InstanceDraft, value: T) => void) =>
  (statement: Statement, value: T): void =>
    apply(instanceOf(statement), value);

/** A keyword without a value that sets something in the instance. */
export const mark = (apply: (instance: InstanceDraft) => void): Keyword =>
  flag((statement) => apply(instanceOf(statement)));

/** A keyword that would matter and is not modelled; `consequence` says what is different. */
export const ignored = (consequence: string): Keyword => ({ effect: 'not-modelled', consequence });
