import type { LabPlan } from '@viplab/core';
import type { EventTarget } from '@viplab/core/engine';
import { LinkDirection } from '@viplab/core/network';

/** No machine of its own: a cable's carrier, the world. */
export const NOWHERE = -1;

/** The number of the machine on which an event of a target happens: the index among hosts, then switches. */
export function componentFinder(plan: LabPlan): (target: EventTarget) => number {
  const names = [...plan.hosts, ...plan.switches].map(({ name }, index) => ({ name, index }));
  names.sort((one, other) => other.name.length - one.name.length);
  const indexOf = (path: string): number => {
    if (path.includes('~')) return NOWHERE;
    const found = names.find(({ name }) => path.startsWith(name) && '.:/'.includes(path[name.length] ?? '!'));
    return found?.index ?? NOWHERE;
  };
  const known = new Map<number, number>();
  return (target) => {
    let index = known.get(target.id);
    if (index === undefined) {
      index = indexOf(target instanceof LinkDirection ? target.to.path : target.path);
      known.set(target.id, index);
    }
    return index;
  };
}
