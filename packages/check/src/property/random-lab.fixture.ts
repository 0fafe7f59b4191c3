import type { ActionDesign, ClientDesign, HostDesign, LabDesign } from '@viplab/core';
import fc from 'fast-check';

const VIP = '192.168.1.100';

/** What a node's keepalived.conf says beside the usual. */
interface Taste {
  readonly priority: number;
  readonly nopreempt: boolean;
  readonly refresh: number;
  readonly vmac: boolean;
}

const conf = ({ priority, nopreempt, refresh, vmac }: Taste): string => `
vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    ${nopreempt ? 'nopreempt' : ''}
    ${refresh === 0 ? '' : `garp_master_refresh ${refresh}`}
    ${vmac ? 'use_vmac' : ''}
    virtual_ipaddress {
        ${VIP}/24
    }
}
`;

const taste: fc.Arbitrary<Taste> = fc.record({
  priority: fc.constantFrom(150, 150, 100, 100, 50),
  nopreempt: fc.boolean(),
  refresh: fc.constantFrom(0, 0, 1, 2),
  vmac: fc.constantFrom(false, false, false, true),
});

/** An action whose instant is still open. */
export type Deed = Omit<ActionDesign, 'at'>;

/** A fault and its repair, or one alone. */
const deeds = (nodes: readonly string[]): fc.Arbitrary<readonly Deed[]> => {
  const node = fc.constantFrom(...nodes);
  const two = fc.shuffledSubarray([...nodes], { minLength: 2, maxLength: 2 });
  const keepalived = { daemon: 'keepalived' };
  return fc.oneof(
    node.map((name): Deed[] => [
      { do: 'power-off', node: name },
      { do: 'power-on', node: name },
    ]),
    node.map((name): Deed[] => [
      { do: 'unplug', node: name },
      { do: 'plug', node: name },
    ]),
    node.map((name): Deed[] => [
      { do: 'stop', node: name, ...keepalived },
      { do: 'start', node: name, ...keepalived },
    ]),
    node.map((name): Deed[] => [
      { do: 'kill-9', node: name, ...keepalived },
      { do: 'start', node: name, ...keepalived },
    ]),
    node.map((name): Deed[] => [
      { do: 'freeze', node: name },
      { do: 'thaw', node: name },
    ]),
    node.map((name): Deed[] => [
      { do: 'freeze', node: name, ...keepalived },
      { do: 'thaw', node: name, ...keepalived },
    ]),
    node.map((name): Deed[] => [{ do: 'silent-cut', node: name }, { do: 'heal' }]),
    two.map(([from, to]): Deed[] => [
      { do: 'one-way-loss', from: from ?? '', to: to ?? '', only: 'vrrp' },
      { do: 'heal' },
    ]),
    fc.constant<Deed[]>([{ do: 'drop-multicast', node: 'sw1' }, { do: 'heal' }]),
    fc
      .tuple(node, fc.constantFrom('vrrp', 'arp'))
      .map(([name, only]): Deed[] => Array(4).fill({ do: 'lose-next', node: name, only })),
    fc.constant<Deed[]>([{ do: 'flush-neighbours', node: 'c1' }]),
  );
};

const instant = fc.integer({ min: 0, max: 24_000 }).map((ms) => `${ms}ms` as const);

/** Faults of some kinds at random instants, each with its repair or without. */
export const actionsOf = (deeds: fc.Arbitrary<readonly Deed[]>): fc.Arbitrary<ActionDesign[]> =>
  fc
    .array(
      deeds.chain((all) =>
        fc
          .tuple(fc.array(instant, { minLength: all.length, maxLength: all.length }), fc.nat(all.length))
          .map(([times, kept]) =>
            // A burst of losses comes at once.
            (all[0]?.do === 'lose-next' ? times.map(() => times[0] ?? '0ms') : [...times])
              .sort((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
              .map((at, index): ActionDesign => ({ at, ...(all[index] as Deed) }))
              .slice(0, all[0]?.do === 'lose-next' ? all.length : Math.max(1, kept)),
          ),
      ),
      { maxLength: 3 },
    )
    .map((lists) => lists.flat());

/** A pair or a triple with a client, and faults of all kinds at random instants. */
export const randomDesign: fc.Arbitrary<LabDesign> = fc
  .tuple(
    fc.array(taste, { minLength: 2, maxLength: 3 }),
    fc.boolean(),
    fc.array(fc.nat(4000), { maxLength: 3 }),
  )
  .chain(([tastes, isEqual, starts]) => {
    const names = tastes.map((_, index) => `n${index + 1}`);
    const nodes = Object.fromEntries(
      tastes.map((each, index): [string, HostDesign] => {
        const start = starts[index] ?? 0;
        return [
          names[index] as string,
          {
            address: `192.168.1.${11 + index}/24`,
            keepalived: conf(isEqual ? { ...each, priority: 150 } : each),
            ...(start === 0 ? {} : { start: `${start}ms` as const }),
          },
        ];
      }),
    );
    return actionsOf(deeds(names)).map(
      (schedule): LabDesign => ({
        name: 'random',
        nodes: {
          ...nodes,
          sw1: { kind: 'switch' },
          c1: { address: '192.168.1.50/24', client: { request: `${VIP}:8080`, every: '230ms' } },
        },
        schedule,
        duration: '50s',
      }),
    );
  });

const tcpClient: fc.Arbitrary<ClientDesign> = fc
  .record({
    speak: fc.constantFrom('line', 'http', 'postgres'),
    every: fc.constantFrom('110ms', '230ms', '1900ms', '7s'),
    timeout: fc.constantFrom(null, '700ms', '3s'),
    userTimeout: fc.constantFrom(null, null, '4s'),
    kind: fc.constantFrom('short', 'held', 'held', 'pool'),
  })
  .map(
    ({ speak, every, timeout, userTimeout, kind }): ClientDesign => ({
      connect: `${VIP}:8080`,
      speak,
      every,
      ...(timeout === null ? {} : { timeout }),
      ...(userTimeout === null ? {} : { userTimeout }),
      ...(kind === 'held' ? { hold: true } : kind === 'pool' ? { pool: { size: 3 } } : {}),
    }),
  );

/** The same with a client of its own kind: over UDP, or over TCP with short, held or pooled connections. */
export const randomClientDesign: fc.Arbitrary<LabDesign> = fc
  .tuple(
    randomDesign,
    fc.oneof(tcpClient, tcpClient, fc.constant<ClientDesign>({ request: `${VIP}:8080`, every: '230ms' })),
  )
  .map(([design, client]) => ({
    ...design,
    nodes: { ...design.nodes, c1: { address: '192.168.1.50/24', client } },
  }));
