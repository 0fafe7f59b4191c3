import { MICROSECOND, type Nanoseconds, parseDuration, SECOND } from '../engine/index.js';
import type { EventFields, EventName, TraceEvent } from '../trace/index.js';
import type { ClientFacts, RunFacts, VipFacts } from './run-facts.js';

/** `at('13.084')` in ns. */
export const at = (seconds: `${number}`): Nanoseconds => parseDuration(`${seconds}s` as `${number}s`);

export const WRITE = '192.168.1.100';
export const READ = '192.168.1.101';
export const MAC: Readonly<Record<string, string>> = {
  n1: '02:00:00:00:01:01',
  n2: '02:00:00:00:01:02',
  n3: '02:00:00:00:01:03',
};

/** Writes a trace by hand. Events may be added in any order. */
export class HandMadeTrace {
  private readonly written: TraceEvent[] = [];

  add<N extends EventName>(time: Nanoseconds, name: N, node: string, fields: EventFields[N]): this {
    this.written.push({ time, name, node, ...fields } as unknown as TraceEvent);
    return this;
  }

  owners(time: Nanoseconds, address: string, ...owners: string[]): this {
    return this.add(time, 'vip.owner', owners[0] ?? '', { address, owners });
  }

  lands(
    time: Nanoseconds,
    client: string,
    address: string,
    node: string | null,
    was: string | null = null,
  ): this {
    return this.add(time, 'vip.landed', client, { address, at: node, was });
  }

  cause(time: Nanoseconds, action: string, target: string, detail = '', disruptive = true): this {
    return this.add(time, 'cause.began', target, { action, target, disruptive, detail });
  }

  /** Attempts of a client every 200 ms from one instant up to another, all answered by one node or all timed out. */
  asks(client: string, address: string, from: Nanoseconds, until: Nanoseconds, by: string | null): this {
    for (let sentAt = from, attempt = 1; sentAt < until; sentAt += SECOND / 5, attempt++) {
      const result = by === null ? ('timeout' as const) : ('ok' as const);
      const time = sentAt + (by === null ? SECOND : 200 * MICROSECOND);
      this.add(time, 'client.result', client, {
        client,
        server: `${address}:8080`,
        attempt,
        result,
        by,
        sentAt,
        connection: null,
        stage: 'reply',
        detail: null,
      });
    }
    return this;
  }

  adverts(node: string, instance: string, priority: number, from: Nanoseconds, until: Nanoseconds): this {
    for (let time = from; time < until; time += SECOND) {
      this.add(time, 'vrrp.advert-sent', node, {
        instance,
        vrid: 51,
        priority,
        interval: SECOND,
        destination: '224.0.0.18',
      });
    }
    return this;
  }

  announces(time: Nanoseconds, node: string, address: string, count = 5): this {
    for (let index = 0; index < count; index++) {
      this.add(time + index * MICROSECOND, 'arp.announced', node, {
        interface: 'eth0',
        address,
        mac: MAC[node] ?? '',
        op: 'request',
      });
    }
    return this;
  }

  /** All that a daemon does when it becomes master, but for the change of owners. */
  master(time: Nanoseconds, node: string, instance: string, priority: number, address: string): this {
    return this.add(time, 'vrrp.timeout', node, { instance, master: null })
      .add(time, 'vrrp.state', node, { instance, from: 'BACKUP', to: 'MASTER', priority })
      .add(time, 'address.added', node, { interface: 'eth0', address, prefixLength: 32 })
      .announces(time, node, address);
  }

  backup(time: Nanoseconds, node: string, instance: string, priority: number): this {
    return this.add(time, 'vrrp.state', node, { instance, from: 'INIT', to: 'BACKUP', priority });
  }

  learns(time: Nanoseconds, client: string, address: string, node: string, was: string | null): this {
    const mac = MAC[node] ?? null;
    return this.add(time, 'arp.learned', client, {
      interface: 'eth0',
      address,
      mac,
      was: was === null ? null : (MAC[was] ?? null),
    });
  }

  /** In order of time, those of one instant as they were written. */
  get events(): TraceEvent[] {
    return this.written.toSorted((one, other) => one.time - other.time);
  }
}

/** A VIP with the budgets of 1 s adverts and 50 us links. */
export function vipFacts(
  address: string,
  name: string,
  priorities: Readonly<Record<string, number>>,
): VipFacts {
  return {
    address,
    instances: Object.entries(priorities).map(([node, priority]) => ({
      node,
      name,
      protocol: 'vrrp',
      vhid: null,
      priority,
      advertIntervalNs: SECOND,
      masterDownNs: 3 * SECOND + Math.floor(((256 - priority) * SECOND) / 256),
    })),
    settlingNs: 5 * SECOND,
    dualBudgetNs: 200 * MICROSECOND,
    headlessBudgetNs: at('3.609475'),
  };
}

const ASKING: ClientFacts = { name: 'c1', node: 'c1', target: WRITE };

/** A pair of nodes, one VIP, one client, ten seconds; to be varied. */
export function pairFacts(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    name: 'pair',
    nodes: [
      { name: 'n1', kind: 'host', address: '192.168.1.11' },
      { name: 'n2', kind: 'host', address: '192.168.1.12' },
      { name: 'c1', kind: 'host', address: '192.168.1.50' },
      { name: 'sw1', kind: 'switch' },
    ],
    vips: [vipFacts(WRITE, 'VI_1', { n1: 150, n2: 100 })],
    clients: [ASKING],
    duration: 100 * SECOND,
    seed: 1,
    token: 'vl2-7q2mzk4d-s1',
    inferred: [],
    latencyNs: 100 * MICROSECOND,
    schedule: [],
    ...changes,
  };
}

/** Two crossed VIPs; n1 loses power at 10 s and returns at 25 s. */
export function powerOffStory(): { readonly facts: RunFacts; readonly events: TraceEvent[] } {
  const elected = at('3.4750625');
  const taken = at('13.0844375');
  const back = at('28.5120625');
  const read = at('3.5020625');
  const end = at('45');
  const cable = 50 * MICROSECOND;
  const trace = new HandMadeTrace();
  for (const instance of ['VI_WRITE', 'VI_READ']) {
    trace.backup(at('0.061'), 'n1', instance, instance === 'VI_WRITE' ? 150 : 100);
    trace.backup(at('0.088'), 'n2', instance, instance === 'VI_WRITE' ? 100 : 150);
    trace.backup(at('25.098'), 'n1', instance, instance === 'VI_WRITE' ? 150 : 100);
  }
  trace
    .master(elected, 'n1', 'VI_WRITE', 150, WRITE)
    .owners(elected, WRITE, 'n1')
    .adverts('n1', 'VI_WRITE', 150, elected, at('10'))
    .lands(elected + cable, 'c1', WRITE, 'n1')
    .learns(elected + cable, 'c1', WRITE, 'n1', null)
    .announces(elected + 5 * SECOND, 'n1', WRITE)
    .master(read, 'n2', 'VI_READ', 150, READ)
    .owners(read, READ, 'n2')
    .adverts('n2', 'VI_READ', 150, read, end)
    .lands(read + cable, 'c1', READ, 'n2')
    .learns(read + cable, 'c1', READ, 'n2', null)
    .announces(read + 5 * SECOND, 'n2', READ);
  trace
    .cause(at('10'), 'power-off', 'n1')
    .add(at('10'), 'node.power', 'n1', { on: false })
    .owners(at('10'), WRITE)
    .add(at('10'), 'cam.forgotten', 'sw1', {
      vlan: 1,
      mac: '02:00:00:00:01:01',
      port: 'n1',
      reason: 'port-down',
    })
    .lands(at('10'), 'c1', WRITE, null, 'n1');
  trace
    .master(taken, 'n2', 'VI_WRITE', 100, WRITE)
    .owners(taken, WRITE, 'n2')
    .adverts('n2', 'VI_WRITE', 100, taken, back)
    .lands(taken + cable, 'c1', WRITE, 'n2')
    .learns(taken + cable, 'c1', WRITE, 'n2', 'n1')
    .announces(taken + 5 * SECOND, 'n2', WRITE);
  trace
    .cause(at('25'), 'power-on', 'n1')
    .add(at('25'), 'node.power', 'n1', { on: true })
    .master(back, 'n1', 'VI_WRITE', 150, WRITE)
    .owners(back, WRITE, 'n1', 'n2')
    .adverts('n1', 'VI_WRITE', 150, back, end)
    .add(back + cable, 'vrrp.yielded', 'n2', {
      instance: 'VI_WRITE',
      to: '192.168.1.11',
      priority: 150,
      reason: 'higher-priority',
    })
    .add(back + cable, 'vrrp.state', 'n2', {
      instance: 'VI_WRITE',
      from: 'MASTER',
      to: 'BACKUP',
      priority: 100,
    })
    .lands(back + cable, 'c1', WRITE, 'n1', 'n2')
    .learns(back + cable, 'c1', WRITE, 'n1', 'n2')
    .owners(back + 2 * cable, WRITE, 'n1')
    .announces(back + 5 * SECOND, 'n1', WRITE);
  trace
    .asks('c1', WRITE, at('0.145'), at('3.5'), null)
    .asks('c1', WRITE, at('3.545'), at('10'), 'n1')
    .asks('c1', WRITE, at('10.145'), at('13.0844375'), null)
    .asks('c1', WRITE, at('13.145'), back, 'n2')
    .asks('c1', WRITE, at('28.545'), end, 'n1')
    .asks('c1', READ, at('0.158'), at('3.5'), null)
    .asks('c1', READ, at('3.558'), end, 'n2');
  trace
    .add(at('0.061'), 'daemon.log', 'n1', { daemon: 'keepalived', line: '(VI_WRITE) Entering BACKUP STATE' })
    .add(elected, 'daemon.log', 'n1', { daemon: 'keepalived', line: '(VI_WRITE) Entering MASTER STATE' })
    .add(taken, 'daemon.log', 'n2', { daemon: 'keepalived', line: '(VI_WRITE) Entering MASTER STATE' });
  const facts = pairFacts({
    name: null,
    vips: [
      vipFacts(WRITE, 'VI_WRITE', { n1: 150, n2: 100 }),
      vipFacts(READ, 'VI_READ', { n1: 100, n2: 150 }),
    ],
    clients: [ASKING, { ...ASKING, target: READ }],
    duration: end,
    schedule: [
      { time: at('10'), action: 'power-off', target: 'n1' },
      { time: at('25'), action: 'power-on', target: 'n1' },
    ],
    inferred: [
      {
        what: 'nodes',
        value: 'n1 192.168.1.11, n2 192.168.1.12',
        why: "named by folder, addresses from the VIPs' /24",
      },
      { what: 'network', value: 'one switch sw1, links 50 µs, no loss, carrier seen', why: '' },
      { what: 'client', value: 'c1 192.168.1.50, udp to .100 and .101 port 8080, one every 200 ms', why: '' },
      {
        what: 'daemon',
        value: 'keepalived 2.2.7, ready 61 ms (n1), 88 ms (n2) after start',
        why: 'by seed: 30 to 150 ms',
      },
    ],
  });
  return { facts, events: trace.events };
}

/** Equal priorities, multicast lost from the start, both claim the VIP every 5 s. */
export function multicastLostStory(): { readonly facts: RunFacts; readonly events: TraceEvent[] } {
  const n2 = at('3.4840625');
  const n1 = at('3.5020625');
  const end = at('30');
  const cable = 50 * MICROSECOND;
  const trace = new HandMadeTrace()
    .cause(0, 'drop-multicast', 'sw1', 'sw1 passes no 224.0.0.18 between n1 and n2; ARP and UDP pass')
    .backup(at('0.070'), 'n2', 'VI_1', 150)
    .backup(at('0.088'), 'n1', 'VI_1', 150)
    .master(n2, 'n2', 'VI_1', 150, WRITE)
    .owners(n2, WRITE, 'n2')
    .adverts('n2', 'VI_1', 150, n2, end)
    .lands(n2 + cable, 'c1', WRITE, 'n2')
    .learns(n2 + cable, 'c1', WRITE, 'n2', null)
    .master(n1, 'n1', 'VI_1', 150, WRITE)
    .owners(n1, WRITE, 'n1', 'n2')
    .adverts('n1', 'VI_1', 150, n1, end)
    .lands(n1 + cable, 'c1', WRITE, 'n1', 'n2')
    .learns(n1 + cable, 'c1', WRITE, 'n1', 'n2')
    .asks('c1', WRITE, at('0.1'), n2, null)
    .asks('c1', WRITE, at('3.5'), end, 'n1');
  for (let round = 1; n1 + round * 5 * SECOND < end; round++) {
    for (const [node, first, was] of [
      ['n2', n2, 'n1'],
      ['n1', n1, 'n2'],
    ] as const) {
      const time = first + round * 5 * SECOND;
      trace
        .announces(time, node, WRITE, 1)
        .lands(time + cable, 'c1', WRITE, node, was)
        .learns(time + cable, 'c1', WRITE, node, was);
    }
  }
  const facts = pairFacts({
    name: 'equal-priority-flux/multicast-lost',
    vips: [vipFacts(WRITE, 'VI_1', { n1: 150, n2: 150 })],
    duration: end,
    token: 'vl2-2d8xw0ra-s1',
    schedule: [{ time: 0, action: 'drop-multicast', target: 'sw1' }],
    expected: { words: ['flux', 'dual'], where: 'multicast-lost.yaml:14:10' },
  });
  return { facts, events: trace.events };
}
