import { formatShard, type Shard } from '@viplab/check';
import type { Terminal } from '../terminal.js';
import { clock, grouped, percent, stories } from './quantities.js';

/** What is known while a sweep goes on. */
export interface SweepState {
  readonly shard: Shard;
  /** Runs of the shard. */
  readonly asked: number;
  /** Runs that were made in this session. */
  readonly made: number;
  /** Runs that stood in the file before. */
  readonly before: number;
  readonly broken: number;
  readonly stories: number;
  /** Wall time since the first of these runs, ms. */
  readonly elapsed: number;
}

/** Before this much wall time, ms, a rate says nothing. */
const EARLY_MS = 1000;

/** `3/8  62 %  ~77 812 of 125 000 runs  ~11 200/s  2 broken (1 story)  0:07, about 0:04 left` */
export function progressLine(state: SweepState): string {
  const { shard, asked, made, before, broken, elapsed } = state;
  const done = Math.min(asked, before + made);
  const rate = elapsed < EARLY_MS || made === 0 ? undefined : made / elapsed;
  const left = rate === undefined ? '' : `, about ${clock((asked - done) / rate)} left`;
  return [
    ...(shard.of === 1 ? [] : [formatShard(shard)]),
    asked === 0 ? '100 %' : percent(Math.floor((done / asked) * 100) / 100),
    `${done < asked ? '~' : ''}${grouped(done)} of ${grouped(asked)} runs`,
    ...(rate === undefined ? [] : [`~${grouped(twoDigits(rate * 1000))}/s`]),
    broken === 0 ? '0 broken' : `${grouped(broken)} broken (${stories(state.stories)})`,
    `${clock(elapsed)}${left}`,
  ].join('  ');
}

/** No more digits than a rate is worth. */
function twoDigits(value: number): number {
  const digits = Number(value.toPrecision(2));
  return digits >= 10 ? Math.round(digits) : digits;
}

/** How often the line is rewritten on a terminal, ms, and how often there is a new one elsewhere. */
const REWRITE_MS = 250;
const NEW_LINE_MS = 10_000;

/** Says on stderr how far a sweep is: one line that is rewritten on a terminal, a line now and then elsewhere. */
export class SweepProgress {
  private readonly timer: NodeJS.Timeout;
  private readonly rewrites: boolean;

  constructor(
    private readonly terminal: Terminal,
    private readonly state: () => SweepState,
  ) {
    this.rewrites = terminal.errorColumns !== undefined;
    this.timer = setInterval(() => this.say(), this.rewrites ? REWRITE_MS : NEW_LINE_MS);
  }

  private say(): void {
    const line = progressLine(this.state());
    // A line that is broken by the edge of the screen cannot be rewritten.
    const columns = this.terminal.errorColumns ?? 0;
    this.terminal.err(this.rewrites ? `\r\u001b[K${line.slice(0, columns - 1)}` : `${line}\n`);
  }

  /** Nothing is said any more, and nothing of it stays on a terminal. */
  end(): void {
    clearInterval(this.timer);
    if (this.rewrites) this.terminal.err('\r\u001b[K');
  }
}
