import { type ChoiceSite, type Choices, SeededChoices } from '../../engine/index.js';
import type { Connection } from './connection.js';
import { distance, isAfter, isBefore } from './sequence.js';
import type { Tcp } from './tcp.js';

/**
 * What has to hold of every connection of a host whenever nothing is being done, in words where it does not. The one
 * that matters most: who waits for something has a timer, so that nobody can wait for ever.
 */
export function brokenInvariants(tcp: Tcp): string[] {
  return tcp
    .connections()
    .flatMap((connection) =>
      faultsOf(tcp, connection).map((fault) => `${connection.localText} ${connection.state}: ${fault}`),
    );
}

function faultsOf(tcp: Tcp, connection: Connection): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const { row, id, state, pending, outstanding, unsent } = connection;
  const { timers } = tcp.rows;
  const resends = timers.resend.isArmed(row);
  switch (state) {
    case 'CLOSED':
      must(connection.owner !== 0, 'nobody holds it and it is still there');
      for (const name of ['resend', 'acknowledge', 'keep'] as const)
        must(!timers[name].isArmed(row), `${name} is armed`);
      return faults;
    case 'SYN_SENT':
    case 'SYN_RECV':
      must(resends, 'no timer for the handshake');
      return faults;
    case 'TIME_WAIT':
      must(timers.keep.isArmed(row), 'no end');
      must(!resends && !timers.acknowledge.isArmed(row), 'still busy');
      return faults;
    case 'FIN_WAIT2':
      must(connection.owner !== 0 || timers.keep.isArmed(row), 'an orphan without an end');
      break;
    default:
  }
  const waitsForWindow = unsent > 0 || (connection.isFinQueued && !connection.isFinSent);
  must(resends === (pending !== 'none'), `pending ${pending}, armed ${resends}`);
  must(outstanding === 0 || resends, `${outstanding} outstanding and no timer`);
  must(outstanding > 0 || !waitsForWindow || resends, `${unsent} unsent and no timer`);
  must(outstanding === 0 || pending !== 'window-probe', 'probes the window with bytes outstanding');
  must(outstanding > 0 || pending === 'none' || pending === 'window-probe', `pending ${pending} for nothing`);
  must(!connection.isAckDue || timers.acknowledge.isArmed(row), 'an acknowledgement is due and no timer');
  must(
    connection.cwnd >= 1 && connection.ssthresh >= 2,
    `cwnd ${connection.cwnd}, ssthresh ${connection.ssthresh}`,
  );
  must(unsent >= 0 && connection.unread >= 0, `${unsent} unsent, ${connection.unread} unread`);
  const kept = lengthOf(tcp.sendStream.of(id)) - connection.headOffset;
  must(kept === connection.queued, `${kept} bytes kept, ${connection.queued} queued`);
  must(lengthOf(tcp.receiveStream.of(id)) === connection.unread, 'unread bytes miscounted');
  let last = connection.sndUna;
  for (const { left, right } of tcp.sacked.of(id)) {
    must(isAfter(left, last) && isAfter(right, left), `SACK ${left}..${right} after ${last}`);
    must(!isAfter(right, connection.sndNxt), 'SACK of what was never sent');
    last = right;
  }
  let previous = connection.rcvNxt;
  for (const { sequence } of tcp.outOfOrder.of(id)) {
    must(isAfter(sequence, previous), `held ${sequence} after ${previous}`);
    previous = sequence;
  }
  must(!isBefore(connection.rcvNxt, connection.rcvWup), 'told more than it has');
  must(distance(connection.sndUna, connection.sndNxt) < 0x4000_0000, 'numbers run away');
  return faults;
}

const lengthOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);

/** Chance from a seed, but every connection's numbers begin so little before 2^32 that they go round soon. */
export class NumbersGoRound implements Choices {
  private readonly others: SeededChoices;

  constructor(
    seed: number,
    private readonly before: number,
  ) {
    this.others = new SeededChoices(seed);
  }

  choose(site: ChoiceSite, options: number): number {
    const drawn = this.others.choose(site, options);
    const isNumber = site.name.endsWith('/initial-sequence') || site.name.endsWith('/timestamp-offset');
    return isNumber ? options - 1 - (drawn % this.before) : drawn;
  }
}
