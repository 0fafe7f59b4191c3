import type { DurationText, HostDesign, LinkDesign, SwitchDesign } from '@viplab/core';
import * as fc from 'fast-check';

/** Machines and cables before anybody configures them. */
export interface Topology {
  /** Hosts that shall share an address: n1, n2 … with 192.168.1.11, .12 …, in the order of their addresses. */
  readonly routers: readonly string[];
  /** A host that asks, 192.168.1.50. */
  readonly client: string;
  readonly nodes: Readonly<Record<string, SwitchDesign | HostDesign>>;
  readonly links: readonly LinkDesign[];
}

/** How large a topology may be. */
export interface TopologyOptions {
  /** How many routers; default 2 to 4. */
  readonly routers?: { readonly min: number; readonly max: number };
  /** How many switches at most; default 2, joined by a cable. */
  readonly switches?: number;
}

/** One way over a cable: in the rack, over a campus, between cities (5 µs per km of fibre). */
const DELAYS: readonly [DurationText, ...DurationText[]] = ['50us', '500us', '2ms'];
/** The last addresses of 192.168.1.0/24 that are taken by others begin at 50. */
const MOST_ROUTERS = 39;

/**
 * Two to four routers and a client on one switch or on two in a row. Shrinks to two routers on one switch with quick cables.
 *
 * @throws RangeError if the sizes are none
 */
export function topology(options: TopologyOptions = {}): fc.Arbitrary<Topology> {
  const { routers = { min: 2, max: 4 }, switches = 2 } = options;
  const { min, max } = routers;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min || max > MOST_ROUTERS)
    throw new RangeError(
      `${min} to ${max} routers: write whole numbers of 1 to ${MOST_ROUTERS}, the smaller first`,
    );
  if (!Number.isInteger(switches) || switches < 1)
    throw new RangeError(`${switches} switches: write a whole number of 1 or more`);
  const place = fc.record({ at: fc.nat(switches - 1), delay: fc.constantFrom(...DELAYS) });
  return fc
    .record({ routers: fc.array(place, { minLength: min, maxLength: max, size: 'max' }), client: place })
    .map(({ routers: places, client }) => build(places, client));
}

interface Place {
  readonly at: number;
  readonly delay: DurationText;
}

function build(places: readonly Place[], client: Place): Topology {
  // Switches that nobody is on are not there; the others keep their order.
  const used = [...new Set([...places, client].map(({ at }) => at))].sort((one, other) => one - other);
  const switchOf = ({ at }: Place): string => `sw${used.indexOf(at) + 1}`;
  const routers = places.map((_, index) => `n${index + 1}`);
  const cable = (name: string, place: Place): LinkDesign =>
    place.delay === DELAYS[0]
      ? [name, switchOf(place)]
      : { between: [name, switchOf(place)], delay: place.delay };
  return {
    routers,
    client: 'c1',
    nodes: {
      ...Object.fromEntries(used.map((_, index) => [`sw${index + 1}`, { kind: 'switch' as const }])),
      ...Object.fromEntries(routers.map((name, index) => [name, { address: `192.168.1.${index + 11}/24` }])),
      c1: { address: '192.168.1.50/24' },
    },
    links: [
      ...used.slice(1).map((_, index): LinkDesign => [`sw${index + 1}`, `sw${index + 2}`]),
      ...places.map((place, index) => cable(`n${index + 1}`, place)),
      cable('c1', client),
    ],
  };
}
