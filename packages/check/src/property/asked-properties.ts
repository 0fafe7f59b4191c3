import type { Property } from './property.js';

/** Whether one of some properties is about what clients live through. */
export const observeClients = (properties: readonly Property[]): boolean =>
  properties.some(({ observes }) => observes === 'clients');

const eachOnce = (properties: readonly Property[]): Property[] => [
  ...new Map(properties.map((property) => [property.name, property])).values(),
];

/** Properties and all that a verdict on them tells of, each once. */
export const withCoverage = (properties: readonly Property[]): Property[] =>
  eachOnce([
    ...properties,
    ...properties.flatMap(({ needs = [], needsOfFaults = [], covers = [] }) => [
      ...needs,
      ...needsOfFaults,
      ...covers,
    ]),
  ]);

/**
 * What must have happened in some run, or that some properties hold says nothing.
 *
 * @param hasFaults whether anything may happen that moves an address
 */
export const neededBy = (properties: readonly Property[], hasFaults: boolean): Property[] =>
  eachOnce(
    properties.flatMap(({ needs = [], needsOfFaults = [] }) => [
      ...needs,
      ...(hasFaults ? needsOfFaults : []),
    ]),
  );
