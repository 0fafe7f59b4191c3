import { defineLab } from '../packages/core/dist/index.js';
import { formatIpv4, ipv4Address } from '../packages/core/dist/wire/index.js';
import { secondsOf } from './engine-cases.mjs';
import { addressOf } from './star.mjs';

const HOSTS = 100;
const VRIDS = 250;
const ROUTERS_PER_VRID = 4;
/** Simulated seconds. */
const SPAN = 3600;

/** The routers of a VRID are 25 hosts apart, so that each host runs ten instances and is master of two or three. */
const hostOf = (vrid, rank) => (vrid + rank * (HOSTS / ROUTERS_PER_VRID)) % HOSTS;

const instance = (vrid, rank) => `vrrp_instance V${vrid} {
  state BACKUP
  interface eth0
  virtual_router_id ${vrid}
  priority ${200 - rank * 10}
  advert_int 1
  virtual_ipaddress { ${formatIpv4(ipv4Address('10.0.2.0') + vrid)}/16 }
}`;

/** A thousand VRRP instances on one LAN. */
export function thousandInstances() {
  const configurations = Array.from({ length: HOSTS }, () => []);
  for (let vrid = 1; vrid <= VRIDS; vrid++)
    for (let rank = 0; rank < ROUTERS_PER_VRID; rank++)
      configurations[hostOf(vrid, rank)].push(instance(vrid, rank));
  const hosts = configurations.map((instances, index) => [
    `h${index}`,
    { address: `${formatIpv4(addressOf(index))}/16`, keepalived: instances.join('\n') },
  ]);
  return defineLab({
    name: 'thousand-instances',
    nodes: { sw1: { kind: 'switch' }, ...Object.fromEntries(hosts) },
  });
}

/** Wall seconds of `span` simulated ones. Every advert reaches all 99 other hosts, four of which care. */
function wallSeconds(span) {
  const simulation = thousandInstances().start({ record: false });
  const seconds = secondsOf(() => simulation.runUntil(span * 1e9));
  const { network } = simulation;
  const owned = [...network.hosts.values()].flatMap((host) =>
    host
      .interface('eth0')
      .addresses()
      .filter(({ address }) => address > addressOf(HOSTS)),
  );
  if (owned.length !== VRIDS) throw new Error(`${owned.length} of ${VRIDS} addresses have an owner`);
  const { eventCount } = network.engine;
  console.error(`  ${eventCount} events, ${(eventCount / seconds / 1e6).toPrecision(3)} M/s`);
  return seconds;
}

export const bench = {
  unit: 's',
  cases: { '1000 instances, one hour': () => wallSeconds(SPAN) },
  peers: [],
};
