import { ExploredLab } from '../packages/check/dist/explore/explored-lab.js';
import { SymbolicSearch } from '../packages/check/dist/explore/symbolic-search.js';
import { budgetsOf } from '../packages/check/dist/property/index.js';
import { defineLab } from '../packages/core/dist/index.js';

const SECOND = 1e9;

const configuration = (priority) => `vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    garp_master_delay 0
    garp_lower_prio_delay 0
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;

/** Nodes of these priorities on one switch with a client, 100 us a cable. */
export function cluster(priorities) {
  const names = priorities.map((_, index) => `n${index + 1}`);
  return defineLab({
    name: 'cluster',
    nodes: {
      sw1: { kind: 'switch' },
      ...Object.fromEntries(
        priorities.map((priority, index) => [
          `n${index + 1}`,
          {
            address: `192.168.1.${11 + index}/24`,
            keepalived: { conf: configuration(priority), ready: '0s' },
          },
        ]),
      ),
      c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
    },
    links: [...names, 'c1'].map((name) => ({ between: [`${name}:eth0`, 'sw1'], delay: '100us' })),
  });
}

/** Two lost control frames, one power-off and return at any instant, starts anywhere in 4 s. */
export const HARD = {
  name: 'hard',
  faults: ['power-off'],
  atOnce: 1,
  inAll: 1,
  repairs: true,
  faultsFrom: 'start',
  lostFrames: 2,
  startWithin: 4 * SECOND,
  driftPpm: 0,
};

/** Each cable takes half to one and a half of its delay. */
export const JITTER = { lo: 50_000, hi: 150_000 };

/** Explores until the space closes, or so many classes are known. */
export function explore(priorities, campaign, most = Number.POSITIVE_INFINITY) {
  const { design, plan } = cluster(priorities);
  const vips = budgetsOf(design, plan);
  const begin = performance.now();
  const search = new SymbolicSearch(
    new ExploredLab({ design, plan, campaign, properties: [], vips, measures: false }),
  );
  let goesOn = true;
  while (goesOn && search.classes.size < most) goesOn = search.expand(256);
  if (search.deadEnds > 0) throw new Error(`${search.deadEnds} dead ends`);
  if (most === Number.POSITIVE_INFINITY && goesOn) throw new Error('the space has not closed');
  return { search, seconds: (performance.now() - begin) / 1000 };
}
