import type { SourcePlace, TrackedBy } from '@viplab/core';
import type { Router } from './router.js';

/** Limits of an effective priority that is not an owner's (keepalived `vrrp_set_effective_priority`). */
const LOWEST = 1;
const HIGHEST = 254;

/** A weighted thing that a router watches. */
export interface Lever {
  readonly kind: 'script' | 'interface' | 'process';
  readonly tracked: TrackedBy;
  /** Where the weight is written: in the entry, or in the block of what is tracked. */
  readonly at: SourcePlace;
  /** Whether `at` is the number alone, for this router only. */
  readonly isNumber: boolean;
}

/** The weighted trackers of a router, `reverse` ones left out: their failing raises the priority. */
export function leversOf(
  { instance, config }: Router,
  textAt: (place: SourcePlace) => string | undefined,
): Lever[] {
  const lever = (kind: Lever['kind'], tracked: TrackedBy, block: SourcePlace | undefined): Lever[] => {
    if (tracked.weight === 0 || tracked.reverse) return [];
    const entry = textAt(tracked.origin);
    const number = entry === undefined ? undefined : weightWithin(tracked.origin, entry);
    if (number !== undefined) return [{ kind, tracked, at: number, isNumber: true }];
    const users = config.instances.filter((other) =>
      [...other.trackScripts, ...other.trackProcesses].some(({ name }) => name === tracked.name),
    );
    return [
      { kind, tracked, at: block ?? tracked.origin, isNumber: block !== undefined && users.length === 1 },
    ];
  };
  const processOf = (name: string): SourcePlace | undefined =>
    config.trackProcesses.find((process) => process.name === name)?.origin['weight'];
  const scriptOf = (name: string): SourcePlace | undefined =>
    config.scripts.find((script) => script.name === name)?.origin['weight'];
  return [
    ...instance.trackScripts.flatMap((tracked) => lever('script', tracked, scriptOf(tracked.name))),
    ...instance.trackInterfaces.flatMap((tracked) => lever('interface', tracked, undefined)),
    ...instance.trackProcesses.flatMap((tracked) => lever('process', tracked, processOf(tracked.name))),
  ];
}

/** The number in an entry such as `chk_haproxy weight -20`. */
function weightWithin(place: SourcePlace, entry: string): SourcePlace | undefined {
  const match = /^(.*\sweight\s+)([+-]?\d+)/.exec(entry);
  if (match === null) return undefined;
  const [, before = '', number = ''] = match;
  const { line, column } = place.range.start;
  const start = column + [...before].length;
  return {
    file: place.file,
    range: { start: { line, column: start }, end: { line, column: start + number.length } },
  };
}

/** Base priority and all weights while everything is good, before the limits. */
function allGood({ instance }: Router): number {
  const weights = [...instance.trackScripts, ...instance.trackInterfaces, ...instance.trackProcesses]
    .filter(({ weight }) => weight > 0)
    .map(({ weight, reverse }) => (reverse ? -weight : weight));
  return weights.reduce((sum, weight) => sum + weight, instance.basePriority);
}

const limited = ({ instance }: Router, priority: number): number =>
  instance.owner ? instance.basePriority : Math.min(HIGHEST, Math.max(LOWEST, priority));

/** Effective priority while everything that is tracked is good. */
export const goodPriority = (router: Router): number => limited(router, allGood(router));

/** Effective priority while one thing is bad and the others are good. */
export const badPriority = (router: Router, { tracked }: Lever): number =>
  limited(router, allGood(router) - Math.abs(tracked.weight));
