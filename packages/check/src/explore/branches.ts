/**
 * What is tried in one step where more than one thing may happen: every combination, in the order of an odometer whose
 * wheels appear while it turns.
 */
export class Branches {
  private taken: number[] = [];
  private options: number[] = [];
  private at = 0;

  /** Begins with the first of each. */
  begin(): void {
    this.taken = [];
    this.options = [];
    this.at = 0;
  }

  /** Repeats a step's choices. */
  repeat(taken: readonly number[]): void {
    this.taken = [...taken];
    this.options = taken.map(() => 1);
    this.at = 0;
  }

  /** One of `options`, which are at least one. */
  take(options: number): number {
    if (options <= 1) return 0;
    const at = this.at++;
    if (at === this.taken.length) {
      this.taken.push(0);
      this.options.push(options);
    }
    return this.taken[at] as number;
  }

  /** The choices of this step. */
  get choices(): readonly number[] {
    return this.taken;
  }

  /** Goes on to the next combination; false if all have been tried. */
  next(): boolean {
    this.at = 0;
    while (this.taken.length > 0) {
      const last = this.taken.length - 1;
      const choice = (this.taken[last] as number) + 1;
      if (choice < (this.options[last] as number)) {
        this.taken[last] = choice;
        return true;
      }
      this.taken.pop();
      this.options.pop();
    }
    return false;
  }
}
