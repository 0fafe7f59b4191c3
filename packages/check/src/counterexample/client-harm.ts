import type { Nanoseconds, Report } from '@viplab/core';
import { deathInWords } from '../property/connection-death.js';
import { fateInWords } from '../property/never-loses.js';

type Life = Report['connections'][number];

/** Something that a client suffered, in a sentence, and when it knew. */
export interface Harm {
  readonly at: Nanoseconds;
  readonly message: string;
}

/** The connections of clients that were established. */
export const connectionsOfClients = ({ connections }: Report): readonly Life[] =>
  connections.filter(({ establishedAt }) => establishedAt !== null);

const CHANGES = {
  reset: 'reset',
  silence: 'timeout',
  goodbye: 'eof',
  unreachable: 'unreachable',
} as const;

/** How a connection broke, in the words of `keepsConnections`; null if it did not. */
export function deathOf({ broken, end, client, number, server, local }: Life): Harm | null {
  if (broken === null) return null;
  const { reset } = end;
  const words = deathInWords(CHANGES[broken.by], reset);
  return {
    at: broken.at,
    message: `${client}'s connection ${number ?? '?'} to ${server} (from ${local}) ${words}`,
  };
}

/** The requests that clients lost once they were served, and how many were answered: as `neverLoses` counts. */
export function lostRequests({ events }: Report): {
  readonly lost: readonly Harm[];
  readonly answered: number;
} {
  const results = events.filter((event) => event.name === 'client.result');
  const servedFrom = new Map<string, Nanoseconds>();
  let answered = 0;
  for (const { client, result, sentAt } of results) {
    if (result !== 'ok') continue;
    answered++;
    servedFrom.set(client, Math.min(sentAt, servedFrom.get(client) ?? sentAt));
  }
  const lost = results.flatMap((event): Harm[] => {
    const { client, attempt, server, result, sentAt, time } = event;
    if (result === 'ok' || sentAt < (servedFrom.get(client) ?? Number.POSITIVE_INFINITY)) return [];
    return [{ at: time, message: `${client} loses request ${attempt} to ${server}: ${fateInWords(event)}` }];
  });
  return { lost, answered };
}
