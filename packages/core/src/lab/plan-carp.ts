import { readCarpFiles } from '../daemon/carp/configuration/read-carp-files.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import type { DurationInput } from '../engine/index.js';
import { CARP_SYSTEMS, carpInstanceName } from '../host/carp/carp-config.js';
import {
  advertInterval,
  masterDownInterval,
  vrrpAdvertInterval,
  vrrpMasterDownInterval,
} from '../host/carp/carp-timers.js';
import type { IpAddress } from '../wire/index.js';
import type { CarpDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { CarpPlan, HolderPlan } from './plan.js';
import type { Draft, ReadSpan } from './plan-draft.js';

const SYSTEMS: readonly string[] = ['linux', ...CARP_SYSTEMS];

/** Reads the files that configure CARP in a host's kernel, and takes the NICs over that they name. */
export function planCarp(
  draft: Draft,
  problems: Problems,
  diagnostics: Diagnostic[],
  span: ReadSpan,
): CarpPlan | null {
  const { name, design } = draft;
  const { system } = design;
  if (system !== undefined && !SYSTEMS.includes(system))
    problems.unknownName(['nodes', name, 'system'], 'lab/unknown-word', 'system', system, SYSTEMS);
  const given = design.carp;
  if (given === undefined) return null;
  const path = ['nodes', name, 'carp'];
  if (system === 'linux') {
    problems.error(
      path,
      'lab/no-carp',
      'Linux has no CARP in its kernel: run ucarp, or say whose kernel it is',
    );
    return null;
  }
  const carp: CarpDesign = typeof given === 'string' ? { files: { [`${name}/carp`]: given } } : given;
  const read = readCarpFiles(carp.files, {
    ...(system === undefined ? {} : { system }),
    ...(design.interfaces === undefined ? {} : { interfaces: Object.keys(design.interfaces) }),
  });
  diagnostics.push(...(carp.likeDaemon === true ? read.diagnostics.map(asWarning) : read.diagnostics));
  draft.nics = read.nics;
  if (read.config.interfaces.length === 0 && !read.diagnostics.some(({ severity }) => severity === 'error'))
    problems.warning(path, 'lab/no-instance', `${Object.keys(carp.files).join(', ')}: no vhid is configured`);
  return {
    config: read.config,
    ready: readRange(carp.ready, { min: 0, max: 0 }, [...path, 'ready'], problems, span),
    timers: carp.timers ?? 'ideal',
    rc: span(carp.rc, 0, [...path, 'rc']),
  };
}

/** What the system says and goes on from. */
const asWarning = (diagnostic: Diagnostic): Diagnostic =>
  diagnostic.severity === 'error' ? { ...diagnostic, severity: 'warning' } : diagnostic;

/** A span or a range of a design. */
export function readRange(
  given: DurationInput | readonly [DurationInput, DurationInput] | undefined,
  otherwise: { readonly min: number; readonly max: number },
  path: readonly (string | number)[],
  problems: Problems,
  span: ReadSpan,
): { readonly min: number; readonly max: number } {
  if (given === undefined) return otherwise;
  const [from, to] = typeof given === 'object' && 'length' in given ? given : [given, given];
  const range = { min: span(from, 0, path), max: span(to, 0, path) };
  if (range.min > range.max) problems.error(path, 'lab/bad-range', 'the range ends before it begins');
  return range;
}

/** The virtual addresses of a kernel's CARP with the virtual hosts that may hold them. */
export function carpHolders(draft: Pick<Draft, 'name' | 'carp'>): (readonly [IpAddress, HolderPlan])[] {
  const { carp, name } = draft;
  if (carp === null) return [];
  const { system } = carp.config;
  return carp.config.interfaces.flatMap((iface) =>
    iface.nodes.flatMap((node) => {
      const { advskew } = node;
      const { vrrp, advbase } = iface;
      const holder: HolderPlan = {
        node: name,
        instance: carpInstanceName(iface, node),
        ...(vrrp === null
          ? {
              protocol: 'carp',
              priority: advskew,
              advertInterval: advertInterval(system, advbase, advskew),
              masterDownInterval: masterDownInterval(system, advbase, advskew),
            }
          : {
              protocol: 'vrrp',
              priority: vrrp.priority,
              advertInterval: vrrpAdvertInterval(vrrp.intervalCs),
              masterDownInterval: vrrpMasterDownInterval(vrrp.priority, vrrp.intervalCs),
            }),
      };
      return iface.addresses.map(({ address }) => [address, holder] as const);
    }),
  );
}
