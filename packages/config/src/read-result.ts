import type { Diagnostic, LabDesign } from '@viplab/core';

/** What came of reading: the design if one could be made, all complaints, and the texts that they point into. */
export interface ReadResult {
  /** Undefined if the texts say too little to make one. With errors among the diagnostics it is not fit to be run. */
  readonly design: LabDesign | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by the name that diagnostics call it. */
  readonly sources: ReadonlyMap<string, string>;
  /** Where `expect` is written, if it is: `lab.yaml:14:10`. */
  readonly expectedAt?: string;
}
