import { suggest } from '../diagnostic/suggest.js';

/** Something wrong in a design, with the path of keys that leads to it; a reader of `lab.yaml` knows the line. */
export interface DesignProblem {
  readonly path: readonly (string | number)[];
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
}

/** Collects what is wrong in a design. */
export class Problems {
  readonly list: DesignProblem[] = [];

  error(path: readonly (string | number)[], code: string, message: string): void {
    this.list.push({ path, severity: 'error', code, message });
  }

  warning(path: readonly (string | number)[], code: string, message: string): void {
    this.list.push({ path, severity: 'warning', code, message });
  }

  /** A name that nothing has, with the nearest one that something has. */
  unknownName(
    path: readonly (string | number)[],
    code: string,
    who: string,
    name: string,
    known: readonly string[],
  ): void {
    const near = suggest(name, known);
    const hint = near === undefined ? '' : `, did you mean ${near}?`;
    const all = known.length === 0 ? 'there are none' : known.join(' ');
    this.error(path, code, `${who} names '${name}'${hint} (${all})`);
  }

  get hasErrors(): boolean {
    return this.list.some((problem) => problem.severity === 'error');
  }
}
