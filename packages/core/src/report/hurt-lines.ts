import { formatSeconds } from '../engine/index.js';
import {
  type ClientTargetReport,
  FAILURE_KINDS,
  failuresInWords,
  NO_FAILURES,
  type Outage,
} from './client-outages.js';
import { lengthOf, totalOf } from './interval.js';
import type { Report, VipReport } from './report.js';
import { spanInWords } from './spans-of-time.js';
import { VipNames } from './vip-names.js';

/** More clients of one address than this are told together. */
const MOST_CLIENTS = 8;

/**
 * The answer to `who hurts?`: one sentence for each client and VIP, or one for all clients of a VIP where they are
 * many; none if the lab has no client.
 */
export function hurtsInWords(report: Report): string[] {
  const names = new VipNames(report.vips.map(({ address }) => address));
  const targets = report.clients.flatMap((client) => client.targets);
  const crowded = report.vips.filter(
    ({ address }) => targets.filter(({ target }) => target === address).length > MOST_CLIENTS,
  );
  return [
    ...targets
      .filter(({ target }) => crowded.every(({ address }) => address !== target))
      .map(
        (target) =>
          `${target.client} on ${names.short(target.target)}: ${hurtInWords(target, fluxMoves(report, target))}`,
      ),
    ...crowded.map(
      (vip) =>
        `${names.short(vip.address)}: ${crowdInWords(
          vip,
          targets.filter(({ target }) => target === vip.address),
        )}`,
    ),
  ];
}

/** `40 of 100 clients without service, up to 3.33 s (c17, 10.145 to 13.474), 45 attempts timed out`. */
function crowdInWords({ service }: VipReport, targets: readonly ClientTargetReport[]): string {
  const count = targets.length;
  const never = targets.filter(({ ok }) => ok === 0).length;
  const neverServed = never === 0 ? [] : [`${never} of ${count} clients never served`];
  const { worst, connections } = service;
  if (worst === null) return neverServed.length === 0 ? `nobody of ${count} clients` : neverServed.join();
  const hurt = targets.filter(({ outages }) => outages.length > 0);
  const { outage, client } = worst;
  const span = `${formatSeconds(outage.from)} to ${outage.hasEnded ? formatSeconds(outage.to) : 'the end'}`;
  return [
    `${hurt.length} of ${count} clients without service, up to ${spanInWords(lengthOf(outage))} (${client}, ${span}), ` +
      failuresOf(
        hurt.flatMap(({ outages }) => outages),
        connections.resetBy,
      ),
    ...neverServed,
  ].join('; ');
}

function fluxMoves(report: Report, { node, target }: ClientTargetReport): number {
  const flux =
    report.vips.find(({ address }) => address === target)?.flux.filter(({ client }) => client === node) ?? [];
  return flux.reduce((sum, { moves }) => sum + moves.length, 0);
}

function hurtInWords(target: ClientTargetReport, moved: number): string {
  const { connections, ok, attempts } = target;
  const hangs =
    connections.hangsSince === null
      ? ''
      : `a request hangs since ${formatSeconds(connections.hangsSince)}, and still does at the end`;
  if (attempts === 0) return connections.asked === 0 ? 'it never asked' : hangs || 'it never got an answer';
  if (ok === 0) return `never served, ${failuresInWords(target.failed)}`;
  const parts = [withoutService(target), brokenIdle(target), hangs].filter((part) => part !== '');
  if (parts.length > 0) return parts.join('; ');
  return moved > 0 && connections.asked === 0
    ? `no attempt failed; a connection kept open would break at each of the ${moved} moves`
    : 'nobody';
}

function withoutService({ outages, connections }: ClientTargetReport): string {
  const first = outages[0];
  if (first === undefined) return '';
  const times =
    outages.length === 1
      ? `${formatSeconds(first.from)} to ${first.hasEnded ? formatSeconds(first.to) : 'the end'}`
      : `${outages.length} times, first at ${formatSeconds(first.from)}`;
  return `${spanInWords(totalOf(outages))} without service (${times}), ${failuresOf(outages, connections.resetBy)}`;
}

/** `15 attempts timed out, 2 resets (by n2)`. */
function failuresOf(outages: readonly Outage[], resetBy: Readonly<Record<string, number>>): string {
  const kinds = { ...NO_FAILURES };
  for (const outage of outages) for (const kind of FAILURE_KINDS) kinds[kind] += outage.kinds[kind];
  const senders = sendersInWords(resetBy);
  return failuresInWords(kinds).replace(/\d+ resets?/, (resets) =>
    senders === '' ? resets : `${resets} (${senders})`,
  );
}

/** Who sent RSTs: `by n2`, `5 by n1, 5 by n2`. */
export function sendersInWords(resetBy: Readonly<Record<string, number>>): string {
  const senders = Object.entries(resetBy);
  const isEachOnce = senders.every(([, count]) => count === 1);
  const name = (node: string): string => (node === '?' ? 'somebody outside the lab' : node);
  if (senders.length === 1 || isEachOnce)
    return senders.length === 0 ? '' : `by ${senders.map(([node]) => name(node)).join(' and ')}`;
  return senders.map(([node, count]) => `${count} by ${name(node)}`).join(', ');
}

/** Connections that broke while nothing was asked: no attempt failed of it. */
function brokenIdle({ connections, failed }: ClientTargetReport): string {
  const { broken, resetBy } = connections;
  const idle = broken - failed.reset - failed.eof - failed.timeout - failed.unreachable;
  if (idle <= 0) return '';
  const by = sendersInWords(resetBy);
  return `${idle} idle ${idle === 1 ? 'connection' : 'connections'} broken${by === '' ? '' : ` (${by})`}`;
}
