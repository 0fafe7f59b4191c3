import type { Progress } from '@viplab/check';
import { clock, grouped } from '../sweep/quantities.js';
import type { Terminal } from '../terminal.js';

/** How often the line is rewritten on a terminal, ms, and how often there is a new one elsewhere. */
const REWRITE_MS = 250;
const NEW_LINE_MS = 10_000;
/** Before this much wall time, ms, a rate says nothing. */
const EARLY_MS = 1000;

/** What was known at an instant. */
export interface ProgressSample {
  readonly progress: Progress;
  /** Wall time since the phase began, ms. */
  readonly elapsed: number;
  /** Frontier of the sample before; undefined for the first. */
  readonly frontierBefore?: number;
}

/** `exploring  ~1 248 310 states  ~312 000/s  frontier ~41 209, shrinking  0:04, about 0:03 left` */
export function progressLine({ progress, elapsed, frontierBefore }: ProgressSample): string {
  const { phase, campaign, states, frontier, of } = progress;
  const rate = elapsed < EARLY_MS ? undefined : (states / elapsed) * 1000;
  const isShrinking = frontierBefore !== undefined && frontier < frontierBefore;
  // A frontier that grows says nothing about how much is behind it.
  const left =
    rate === undefined || rate === 0
      ? ''
      : of !== undefined
        ? `, about ${clock((Math.max(0, of - states) / rate) * 1000)} left`
        : phase === 'exploring' && isShrinking
          ? `, about ${clock((frontier / rate) * 1000)} left`
          : phase === 'exploring'
            ? ', left: unknown, frontier growing'
            : '';
  const many =
    of === undefined
      ? `~${grouped(states)} ${phase === 'exploring' ? 'states' : 'runs'}`
      : `~${grouped(states)} of ${grouped(of)} runs`;
  return [
    phase,
    many,
    ...(rate === undefined
      ? []
      : [
          `~${grouped(Number(rate.toPrecision(3)) >= 100 ? Math.round(Number(rate.toPrecision(3))) : Math.round(rate))}/s`,
        ]),
    ...(phase === 'exploring' ? [`frontier ~${grouped(frontier)}${isShrinking ? ', shrinking' : ''}`] : []),
    `${clock(elapsed)}${left}`,
    `(${campaign})`,
  ].join('  ');
}

/**
 * Says on stderr how far a check is: one line that is rewritten on a terminal, a line now and then elsewhere. It speaks
 * when it is told something, since nothing else runs while states are explored.
 */
export class CheckProgress {
  private readonly rewrites: boolean;
  private phase = '';
  private began: number;
  private said: number;
  private frontier: number | undefined;

  /** @param now wall time, ms */
  constructor(
    private readonly terminal: Terminal,
    private readonly now: () => number,
  ) {
    this.rewrites = terminal.errorColumns !== undefined;
    this.began = now();
    this.said = this.began;
  }

  tell(progress: Progress): void {
    const time = this.now();
    const phase = `${progress.campaign} ${progress.phase}`;
    if (phase !== this.phase) {
      this.phase = phase;
      this.began = time;
      this.frontier = undefined;
    }
    if (time - this.said < (this.rewrites ? REWRITE_MS : NEW_LINE_MS)) return;
    this.said = time;
    const line = progressLine({
      progress,
      elapsed: time - this.began,
      ...(this.frontier === undefined ? {} : { frontierBefore: this.frontier }),
    });
    this.frontier = progress.frontier;
    const columns = this.terminal.errorColumns ?? 0;
    this.terminal.err(this.rewrites ? `\r\u001b[K${line.slice(0, columns - 1)}` : `${line}\n`);
  }

  /** Nothing is said any more, and nothing of it stays on a terminal. */
  end(): void {
    if (this.rewrites) this.terminal.err('\r\u001b[K');
  }
}
