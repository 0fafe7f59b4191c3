import { joinBytes } from '../../protocol/latin1.js';
import {
  BOOL,
  EMPTY_QUERY,
  errorResponse,
  INET,
  INT4,
  oneValue,
  READY_FOR_QUERY,
  SERVER_VERSION,
  TEXT,
} from './postgres-answers.js';
import { NOT_SUPPORTED, syntaxError } from './postgres-errors.js';

/** What queries ask about. */
export interface QueryContext {
  /** The server's end of the connection, as text. */
  readonly address: string;
  /** `cluster_name` of its configuration. */
  readonly clusterName: string;
}

/** Words that statements begin with and that are not answered here. */
const STATEMENTS = new Set(
  'abort alter analyze begin call checkpoint close cluster comment commit copy create deallocate declare delete discard do drop end execute explain fetch grant insert listen load lock merge move notify prepare reindex release reset revoke rollback savepoint select set show table truncate update vacuum values with'.split(
    ' ',
  ),
);

/** Answers a query of the simple protocol, up to and including ReadyForQuery. */
export function answerQuery(sql: string, context: QueryContext): Uint8Array {
  const text = sql.replace(/[\s;]+$/, '').trim();
  if (text === '') return joinBytes(EMPTY_QUERY, READY_FOR_QUERY);
  const known = text.toLowerCase().replace(/\s+/g, ' ');
  const number = /^select (\d{1,9})$/.exec(known)?.[1];
  if (number !== undefined) return oneValue('?column?', INT4, String(Number(number)), 'SELECT 1');
  switch (known) {
    case 'select inet_server_addr()':
      return oneValue('inet_server_addr', INET, context.address, 'SELECT 1');
    case 'select pg_is_in_recovery()':
      return oneValue('pg_is_in_recovery', BOOL, 'f', 'SELECT 1');
    case 'show transaction_read_only':
      return oneValue('transaction_read_only', TEXT, 'off', 'SHOW');
    case 'show cluster_name':
      return oneValue('cluster_name', TEXT, context.clusterName, 'SHOW');
    case 'show server_version':
      return oneValue('server_version', TEXT, SERVER_VERSION, 'SHOW');
    default: {
      const word = /^\w+|^./.exec(text)?.[0] ?? '';
      const isStatement = STATEMENTS.has(word.toLowerCase());
      const error = isStatement ? NOT_SUPPORTED : syntaxError(word, sql.length - sql.trimStart().length + 1);
      return joinBytes(errorResponse(error), READY_FOR_QUERY);
    }
  }
}
