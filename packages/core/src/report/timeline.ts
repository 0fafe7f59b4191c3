import type { Nanoseconds } from '../engine/index.js';
import { axisOf, type ColumnScale, cellsOf, columnOf, columnScale, worstGlyph } from './column-scale.js';
import type { Landing } from './landing.js';
import {
  FAULT,
  INIT,
  isWorthALane,
  type LaneStretch,
  landingLane,
  laneNodes,
  nodeDigits,
  nodeLane,
  OFF,
  OWNS_ELSEWHERE,
  OWNS_HERE,
  ownerCountLane,
  UP,
} from './lanes.js';
import type { Report, VipReport } from './report.js';
import { exactSeconds } from './spans-of-time.js';
import {
  clipped,
  inAscii,
  padded,
  type Span,
  type SpanStyle,
  type StyledLine,
  span,
  spansOf,
  textWidth,
} from './styled-text.js';
import { VipNames } from './vip-names.js';

/** A letter under the lanes, at the instant of what the list tells. */
export interface Mark {
  readonly time: Nanoseconds;
  readonly letter: string;
  /** The VIP under which it stands; null: under the first. */
  readonly vip: string | null;
}

/** How the lanes are drawn. */
export interface TimelineOptions {
  /** Columns of the terminal; default 100, and never more are used. Below 80 there are no lanes. */
  readonly width?: number;
  /** Glyphs of ASCII only. */
  readonly ascii?: boolean;
  /** `all` draws every lane; by default a big lab shows only those that change. */
  readonly lanes?: 'all' | 'changing';
  readonly marks?: readonly Mark[];
}

/** The widest screen that is used. */
export const MAX_WIDTH = 100;
/** The narrowest terminal on which lanes are drawn. */
export const MIN_LANE_WIDTH = 80;
/** Lanes are at most this many columns, so that the axis fits beside its legend. */
const MAX_COLUMNS = 60;
/** More nodes or VIPs than these, and only the lanes that change are drawn. */
const MANY_NODES = 8;
const MANY_VIPS = 4;
const MIN_VIP_COLUMN = 6;
const MIN_NODE_COLUMN = 5;
/** Names longer than this are clipped. */
const MAX_NAME = 14;

interface Lane {
  readonly label: string;
  readonly stretches: readonly LaneStretch[];
  readonly cells: (scale: ColumnScale) => string[];
  readonly changes: boolean;
  readonly kind: 'node' | 'own' | 'landing';
}

/** Draws who owned each VIP, and where clients landed if that was somewhere else. All lanes have the same width. */
export function timeline(report: Report, options: TimelineOptions = {}): StyledLine[] {
  const width = Math.min(MAX_WIDTH, options.width ?? MAX_WIDTH);
  if (width < MIN_LANE_WIDTH || report.facts.duration <= 0 || report.vips.length === 0) return [];
  const names = new VipNames(report.vips.map(({ address }) => address));
  const blocks = report.vips.map((vip) => ({ vip, lanes: lanesOf(report, vip) }));
  const hosts = report.facts.nodes.filter(({ kind }) => kind === 'host').length;
  const isBig = hosts > MANY_NODES || report.vips.length > MANY_VIPS;
  const hidesStill = isBig && options.lanes !== 'all';
  const shown = blocks
    .map(({ vip, lanes }) => ({ vip, all: lanes, lanes: hidesStill ? changingOf(lanes) : lanes }))
    .filter(({ lanes }) => lanes.length > 0);
  const hidden =
    blocks.reduce((sum, { lanes }) => sum + lanes.length, 0) -
    shown.reduce((sum, { lanes }) => sum + lanes.length, 0);
  const vipColumn = Math.max(
    MIN_VIP_COLUMN,
    ...shown.map(({ vip }) => textWidth(names.short(vip.address)) + 2),
  );
  const labels = shown.flatMap(({ lanes }) => lanes.map(({ label }) => textWidth(label)));
  const nodeColumn = Math.max(MIN_NODE_COLUMN, ...labels.map((length) => length + 1));
  const scale = columnScale(report.facts.duration, Math.min(MAX_COLUMNS, width - vipColumn - nodeColumn));
  const margin = vipColumn + nodeColumn;
  const lines: StyledLine[] = [axisLine(scale, margin, width)];
  shown.forEach(({ vip, lanes }, block) => {
    const titles = titlesOf(vip, names.short(vip.address), vipColumn - 1);
    lanes.forEach((lane, row) => {
      const head = padded(titles[row] ?? '', vipColumn) + padded(lane.label, nodeColumn);
      lines.push(
        spansOf([span(head), ...lane.cells(scale).map((glyph) => span(glyph, styleOf(glyph, lane.kind)))]),
      );
    });
    const marks = (options.marks ?? []).filter((mark) =>
      mark.vip === null ? block === 0 : mark.vip === vip.address,
    );
    const letters = letterRow(marks, scale);
    if (letters.trim() !== '') lines.push([span(' '.repeat(margin)), span(letters, 'bold')]);
  });
  if (hidden > 0) lines.push([span(`+ ${hidden} lanes without a change (--lanes all)`, 'dim')]);
  return options.ascii === true ? inAscii(lines) : lines;
}

function lanesOf(report: Report, vip: VipReport): Lane[] {
  const nodes = laneNodes(vip);
  const nodeLanes = nodes.map((node): Lane => {
    const stretches = nodeLane(report, vip, node);
    return {
      label: clipped(node, MAX_NAME),
      stretches,
      changes: stretches.length > 1,
      kind: 'node',
      cells: (scale) => simpleCells(stretches, scale, nodeRank),
    };
  });
  const counted = ownerCountLane(vip);
  const digits = nodeDigits(nodes);
  const landings = groupsOf(vip.landings.filter((landing) => isWorthALane(vip, landing))).map(
    (group): Lane => {
      const first = group[0];
      const stretches = first === undefined ? [] : landingLane(vip, first, digits);
      const label = `${clipped(first?.client ?? '', MAX_NAME)}${group.length > 1 ? `+${group.length - 1}` : ''} →`;
      return {
        label,
        stretches,
        changes: true,
        kind: 'landing',
        cells: (scale) => landingCells(stretches, scale),
      };
    },
  );
  return [
    ...nodeLanes,
    {
      label: 'own',
      stretches: counted,
      changes: counted.length > 1,
      kind: 'own',
      cells: (scale) => simpleCells(counted, scale, countRank),
    },
    ...landings,
  ];
}

/** Of a VIP of a big lab: the lanes that change; none at all if no node's does. */
function changingOf(lanes: readonly Lane[]): Lane[] {
  return lanes.some(({ kind, changes }) => kind === 'node' && changes)
    ? lanes.filter(({ changes }) => changes)
    : [];
}

function groupsOf(landings: readonly Landing[]): Landing[][] {
  const groups = new Map<string, Landing[]>();
  for (const landing of landings) {
    const key = landing.intervals.map(({ from, kind, at }) => `${from} ${kind} ${at}`).join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [landing]);
    else group.push(landing);
  }
  return [...groups.values()];
}

const nodeRank = (glyph: string): number => (glyph === FAULT || glyph === INIT ? 2 : glyph === OFF ? 1 : 0);

const countRank = (glyph: string): number => (glyph === '0' ? 2 : glyph === '·' || glyph === '1' ? 0 : 1);

function simpleCells(
  stretches: readonly LaneStretch[],
  scale: ColumnScale,
  rank: (glyph: string) => number,
): string[] {
  return cellsOf(stretches, scale, (pieces) =>
    worstGlyph(
      pieces.map(({ stretch, length }) => ({ glyph: stretch.glyph, length })),
      rank,
    ),
  );
}

function landingCells(stretches: readonly LaneStretch[], scale: ColumnScale): string[] {
  const isNode = (glyph: string | undefined): boolean => glyph !== undefined && /[0-9+*]/.test(glyph);
  const moved = new Set<number>();
  let last: string | undefined;
  for (const { from, glyph } of stretches) {
    if (!isNode(glyph)) continue;
    if (last !== undefined && last !== glyph) moved.add(columnOf(scale, from));
    last = glyph;
  }
  return cellsOf(stretches, scale, (pieces, column) => {
    const glyph = worstGlyph(
      pieces.map(({ stretch, length }) => ({ glyph: stretch.glyph, length })),
      (it) => (it === '?' ? 1 : 0),
    );
    return glyph !== '?' && moved.has(column) ? '↯' : glyph;
  });
}

function axisLine(scale: ColumnScale, margin: number, width: number): StyledLine {
  const axis = `${' '.repeat(margin)}${axisOf(scale)}`;
  const legend = `one column = ${exactSeconds(scale.column)} s`;
  const at = Math.max(margin + scale.columns + 2, textWidth(axis) + 3);
  if (at + textWidth(legend) > width) return [span(clipped(axis, width))];
  return [span(padded(axis, at)), span(legend, 'dim')];
}

/** The name of a VIP and, where all nodes agree on it, of its instance, broken to fit a narrow column. */
function titlesOf(vip: VipReport, short: string, width: number): string[] {
  const instanceNames = new Set(vip.facts.instances.map(({ name }) => name));
  const [name] = instanceNames;
  if (name === undefined || instanceNames.size > 1) return [short];
  const parts =
    textWidth(name) <= width ? [name] : name.split(/(?<=_)/).flatMap((part) => chunks(part, width));
  return [short, ...parts];
}

function chunks(text: string, width: number): string[] {
  const letters = [...text];
  const parts: string[] = [];
  for (let index = 0; index < letters.length; index += width)
    parts.push(letters.slice(index, index + width).join(''));
  return parts;
}

/** Where two letters share a column the first stands there; the list has both. */
function letterRow(marks: readonly Mark[], scale: ColumnScale): string {
  const row = new Array<string>(scale.columns).fill(' ');
  for (const { time, letter } of marks) {
    const column = columnOf(scale, time);
    if (row[column] === ' ') row[column] = letter;
  }
  return row.join('');
}

const STYLES: ReadonlyMap<string, SpanStyle> = new Map([
  [OWNS_HERE, 'owner'],
  [OWNS_ELSEWHERE, 'warn'],
  [UP, 'dim'],
  [OFF, 'bad'],
  [FAULT, 'bad'],
  [INIT, 'bad'],
  ['?', 'bad'],
  ['↯', 'warn'],
  ['·', 'dim'],
]);

function styleOf(glyph: string, kind: Lane['kind']): Span['style'] | null {
  if (kind !== 'own' || glyph === '·') return STYLES.get(glyph) ?? null;
  return glyph === '0' ? 'bad' : glyph === '1' ? null : 'warn';
}
