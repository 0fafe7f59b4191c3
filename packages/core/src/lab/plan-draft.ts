import type { ConfiguredNic } from '../daemon/carp/configuration/read-carp-files.js';
import type { DurationInput, Nanoseconds } from '../engine/index.js';
import type { HostDesign } from './design.js';
import type { CarpPlan, InterfacePlan, KeepalivedPlan, UcarpPlan } from './plan.js';

/** A host on its way from design to plan. */
export interface Draft {
  readonly name: string;
  readonly design: HostDesign;
  interfaces: InterfacePlan[];
  keepalived: KeepalivedPlan | null;
  carp: CarpPlan | null;
  ucarps: readonly UcarpPlan[];
  /** NICs as its CARP files configure them. */
  nics: readonly ConfiguredNic[];
}

/** Reads a duration of a design; complains, with the path of its key, and gives the default where it is none. */
export type ReadSpan = (
  input: DurationInput | undefined,
  otherwise: Nanoseconds,
  path: readonly (string | number)[],
) => Nanoseconds;
