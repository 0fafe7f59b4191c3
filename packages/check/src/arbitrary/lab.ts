import { type ClientDesign, defineLab, type HostDesign, type Lab, type LabDesign } from '@viplab/core';
import * as fc from 'fast-check';
import { fileOf, type Settings, settings } from './configuration.js';
import { priority } from './priorities.js';
import { type Topology, type TopologyOptions, topology } from './topology.js';

/** The address that is shared. */
const VIP = '192.168.1.100';
/** A daemon that scripts may look for, and that runs. */
const DAEMON = 'haproxy';

/** Routers of a lab if nothing else is said. */
const MOST_ROUTERS = 4;

/** What can be changed on one node and forgotten on the others: of each, the first that is a change. */
const SLIPS: readonly (readonly [Partial<Settings>, Partial<Settings>])[] = [
  [{ router: 52 }, { router: 51 }],
  [{ advert: '2' }, { advert: '1' }],
  [{ password: '1111' }, { password: null }],
  [{ version: 3 }, { version: 2 }],
  [{ isUnicast: true }, { isUnicast: false }],
  [{ preemption: 'nopreempt' }, { preemption: 'preempt' }],
];

/** How the client of a lab asks: over UDP; over TCP by short connections, by one that it holds, or by a pool. */
export type ClientKind = 'udp' | 'short' | 'held' | 'pool';

/** What labs may be drawn. */
export interface LabOptions extends TopologyOptions {
  /** How the client may ask; default over UDP. */
  readonly clients?: readonly ClientKind[];
}

const CLIENTS: Readonly<Record<ClientKind, ClientDesign>> = {
  udp: { request: `${VIP}:8080` },
  short: { connect: `${VIP}:8080` },
  held: { connect: `${VIP}:8080`, hold: true },
  pool: { connect: `${VIP}:8080`, pool: { size: 3 } },
};

/** Settings with a slip in them. */
function slipped(set: Settings, [change, otherwise]: (typeof SLIPS)[number]): Settings {
  const changed = { ...set, ...change };
  return JSON.stringify(changed) === JSON.stringify(set) ? { ...set, ...otherwise } : changed;
}

/**
 * Whole labs: a topology, one configuration as a tired engineer would write it, copied to each router with its own
 * priority and state, perhaps with one slip on one of them, and a client that asks 192.168.1.100. Shrinks to two routers
 * with the same shortest file on one switch. Printed as `defineLab({…})`.
 */
export function lab(options: LabOptions = {}): fc.Arbitrary<Lab> {
  const { clients = ['udp'] } = options;
  if (clients.length === 0) throw new RangeError('clients is empty: name udp, short, held or pool');
  const most = options.routers?.max ?? MOST_ROUTERS;
  const own = fc.record({
    priority: priority(),
    state: fc.constantFrom<Settings['state'][]>('BACKUP', 'MASTER'),
  });
  const slip = fc.record({ router: fc.nat(most - 1), change: fc.constantFrom(...SLIPS) });
  return fc
    .record({
      network: topology({ ...options, routers: options.routers ?? { min: 2, max: MOST_ROUTERS } }),
      slip: fc.option(slip, { nil: null, freq: 2 }),
      common: settings({ daemon: DAEMON, peers: [VIP] }),
      client: fc.constantFrom(...clients),
      own: fc.array(own, { minLength: most, maxLength: most }),
    })
    .map(({ network, slip: wrong, common, client, own: each }) => {
      const count = network.routers.length;
      const routers = each.slice(0, count).map((mine, index): Settings => {
        const set = { ...common, ...mine };
        return wrong !== null && wrong.router % count === index ? slipped(set, wrong.change) : set;
      });
      return printable(defineLab(designOf(network, routers, CLIENTS[client])));
    });
}

const addressOf = (network: Topology, name: string): string =>
  `192.168.1.${network.routers.indexOf(name) + 11}`;

const peersOf = (network: Topology, name: string): string[] =>
  network.routers.filter((other) => other !== name).map((other) => addressOf(network, other));

function designOf(network: Topology, settingsOfEach: readonly Settings[], asks: ClientDesign): LabDesign {
  const routers = settingsOfEach.map((set, index): [string, HostDesign] => {
    const name = network.routers[index] ?? '';
    const conf = fileOf(set, { daemon: DAEMON, peers: peersOf(network, name) });
    const host: HostDesign = {
      address: `${addressOf(network, name)}/24`,
      keepalived: { conf, likeDaemon: true },
      services: { [DAEMON]: 0 },
    };
    return [name, host];
  });
  const client: HostDesign = { address: '192.168.1.50/24', client: asks };
  return {
    name: 'drawn',
    nodes: { ...network.nodes, ...Object.fromEntries(routers), [network.client]: client },
    links: network.links,
  };
}

/** A lab that fast-check prints as what makes it again, without its plan. */
export function printable(made: Lab): Lab {
  return Object.defineProperty(made, fc.toStringMethod, {
    value: () => `defineLab(${JSON.stringify(made.design, null, 2)})`,
  });
}
