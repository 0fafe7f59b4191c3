import { CARP_SYSTEMS, type CarpSystem, defineLab, type HostDesign, isOpenBsd, type Lab } from '@viplab/core';
import * as fc from 'fast-check';
import { familiar, seldom } from './familiar.js';
import { printable } from './lab.js';

/** The address that is shared. */
const VIP = '192.168.1.100';
/** Kernels of a lab if nothing else is said. */
const MOST_KERNELS = 4;

/** What people write, then everything else that a kernel takes (ip_carp.c: 0 to 254). */
const USUAL: readonly [number, ...number[]] = [0, 100, 200, 50, 1, 10, 20, 240, 254];
const ALL: readonly [number, ...number[]] = [
  ...USUAL,
  ...Array.from({ length: 255 }, (_, skew) => skew).filter((skew) => !USUAL.includes(skew)),
];

/** An advskew as people set it, equal ones often enough; shrinks to 0. */
export const skew = (): fc.Arbitrary<number> => familiar(ALL);

/** What labs of CARP may be drawn. */
export interface CarpLabOptions {
  /** How many kernels share the address; default 2 to 4. */
  readonly kernels?: { readonly min?: number; readonly max?: number };
  /** Whose; default any, the same on all nodes or not. */
  readonly systems?: readonly CarpSystem[];
}

interface Settings {
  readonly system: CarpSystem;
  readonly skew: number;
  readonly advbase: number;
  readonly preempt: boolean;
  readonly password: string;
}

/**
 * Labs of kernels that share 192.168.1.100 by CARP, on one switch, with a client that asks it: systems, skews, intervals and
 * `preempt` as people set them, now and then one that was forgotten on a node. Shrinks to two OpenBSD kernels of equal
 * skews. Printed as `defineLab({…})`.
 */
export function carpLab(options: CarpLabOptions = {}): fc.Arbitrary<Lab> {
  const { kernels = {}, systems = CARP_SYSTEMS } = options;
  const [first, ...others] = systems;
  if (first === undefined) throw new RangeError(`systems is empty: name ${CARP_SYSTEMS.join(', ')}`);
  const { min = 2, max = Math.max(min, MOST_KERNELS) } = kernels;
  const own = fc.record({
    skew: skew(),
    isOther: seldom(false, true),
    isSlipped: seldom(false, true),
  });
  return fc
    .record({
      system: fc.constantFrom(first, ...others),
      other: fc.constantFrom(first, ...others),
      advbase: seldom(1, 2, 3),
      preempt: fc.boolean(),
      slip: fc.constantFrom<Partial<Settings>[]>({ password: 'typo' }, { advbase: 5 }),
      nodes: fc.array(own, { minLength: min, maxLength: max }),
    })
    .map(({ system, other, advbase, preempt, slip, nodes }) => {
      const hosts = nodes.map((node, index): [string, HostDesign] => {
        const name = `n${index + 1}`;
        const set: Settings = {
          ...{ system: node.isOther ? other : system, skew: node.skew, advbase, preempt },
          password: 'secret',
          ...(node.isSlipped ? slip : {}),
        };
        return [name, hostOf(name, `192.168.1.${index + 11}`, set)];
      });
      return printable(
        defineLab({
          name: 'drawn-carp',
          nodes: {
            sw1: { kind: 'switch' },
            ...Object.fromEntries(hosts),
            c1: { address: '192.168.1.50/24', client: { request: `${VIP}:8080` } },
          },
        }),
      );
    });
}

/** A host with its files: hostname.if(5) of OpenBSD, rc.conf of FreeBSD, and sysctl.conf. */
function hostOf(name: string, address: string, set: Settings): HostDesign {
  const { system, skew: advskew, advbase, preempt, password } = set;
  const words = `vhid 1 advbase ${advbase} advskew ${advskew} pass ${password}`;
  const nic = `ifconfig_em0="inet ${address}/24"`;
  const files: Record<string, string> = isOpenBsd(system)
    ? {
        [`${name}/hostname.em0`]: `inet ${address} 255.255.255.0 NONE\n`,
        [`${name}/hostname.carp0`]: `inet ${VIP} 255.255.255.0 NONE carpdev em0 ${words}\n`,
      }
    : system === 'freebsd-9'
      ? { [`${name}/rc.conf`]: `${nic}\ncloned_interfaces="carp0"\nifconfig_carp0="${words} ${VIP}/24"\n` }
      : { [`${name}/rc.conf`]: `${nic}\nifconfig_em0_alias0="inet ${words} alias ${VIP}/32"\n` };
  return {
    system,
    carp: { files: { ...files, [`${name}/sysctl.conf`]: `net.inet.carp.preempt=${preempt ? 1 : 0}\n` } },
  };
}
