/** More lines than any configuration has; a table of their pairs would not fit beyond. */
const MOST_LINES = 4000;

type Step = { readonly sign: ' ' | '-' | '+'; readonly line: string };

/**
 * The difference of two texts in the unified format of diff(1), as `patch` reads it.
 *
 * @param file - the name in both of its first lines; paths are taken as they are, so `patch -p0`
 * @param context - how many unchanged lines stand around a change
 * @returns the empty text if there is no difference
 */
export function unifiedDiff(file: string, before: string, after: string, context = 3): string {
  if (before === after) return '';
  const steps = stepsOf(linesOf(before), linesOf(after));
  const hunks = hunksOf(steps, context);
  const ends = { '-': before.endsWith('\n'), '+': after.endsWith('\n') };
  return `--- ${file}\n+++ ${file}\n${hunks.map((hunk) => hunkText(steps, hunk, ends)).join('')}`;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > MOST_LINES)
    throw new RangeError(`a text of ${lines.length} lines is too long for a diff`);
  return lines;
}

/** Keeps a longest common sequence of lines (Wagner and Fischer's table), deletions before insertions. */
function stepsOf(before: readonly string[], after: readonly string[]): Step[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  const room = Math.min(before.length, after.length) - start;
  while (end < room && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const [one, other] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const width = other.length + 1;
  const longest = new Uint32Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const [across, down, both] = [i * width + j + 1, (i + 1) * width + j, (i + 1) * width + j + 1];
      longest[i * width + j] =
        one[i] === other[j] ? (longest[both] ?? 0) + 1 : Math.max(longest[across] ?? 0, longest[down] ?? 0);
    }
  }
  const middle: Step[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      middle.push({ sign: ' ', line: one[i] ?? '' });
      i++;
      j++;
    } else if (
      j >= other.length ||
      (i < one.length && (longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
    ) {
      middle.push({ sign: '-', line: one[i++] ?? '' });
    } else middle.push({ sign: '+', line: other[j++] ?? '' });
  }
  const same = (lines: readonly string[]): Step[] => lines.map((line) => ({ sign: ' ', line }));
  return [...same(before.slice(0, start)), ...middle, ...same(before.slice(before.length - end))];
}

/** Where hunks begin and end among the steps; those whose contexts touch are one. */
function hunksOf(steps: readonly Step[], context: number): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  for (const [index, { sign }] of steps.entries()) {
    if (sign === ' ') continue;
    const from = Math.max(0, index - context);
    const to = Math.min(steps.length, index + context + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return hunks;
}

function hunkText(
  steps: readonly Step[],
  { from, to }: { readonly from: number; readonly to: number },
  ends: { readonly '-': boolean; readonly '+': boolean },
): string {
  const side = (sign: '-' | '+'): string => {
    const isOf = (step: Step): boolean => step.sign === ' ' || step.sign === sign;
    const first = steps.slice(0, from).filter(isOf).length;
    const count = steps.slice(from, to).filter(isOf).length;
    // An empty side names the line before it.
    return `${sign}${count === 0 ? first : first + 1}${count === 1 ? '' : `,${count}`}`;
  };
  const isLast = (index: number, sign: '-' | '+'): boolean =>
    !steps.slice(index + 1).some((step) => step.sign === ' ' || step.sign === sign);
  const lines = steps.slice(from, to).map(({ sign, line }, offset) => {
    const index = from + offset;
    const open =
      (sign !== '+' && !ends['-'] && isLast(index, '-')) ||
      (sign !== '-' && !ends['+'] && isLast(index, '+'));
    return `${sign}${line}\n${open ? '\\ No newline at end of file\n' : ''}`;
  });
  return `@@ ${side('-')} ${side('+')} @@\n${lines.join('')}`;
}
