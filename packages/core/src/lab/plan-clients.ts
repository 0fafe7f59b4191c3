import { MILLISECOND, SECOND } from '../engine/index.js';
import { inSubnet, tryParseIpv4 } from '../wire/index.js';
import type { ClientDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { ClientPlan, VipPlan } from './plan.js';
import type { Draft, ReadSpan } from './plan-draft.js';

/** The clients of a host. */
export function planClients(draft: Draft, problems: Problems, span: ReadSpan): ClientPlan[] {
  const given = draft.design.client;
  if (given === undefined) return [];
  const designs: readonly ClientDesign[] = 'length' in given ? given : [given];
  return designs.flatMap((client, index) => {
    const path = ['nodes', draft.name, 'client', ...('length' in given ? [index] : [])];
    const [host = '', port = ''] = client.request.split(':', 2);
    const target = tryParseIpv4(host);
    const portNumber = Number(port);
    if (target === undefined || !Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65_535) {
      problems.error(
        [...path, 'request'],
        'lab/bad-target',
        `'${client.request}' is not address:port, such as 192.168.1.100:8080`,
      );
      return [];
    }
    const isReachable =
      draft.interfaces.some((face) => face.addresses.some((cidr) => inSubnet(target, cidr))) ||
      (draft.design.routes ?? []).length > 0;
    if (!isReachable) {
      problems.warning(
        [...path, 'request'],
        'lab/no-route',
        `${draft.name} has no route to ${host}: it is in none of its subnets`,
      );
    }
    const every = span(client.every, 200 * MILLISECOND, [...path, 'every']);
    if (every < 1) problems.error([...path, 'every'], 'lab/bad-duration', 'a client cannot ask every 0s');
    return [
      {
        name: index === 0 ? draft.name : `${draft.name}/${index + 1}`,
        target,
        port: portNumber,
        every: Math.max(1, every),
        timeout: span(client.timeout, SECOND, [...path, 'timeout']),
        from: span(client.from, 0, [...path, 'from']),
      },
    ];
  });
}

/** The ports on which clients ask for a virtual address. */
export function echoPortsOf(clients: readonly ClientPlan[], vips: readonly VipPlan[]): number[] {
  const targets = new Set(vips.map((vip) => vip.address));
  return [...new Set(clients.filter((client) => targets.has(client.target)).map((client) => client.port))];
}
