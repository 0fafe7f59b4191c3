import type { Build } from '../engine/guards.testing.js';
import type { LabPlan } from './plan.js';
import { Simulation } from './simulation.js';

/** A lab as the guards of the engine want it. Everything starts while it is built. */
export const buildOf =
  (plan: LabPlan): Build =>
  ({ choices, timeScale }) => {
    const simulation = new Simulation(plan, {
      choices,
      record: false,
      ...(timeScale === undefined ? {} : { timeScale }),
    });
    return { engine: simulation.network.engine, trace: simulation.trace, roots: [simulation], start() {} };
  };

/**
 * Caches that a restore works out again (`engine.afterRestore`), and the positions in the streams of chance, which the
 * engine saves: what may change in a run without being declared.
 */
export const isDerived = (path: string): boolean =>
  /\.routing\.(locals|broadcasts|paths|main)\b/.test(path) ||
  /\.(isStraight|isClean|isOpen|(from|to)\.isUp|timedLength|occupancy|serialisation)$/.test(path) ||
  /\.(acceptsLocal|reversePathFilter)$/.test(path) ||
  /\.digests\.known/.test(path) ||
  /\.tcp\.index\.(byId|byEnds|lowestFree)\b/.test(path) ||
  /\.queues\.\d+\.(lines|count)\b/.test(path) ||
  /\.positions\./.test(path);
