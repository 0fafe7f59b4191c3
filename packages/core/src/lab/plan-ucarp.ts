import { readUcarpCommand } from '../daemon/ucarp/configuration/read-ucarp-command.js';
import { CAPTURE_TIMEOUT } from '../daemon/ucarp/ucarp.js';
import { advertInterval, takeoverInterval } from '../daemon/ucarp/ucarp-timers.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { MILLISECOND } from '../engine/index.js';
import { formatIp, type IpAddress } from '../wire/index.js';
import type { InferenceNote, UcarpDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { HolderPlan, UcarpPlan } from './plan.js';
import { readRange } from './plan-carp.js';
import type { Draft, ReadSpan } from './plan-draft.js';

/** ucarp from launch to first state, as recorded on a machine of two cores. */
const DEFAULT_LAUNCH = { min: 30 * MILLISECOND, max: 60 * MILLISECOND };

const BYTE_ORDERS: readonly string[] = ['little', 'big'];
const CAPTURES: readonly string[] = ['blocks', 'immediate'];

/** Reads a host's ucarp command lines with the scripts they name. */
export function planUcarps(
  draft: Draft,
  problems: Problems,
  diagnostics: Diagnostic[],
  span: ReadSpan,
  inferred: InferenceNote[],
): readonly UcarpPlan[] {
  const given = draft.design.ucarp;
  if (given === undefined) return [];
  const isList = typeof given === 'object' && 'length' in given;
  const designs = isList ? given : [given];
  const plans: UcarpPlan[] = [];
  designs.forEach((each, index) => {
    const design: UcarpDesign = typeof each === 'string' ? { command: each } : each;
    const path = ['nodes', draft.name, 'ucarp', ...(isList ? [index] : [])];
    const plan = planUcarp(draft, design, index, path, problems, diagnostics, span, inferred);
    if (plan !== null) plans.push(plan);
  });
  return plans;
}

function planUcarp(
  draft: Draft,
  design: UcarpDesign,
  index: number,
  path: readonly (string | number)[],
  problems: Problems,
  diagnostics: Diagnostic[],
  span: ReadSpan,
  inferred: InferenceNote[],
): UcarpPlan | null {
  const name = index === 0 ? 'ucarp' : `ucarp/${index + 1}`;
  const file = design.file ?? `${draft.name}/${name}`;
  const { interfaces } = draft.design;
  const read = readUcarpCommand(design.command, {
    file,
    likeDaemon: design.likeDaemon ?? false,
    ...(design.scripts === undefined ? {} : { scripts: design.scripts }),
    ...(interfaces === undefined ? {} : { interfaces: Object.keys(interfaces) }),
  });
  diagnostics.push(...read.diagnostics);
  const { byteOrder = 'little', capture = 'blocks' } = design;
  if (!BYTE_ORDERS.includes(byteOrder))
    problems.unknownName([...path, 'byteOrder'], 'lab/unknown-word', 'byteOrder', byteOrder, BYTE_ORDERS);
  if (!CAPTURES.includes(capture))
    problems.unknownName([...path, 'capture'], 'lab/unknown-word', 'capture', capture, CAPTURES);
  const launch = readRange(design.ready, DEFAULT_LAUNCH, [...path, 'ready'], problems, span);
  const { config } = read;
  if (config === null) return null;
  if (read.assumedScripts.length > 0) {
    inferred.push({
      what: `${draft.name}.${name} scripts`,
      value: `up adds ${formatIp(config.address)} to ${config.interface} with its network's prefix, down removes it`,
      why: `the text of ${read.assumedScripts.join(' and ')} is not given`,
    });
  }
  return { name, config, file, launch, byteOrder, capture, autostart: design.autostart ?? true };
}

/** A ucarp joins its group on the interface that has its source address: without one it ends at once. */
export function checkUcarpSources(drafts: readonly Draft[], problems: Problems): void {
  for (const { name, ucarps, interfaces } of drafts) {
    const own = interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
    for (const { config, file } of ucarps) {
      if (own.includes(config.source)) continue;
      const told = `${file}: -s ${formatIp(config.source)} is no address of ${name} (${own.map(formatIp).join(', ')})`;
      const path = ['nodes', name, 'ucarp'];
      if (config.noMulticast) problems.warning(path, 'lab/no-source', `${told}: its adverts are from nobody`);
      else problems.error(path, 'lab/no-source', `${told}: it cannot join its group and ends at once`);
    }
  }
}

/** The virtual addresses of a host's ucarp processes. */
export function ucarpHolders(draft: Draft): (readonly [IpAddress, HolderPlan])[] {
  return draft.ucarps.map(({ name, config, capture }) => {
    const hearingDelay = capture === 'blocks' ? CAPTURE_TIMEOUT : 0;
    const { advbase, advskew } = config;
    return [
      config.address,
      {
        node: draft.name,
        instance: name,
        protocol: 'carp',
        priority: advskew,
        advertInterval: advertInterval(advbase, advskew),
        // The last advert of a master may be read late: only then the backup begins to wait.
        masterDownInterval: takeoverInterval(config) + hearingDelay,
        hearingDelay,
      },
    ] as const;
  });
}
