import type { Nanoseconds } from '@viplab/core';

/** How long it computes before others have their turn: a terminal redraws, a Ctrl-C is heard. */
const TURN_MS = 25;

/**
 * When a search must end and when others have their turn. The only place that reads a real clock: it decides how much is
 * tried, never what a run shows.
 */
export class Pace {
  private readonly deadline: number;
  private turnEnds: number;

  /** @param budget how long it may take, real time */
  constructor(
    budget: Nanoseconds,
    private readonly signal: AbortSignal | undefined,
  ) {
    const now = performance.now();
    this.deadline = now + budget / 1e6;
    this.turnEnds = now + TURN_MS;
  }

  /** How much of the budget is left, ns. */
  get left(): Nanoseconds {
    return Math.max(0, Math.floor((this.deadline - performance.now()) * 1e6));
  }

  /** Why it must end; null: it need not. */
  get endedBy(): 'budget' | 'interrupted' | null {
    if (this.signal?.aborted === true) return 'interrupted';
    return performance.now() >= this.deadline ? 'budget' : null;
  }

  /** Whether it is time to let others have their turn. */
  get isTurnOver(): boolean {
    return performance.now() >= this.turnEnds;
  }

  /** Lets timers and input have their turn. */
  async rest(): Promise<void> {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.turnEnds = performance.now() + TURN_MS;
  }
}
