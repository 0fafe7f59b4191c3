import type { ActionDesign } from '@viplab/core';
import type { FaultKind } from './campaign.js';

/** An action without its instant. */
export type Deed = Omit<ActionDesign, 'at'>;

/** One thing that may go wrong in a lab, and how it is repaired. Made by `faultsOf`. */
export interface Fault {
  /** Its place in the list of `faultsOf`, which depends on lab and campaign only. */
  readonly index: number;
  readonly kind: FaultKind;
  /** For output: `power-off n1`, `one-way-loss n1 to n2`. */
  readonly label: string;
  /** The nodes it befalls: two faults on one node do not last at once. */
  readonly nodes: readonly string[];
  readonly begin: Deed;
  readonly end: Deed;
}
