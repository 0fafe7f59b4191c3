import type { TcpSpeech } from '../daemon/client/tcp-client-options.js';
import { MILLISECOND, type Nanoseconds, SECOND } from '../engine/index.js';
import type { KeepAliveOptions } from '../host/tcp/socket-api.js';
import { formatIp, type IpAddress, inSubnet, inSubnetIpv6, isIpv6 } from '../wire/index.js';
import type { ClientDesign, TcpClientDesign } from './design.js';
import type { Problems } from './design-problem.js';
import { tryParseIpPort } from './ip-port.js';
import type { ClientPlan, TcpPlan } from './plan.js';
import type { Draft, ReadSpan } from './plan-draft.js';

type Path = readonly (string | number)[];

const DEFAULT_INTERVAL: Nanoseconds = 200 * MILLISECOND;
const DEFAULT_TIMEOUT: Nanoseconds = SECOND;
const DEFAULT_RETRY = { after: 100 * MILLISECOND, most: 10 * SECOND, factor: 2 } as const;
const LARGEST_POOL = 1000;
/** Beyond this a pool hardly tries again at all. */
const LARGEST_FACTOR = 100;
const SPEECHES = ['line', 'http', 'postgres'] as const;
/** Keys that only one language knows. */
const KEYS_OF_SPEECH = { path: 'http', user: 'postgres', database: 'postgres', query: 'postgres' } as const;

/** The clients of a host. */
export function planClients(draft: Draft, problems: Problems, span: ReadSpan): ClientPlan[] {
  const given = draft.design.client;
  if (given === undefined) return [];
  const designs: readonly ClientDesign[] = 'length' in given ? given : [given];
  return designs.flatMap((client, index) => {
    const path = ['nodes', draft.name, 'client', ...('length' in given ? [index] : [])];
    const key = client.connect === undefined ? 'request' : 'connect';
    if (client.connect !== undefined && (client as { request?: unknown }).request !== undefined) {
      problems.error(
        path,
        'lab/two-targets',
        'a client asks over UDP (request) or over TCP (connect), not both',
      );
      return [];
    }
    const written = client.connect ?? client.request;
    if (written === undefined) {
      problems.error(
        path,
        'lab/bad-target',
        "a client needs 'connect' (TCP) or 'request' (UDP): address:port",
      );
      return [];
    }
    const target = tryParseIpPort(written);
    if (target === undefined || (key === 'request' && isIpv6(target.address))) {
      const example = key === 'request' ? '192.168.1.100:8080' : '192.168.1.100:5432 or [2001:db8::100]:5432';
      problems.error(
        [...path, key],
        'lab/bad-target',
        `'${written}' is not address:port, such as ${example}`,
      );
      return [];
    }
    checkRoute(draft, target.address, [...path, key], problems);
    const every = span(client.every, DEFAULT_INTERVAL, [...path, 'every']);
    if (every < 1) problems.error([...path, 'every'], 'lab/bad-duration', 'a client cannot ask every 0s');
    const tcp = client.connect === undefined ? null : planTcp(client, path, problems, span);
    const timeout = span(client.timeout, DEFAULT_TIMEOUT, [...path, 'timeout']);
    if (tcp !== null && timeout < 1)
      problems.error([...path, 'timeout'], 'lab/bad-duration', 'nobody can connect in 0s');
    return [
      {
        name: index === 0 ? draft.name : `${draft.name}/${index + 1}`,
        target: target.address,
        port: target.port,
        every: Math.max(1, every),
        timeout: tcp?.kind === 'held' && client.timeout === undefined ? null : timeout,
        from: span(client.from, 0, [...path, 'from']),
        tcp,
      },
    ];
  });
}

function checkRoute(draft: Draft, target: IpAddress, path: Path, problems: Problems): void {
  if ((draft.design.routes ?? []).length > 0) return;
  const isOnLink = draft.interfaces.some(({ addresses, addressesIpv6 }) =>
    isIpv6(target)
      ? addressesIpv6.some((cidr) => inSubnetIpv6(target, cidr))
      : addresses.some((cidr) => inSubnet(target, cidr)),
  );
  if (isOnLink) return;
  problems.warning(
    path,
    'lab/no-route',
    `${draft.name} has no route to ${formatIp(target)}: it is in none of its subnets`,
  );
}

function planTcp(client: TcpClientDesign, path: Path, problems: Problems, span: ReadSpan): TcpPlan {
  const { pool, hold, userTimeout } = client;
  if (pool !== undefined && hold === false)
    problems.error([...path, 'hold'], 'lab/bad-pool', 'a pool holds its connections: leave hold out');
  const retry = pool?.retry ?? {};
  const at = [...path, 'pool', 'retry'];
  const after = span(retry.after, DEFAULT_RETRY.after, [...at, 'after']);
  const most = span(retry.most, Math.max(DEFAULT_RETRY.most, after), [...at, 'most']);
  const factor = retry.factor ?? DEFAULT_RETRY.factor;
  if (after < 1 || most < after)
    problems.error(
      at,
      'lab/bad-pool',
      "a pool tries again after 1ns at least, and 'most' is not sooner than 'after'",
    );
  if (!(factor >= 1 && factor <= LARGEST_FACTOR))
    problems.error([...at, 'factor'], 'lab/out-of-range', `factor is 1 to ${LARGEST_FACTOR}`);
  const size = pool?.size ?? 1;
  const isSize = Number.isInteger(size) && size >= 1 && size <= LARGEST_POOL;
  if (!isSize)
    problems.error(
      [...path, 'pool', 'size'],
      'lab/out-of-range',
      `a pool has 1 to ${LARGEST_POOL} connections`,
    );
  const unacknowledged =
    userTimeout === undefined ? null : span(userTimeout, SECOND, [...path, 'userTimeout']);
  if (unacknowledged !== null && unacknowledged < MILLISECOND)
    problems.error([...path, 'userTimeout'], 'lab/bad-duration', 'userTimeout is 1ms at least');
  return {
    kind: pool !== undefined ? 'pool' : hold === true ? 'held' : 'short',
    size: isSize ? size : 1,
    retry:
      after >= 1 && most >= after && factor >= 1 && factor <= LARGEST_FACTOR
        ? { after, most, factor }
        : DEFAULT_RETRY,
    speak: planSpeech(client, path, problems),
    keepAlive: planKeepAlive(client.keepAlive, [...path, 'keepAlive'], problems, span),
    userTimeout: unacknowledged,
  };
}

function planSpeech(client: TcpClientDesign, path: Path, problems: Problems): TcpSpeech {
  const speak: string = client.speak ?? 'line';
  if (!SPEECHES.some((known) => known === speak))
    problems.unknownName([...path, 'speak'], 'lab/unknown-word', 'speak', speak, SPEECHES);
  for (const [key, protocol] of Object.entries(KEYS_OF_SPEECH)) {
    if (client[key as keyof typeof KEYS_OF_SPEECH] !== undefined && speak !== protocol)
      problems.error([...path, key], 'lab/other-protocol', `'${key}' belongs to speak: ${protocol}`);
  }
  const { path: resource, user, database, query } = client;
  if (speak === 'http') {
    if (resource !== undefined && !/^\/[!-~]*$/.test(resource))
      problems.error([...path, 'path'], 'lab/bad-path', `'${resource}' is no path: begin it with /`);
    return { protocol: 'http', ...(resource === undefined ? {} : { path: resource }) };
  }
  if (speak !== 'postgres') return { protocol: 'line' };
  for (const [key, text] of Object.entries({ user, database, query }))
    if (text === '' || text?.includes('\0') === true)
      problems.error([...path, key], 'lab/bad-word', `'${key}' is empty, or has a zero byte inside`);
  return {
    protocol: 'postgres',
    ...(user === undefined ? {} : { user }),
    ...(database === undefined ? {} : { database }),
    ...(query === undefined ? {} : { query }),
  };
}

function planKeepAlive(
  given: TcpClientDesign['keepAlive'],
  path: Path,
  problems: Problems,
  span: ReadSpan,
): KeepAliveOptions | null {
  if (given === undefined || given === false) return null;
  if (given === true) return {};
  const { idle, interval, count } = given;
  const spanOf = (key: 'idle' | 'interval', input: typeof idle): Partial<Record<typeof key, Nanoseconds>> => {
    if (input === undefined) return {};
    const value = span(input, SECOND, [...path, key]);
    // tcp(7) counts them in seconds.
    if (value < SECOND || value > LONGEST_KEEPALIVE)
      problems.error([...path, key], 'lab/bad-duration', `'${key}' is 1s to 32767s`);
    return { [key]: value };
  };
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= MOST_PROBES))
    problems.error([...path, 'count'], 'lab/out-of-range', `count is 1 to ${MOST_PROBES}`);
  return {
    ...spanOf('idle', idle),
    ...spanOf('interval', interval),
    ...(count === undefined ? {} : { count }),
  };
}

/** MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL (Linux include/net/tcp.h). */
const LONGEST_KEEPALIVE: Nanoseconds = 32_767 * SECOND;
/** MAX_TCP_KEEPCNT. */
const MOST_PROBES = 127;
