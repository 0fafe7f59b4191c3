import type { Lab } from '@viplab/core';
import type * as fc from 'fast-check';
import type { Scenario } from '../campaign/scenario.js';
import type { Property } from '../property/property.js';
import type { Pace } from './pace.js';
import { watchScenario } from './watch-scenario.js';

interface Search {
  readonly lab: Lab;
  readonly arbitrary: fc.Arbitrary<Scenario>;
  /** A run that violates the property. */
  readonly drawn: fc.Value<Scenario>;
  readonly property: Property;
  readonly pace: Pace;
  readonly onTry: (tries: number) => void;
}

/**
 * The simplest run that violates the same property: each of fast-check's simpler candidates in turn, and from the first
 * that does it too again, until none does. Another property may be violated on the way; that is another story.
 */
export async function simplestViolation({
  lab,
  arbitrary,
  drawn,
  property,
  pace,
  onTry,
}: Search): Promise<{ readonly scenario: Scenario; readonly isSimplest: boolean }> {
  const harmless = new Set<string>();
  let tries = 0;
  const violates = (scenario: Scenario): boolean => {
    // Several choices of luck come to the same run: two faults of which the second never had its chance.
    const key = JSON.stringify(scenario);
    if (harmless.has(key)) return false;
    tries++;
    const { violation } = watchScenario(lab, scenario, [property], { stops: true, records: false });
    if (violation === null) harmless.add(key);
    return violation !== null;
  };
  let current = drawn;
  for (;;) {
    let next: fc.Value<Scenario> | null = null;
    for (const candidate of arbitrary.shrink(current.value_, current.context)) {
      if (pace.endedBy !== null) return { scenario: current.value_, isSimplest: false };
      if (pace.isTurnOver) {
        onTry(tries);
        await pace.rest();
      }
      if (!violates(candidate.value_)) continue;
      next = candidate;
      break;
    }
    if (next === null) return { scenario: current.value_, isSimplest: true };
    current = next;
  }
}
