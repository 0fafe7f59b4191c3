import { type Nanoseconds, SECOND } from '@viplab/core';
import type { RecordedJson } from './recorded-json.js';

/** What a client noted of one attempt. */
export interface ClientAttempt {
  /** When it began. */
  readonly time: Nanoseconds;
  /** How long it took to end. */
  readonly took: Nanoseconds;
  /**
   * In the recorder's words: `ok`, `timeout`, `refused`, `reset`, `eof`, `host-unreachable` …, for a held connection
   * also `open` and, where connecting failed, `connect-` and the reason.
   */
  readonly result: string;
  /** Who answered; null if nobody did. */
  readonly server: string | null;
}

/** The ways in which the recorder's clients ask: a connection for each request, and one that is held. */
export const CLIENT_MODES = ['short', 'persist'] as const;

/** Whether a client, by its name, holds one connection for all its requests. */
export const isHeld = (client: string): boolean => client.startsWith('persist');

/** The recorder's clients begin an attempt so often. */
export const CLIENT_PACE: Nanoseconds = 0.2 * SECOND;

/**
 * Reads the attempts of one mode of one run, by client: `short`, or with its tag `short write`; in order of their
 * beginnings (rows are in the order of their ends).
 *
 * @throws RecordingError naming the row.
 */
export function readClientAttempts(mode: string, json: RecordedJson): Map<string, ClientAttempt[]> {
  const clients = new Map<string, ClientAttempt[]>();
  const names = json.field('fields');
  const fields = names.items().map((field) => field.text());
  const at = (name: string): number => {
    const index = fields.indexOf(name);
    if (index < 0) throw names.complaint(`does not name '${name}'`);
    return index;
  };
  const rows = json.field('rows').items();
  if (rows.length === 0) return clients;
  const [t, took, result, server] = [at('t'), at('took'), at('result'), at('server')];
  const tag = fields.indexOf('tag');
  for (const row of rows) {
    const values = row.items();
    if (values.length !== fields.length)
      throw row.complaint(`has ${values.length} values for ${fields.length} fields`);
    const value = (index: number): RecordedJson => values[index] as RecordedJson;
    const label = tag < 0 || value(tag).isNull ? '' : value(tag).text();
    const key = label === '' ? mode : `${mode} ${label}`;
    const attempts = clients.get(key) ?? [];
    clients.set(key, attempts);
    const length = value(took).number();
    if (length < 0) throw value(took).complaint('is negative');
    attempts.push({
      time: Math.round(value(t).number() * SECOND),
      took: Math.round(length * SECOND),
      result: value(result).text(),
      server: value(server).isNull ? null : value(server).text(),
    });
  }
  for (const attempts of clients.values()) attempts.sort((a, b) => a.time - b.time);
  return clients;
}
