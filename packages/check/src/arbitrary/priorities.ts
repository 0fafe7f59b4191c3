import { defineLab, type Lab, suggest } from '@viplab/core';
import type * as fc from 'fast-check';
import { applyEdits, confTextsOf, withTexts } from '../counterexample/conf-edit.js';
import { InstanceText } from '../counterexample/instance-text.js';
import { familiar } from './familiar.js';
import { namedRecord } from './named-record.js';

/** Priorities of nodes by name, 1 to 255. */
export type Priorities = Readonly<Record<string, number>>;

/** What people write, then everything else that a router which does not own the address may have (RFC 5798 §5.2.4). */
const USUAL: readonly [number, ...number[]] = [100, 150, 101, 99, 200, 90, 110, 50, 254, 1];
const ALL: readonly [number, ...number[]] = [
  ...USUAL,
  ...Array.from({ length: 254 }, (_, index) => index + 1).filter((priority) => !USUAL.includes(priority)),
];

/** A priority as people set it; shrinks to 100. */
export const priority = (): fc.Arbitrary<number> => familiar(ALL);

/**
 * A priority for each node, equal ones often enough; shrinks to 100 for all.
 *
 * @example
 * ```ts
 * test.prop([arb.priorities(['n1', 'n2', 'n3'])])('one owner', (priorities) => {
 *   expect(withPriorities(trio, priorities).run()).toBeFlapFree();
 * });
 * ```
 */
export function priorities(nodes: readonly string[]): fc.Arbitrary<Record<string, number>> {
  return namedRecord(nodes, priority);
}

/**
 * The same lab with other priorities: every instance on a node gets the node's, in the text of its configuration.
 *
 * @throws RangeError if a node is unknown or has no instance, a priority is not one of 1 to 255, or a text has no place for it.
 */
export function withPriorities(lab: Lab, wanted: Priorities): Lab {
  let { design } = lab;
  for (const [name, value] of Object.entries(wanted)) {
    if (!Number.isInteger(value) || value < 1 || value > 255)
      throw new RangeError(`the priority of ${name} is ${value}; write a whole number of 1 to 255`);
    const instances = lab.plan.hosts.find((host) => host.name === name)?.keepalived?.config.instances ?? [];
    if (instances.length === 0) throw new RangeError(noInstance(lab, name));
    const texts = confTextsOf(name, design.nodes[name]);
    const edits = instances.flatMap((instance) => {
      const found = new InstanceText(instance, texts).set('priority', String(value));
      if (found === null)
        throw new RangeError(`${name}: instance ${instance.name} has no line of its own for a priority`);
      return found;
    });
    const edited = [...texts].map(
      ([file, text]) =>
        [
          file,
          applyEdits(
            text,
            edits.filter((edit) => edit.file === file),
          ),
        ] as const,
    );
    design = withTexts(design, name, new Map(edited));
  }
  return defineLab(design);
}

function noInstance(lab: Lab, name: string): string {
  const routers = lab.plan.hosts
    .filter((host) => (host.keepalived?.config.instances.length ?? 0) > 0)
    .map((host) => host.name);
  const near = suggest(name, routers);
  return `no node '${name}' with a vrrp_instance${near === undefined ? '' : `, did you mean ${near}?`} (there are ${routers.join(', ')})`;
}
