import type { ConnectionLife } from './connection-life.js';
import { type LifeStep, lifeSteps } from './life-steps.js';
import { fateInWords } from './life-words.js';
import type { Report } from './report.js';
import { secondsFormat } from './spans-of-time.js';
import { inAscii, padded, type SpanStyle, type StyledLine, span, textWidth, wrapped } from './styled-text.js';
import { MAX_WIDTH } from './timeline.js';

/** How the life of a connection is printed. */
export interface LifeTextOptions {
  /** Columns; default 100, and never more are used. */
  readonly width?: number;
  readonly ascii?: boolean;
  /** Decimals of instants: 3, or 6. */
  readonly decimals?: number;
  /** Steps at most; what is in the middle of a longer life is left out. Default 60. */
  readonly most?: number;
}

const MOST_STEPS = 60;
/** The end of a life says more than its beginning. */
const KEPT_AT_END = 2 / 3;
const HEAD = 11;

const STYLES: Readonly<Partial<Record<LifeStep['kind'], SpanStyle>>> = {
  cause: 'bold',
  reset: 'warn',
  'left-behind': 'warn',
};

/**
 * The life of one connection, told for a person.
 *
 * @example
 * ```text
 * c1#1       c1 to 192.168.1.100:5432, from 192.168.1.50:40001
 *            reset by n2 at 13.474, after a request hung 3.35 s; 33 requests answered, 5 sent again
 *
 *    10.000  power-off n1
 *    13.474  n2's kernel has no such connection and answers with RST; c1 sees ECONNRESET after 3.35 s of silence
 * ```
 */
export function lifeLines(report: Report, life: ConnectionLife, options: LifeTextOptions = {}): StyledLine[] {
  const width = Math.min(MAX_WIDTH, options.width ?? MAX_WIDTH);
  const decimals = options.decimals ?? 3;
  const seconds = secondsFormat(decimals);
  const steps = lifeSteps(report, life, seconds);
  const place = 7 + decimals;
  const title = `${life.client} to ${life.server}, from ${life.local}`;
  const ok = life.requests.filter(({ result }) => result === 'ok').length;
  const counts = [
    ok === 0 ? '' : `${ok} ${ok === 1 ? 'request' : 'requests'} answered`,
    life.retransmissions.length === 0
      ? ''
      : `${life.retransmissions.length} ${life.retransmissions.length === 1 ? 'segment' : 'segments'} sent again`,
  ].filter((text) => text !== '');
  const fate = [fateInWords(life, seconds), counts.join(', ')].filter((text) => text !== '').join('; ');
  const head = Math.max(HEAD, textWidth(life.name) + 2);
  const lines: StyledLine[] = [
    ...wrapped(title, width - head).map((line, index) => [
      index === 0 ? span(padded(life.name, head), 'bold') : span(' '.repeat(head)),
      span(line),
    ]),
    ...wrappedWithUnits(fate, width - HEAD).map(
      (line): StyledLine => [
        span(' '.repeat(HEAD)),
        span(line, life.broken === null && life.hangsSince === null ? null : 'bad'),
      ],
    ),
    [],
  ];
  const stepLines = (step: LifeStep): StyledLine[] => {
    const style = step.kind === 'end' && life.broken !== null ? 'bad' : STYLES[step.kind];
    return wrappedWithUnits(step.text, width - place - 2).map((line, index) => [
      span(`${(index === 0 ? seconds(step.time) : '').padStart(place)}  `),
      span(line, style),
    ]);
  };
  const most = options.most ?? MOST_STEPS;
  const atEnd = Math.floor(most * KEPT_AT_END);
  if (steps.length <= most) lines.push(...steps.flatMap(stepLines));
  else {
    lines.push(...steps.slice(0, most - atEnd).flatMap(stepLines));
    lines.push([span(`${' '.repeat(place + 2)}${steps.length - most} steps more`, 'dim')]);
    lines.push(...steps.slice(steps.length - atEnd).flatMap(stepLines));
  }
  return options.ascii === true ? inAscii(lines) : lines;
}

/** A number stays on the line of its unit. */
function wrappedWithUnits(text: string, width: number): string[] {
  const bound = text.replace(/(\d) (?=(?:s|ms|µs|ns)\b)/g, '$1\u00a0');
  return wrapped(bound, width).map((line) => line.replaceAll('\u00a0', ' '));
}
