import type { PostgresAuthentication } from '../daemon/postgres/postgres-startup.js';
import { LEAST_CONNECTIONS } from '../daemon/postgres/postgres-startup.js';
import type { Problems } from './design-problem.js';
import type { ClientPlan, HttpPlan, PostgresPlan, VipPlan } from './plan.js';
import type { Draft, ReadSpan } from './plan-draft.js';

const POSTGRES_PORT = 5432;
const POSTGRES_USER = 'app';
const DEFAULT_CONNECTIONS = 100; // max_connections
const HTTP_PORT = 80;
const SICK_STATUS = 500;

/** The server programs of a host. */
export interface ServerPlans {
  readonly postgres: PostgresPlan | null;
  readonly http: HttpPlan | null;
  readonly echoPorts: readonly number[];
}

/**
 * The servers of a host: those of its design, and, where it may hold a VIP, one on each port on which a client asks for
 * it, of the kind that the client speaks.
 *
 * @param clients - those that ask for a VIP of this host
 */
export function planServers(
  draft: Draft,
  clients: readonly ClientPlan[],
  problems: Problems,
  span: ReadSpan,
): ServerPlans {
  const { design, name } = draft;
  const own = new Map<number, string>();
  const claim = (port: number, who: string, path: readonly string[]): void => {
    const other = own.get(port);
    if (other === undefined) own.set(port, who);
    else
      problems.error(
        ['nodes', name, ...path],
        'lab/port-in-use',
        `${who} of ${name} wants port ${port}, which ${other} has`,
      );
  };
  for (const [service, port] of Object.entries(design.services ?? {})) {
    if (port !== 0) claim(port, service, ['services', service]);
    const isTaken = (service === 'postgres' || service === 'http') && design[service] !== undefined;
    if (isTaken || service === 'keepalived' || draft.ucarps.some((ucarp) => ucarp.name === service))
      problems.error(
        ['nodes', name, 'services', service],
        'lab/duplicate-daemon',
        `${name} has a ${service} already: a service needs a name of its own`,
      );
  }
  let postgres = planPostgres(draft, problems, span);
  if (postgres !== null) claim(postgres.port, 'postgres', ['postgres']);
  let http = planHttp(draft, problems, span);
  if (http !== null) claim(http.port, 'http', ['http']);
  if (design.echo !== undefined) {
    checkPort(design.echo, ['nodes', name, 'echo'], problems);
    claim(design.echo, 'echo', ['echo']);
  }
  const echoPorts = new Set(design.echo === undefined ? [] : [design.echo]);
  const isFree = (kind: 'postgres' | 'http'): boolean => design.services?.[kind] === undefined;
  for (const { port, tcp } of clients) {
    if (own.has(port)) continue;
    const protocol = tcp?.speak.protocol ?? 'line';
    if (protocol === 'postgres' && postgres === null && isFree('postgres')) {
      const user = tcp?.speak.protocol === 'postgres' ? (tcp.speak.user ?? POSTGRES_USER) : POSTGRES_USER;
      postgres = { ...planOfPostgres(port), users: usersOf(user) };
    } else if (protocol === 'http' && http === null && isFree('http')) {
      http = { port, paths: null, sickStatus: SICK_STATUS, warmUp: 0 };
    } else if (protocol === 'line') echoPorts.add(port);
    else continue;
    own.set(port, protocol);
  }
  return { postgres, http, echoPorts: [...echoPorts] };
}

const usersOf = (user: string): Readonly<Record<string, PostgresAuthentication>> => ({
  postgres: 'trust',
  [user]: 'trust',
});

const planOfPostgres = (port: number): PostgresPlan => ({
  port,
  users: usersOf(POSTGRES_USER),
  databases: [],
  connections: DEFAULT_CONNECTIONS,
  warmUp: 0,
});

function planPostgres(draft: Draft, problems: Problems, span: ReadSpan): PostgresPlan | null {
  const design = draft.design.postgres;
  if (design === undefined) return null;
  const path = ['nodes', draft.name, 'postgres'];
  const plan = planOfPostgres(design.port ?? POSTGRES_PORT);
  checkPort(plan.port, [...path, 'port'], problems);
  if (design.user !== undefined && design.users !== undefined)
    problems.error([...path, 'user'], 'lab/two-users', "name everybody in 'users', or one in 'user'");
  for (const [user, method] of Object.entries(design.users ?? {})) {
    if (method !== 'trust' && method !== 'scram')
      problems.unknownName([...path, 'users', user], 'lab/unknown-word', user, String(method), [
        'trust',
        'scram',
      ]);
  }
  const connections = design.connections ?? plan.connections;
  const areEnough = Number.isInteger(connections) && connections >= LEAST_CONNECTIONS;
  if (!areEnough)
    problems.error(
      [...path, 'connections'],
      'lab/out-of-range',
      `connections are ${LEAST_CONNECTIONS} at least: three are for the user postgres`,
    );
  return {
    ...plan,
    users: design.users ?? usersOf(design.user ?? POSTGRES_USER),
    databases: design.databases ?? [],
    connections: areEnough ? connections : plan.connections,
    warmUp: span(design.ready, 0, [...path, 'ready']),
  };
}

function planHttp(draft: Draft, problems: Problems, span: ReadSpan): HttpPlan | null {
  const design = draft.design.http;
  if (design === undefined) return null;
  const path = ['nodes', draft.name, 'http'];
  const port = design.port ?? HTTP_PORT;
  checkPort(port, [...path, 'port'], problems);
  const isStatus = (status: number, key: readonly string[]): boolean => {
    if (Number.isInteger(status) && status >= 200 && status <= 599) return true;
    problems.error([...path, ...key], 'lab/out-of-range', `${status} is no HTTP status: 200 to 599`);
    return false;
  };
  for (const name of Object.keys(design.paths ?? {}))
    if (!name.startsWith('/'))
      problems.error([...path, 'paths', name], 'lab/bad-path', `'${name}' is no path: begin it with /`);
  const paths = Object.entries(design.paths ?? {}).filter(([name, status]) =>
    isStatus(status, ['paths', name]),
  );
  const sickStatus = design.sick ?? SICK_STATUS;
  return {
    port,
    paths: design.paths === undefined ? null : Object.fromEntries(paths),
    sickStatus: isStatus(sickStatus, ['sick']) ? sickStatus : SICK_STATUS,
    warmUp: span(design.ready, 0, [...path, 'ready']),
  };
}

function checkPort(port: number, path: readonly string[], problems: Problems): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    problems.error(path, 'lab/out-of-range', `${port} is no port: 1 to 65535`);
}

/** The clients that ask for a virtual address which this host may hold. */
export function clientsOfVips(
  node: string,
  clients: readonly ClientPlan[],
  vips: readonly VipPlan[],
): ClientPlan[] {
  const held = vips.filter((vip) => vip.holders.some((holder) => holder.node === node));
  const addresses = new Set<ClientPlan['target']>(held.map((vip) => vip.address));
  return clients.filter((client) => addresses.has(client.target));
}
