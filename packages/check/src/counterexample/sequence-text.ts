/** Columns before the first lifeline: an instant stands there. */
const MARGIN = 11;
/** From one lifeline to the next. */
const GAP = 15;
/** With more lifelines nothing of the words fits beside them. */
const MOST_ACTORS = 5;
/** More rows are no picture any more; what is told last matters most. */
const MOST_ROWS = 14;
/** Words beside the lifelines. */
const LABEL = 3;

interface Step {
  readonly when: string;
  readonly from: string;
  /** Null: a note. */
  readonly to: string | null;
  readonly text: string;
}

/**
 * A Mermaid sequence diagram of a run as lines of text: a lifeline for each node, an arrow for each message, words at the
 * right. Switches have no lifeline; what happens to them stands in words.
 *
 * @param diagram - as `run.mermaid()` prints it
 * @param until - what happens later than this many seconds is left out
 * @returns no lines where there are too many nodes
 */
export function sequenceText(
  diagram: string,
  {
    until,
    width,
    without,
  }: { readonly until: number; readonly width: number; readonly without: readonly string[] },
): string[] {
  const names = new Map<string, string>();
  const steps: Step[] = [];
  for (const line of diagram.split('\n').map((each) => each.trim())) {
    const [, id, name] = /^participant (\w+) as (.*)$/.exec(line) ?? [];
    if (id !== undefined && name !== undefined) names.set(id, plain(name));
    const note = /^Note over (\w+)(?:,\w+)?: ([\d.]+) (.*)$/.exec(line);
    if (note !== null)
      steps.push({ from: note[1] ?? '', to: null, when: note[2] ?? '', text: plain(note[3] ?? '') });
    const message = /^(\w+)-[->)]+(\w+): ([\d.]+) (.*)$/.exec(line);
    if (message !== null)
      steps.push({
        from: message[1] ?? '',
        to: message[2] ?? '',
        when: message[3] ?? '',
        text: plain(message[4] ?? ''),
      });
  }
  const actors = [...names].filter(([, name]) => !without.includes(name)).map(([id]) => id);
  const room = width - MARGIN - GAP * (actors.length - 1) - 1 - LABEL;
  if (actors.length < 2 || actors.length > MOST_ACTORS || room < GAP) return [];
  const shown = steps
    // Everybody is BACKUP first.
    .filter(({ when, text }) => Number(when) <= until && !/ BACKUP \(\d+\)$/.test(text))
    .slice(-MOST_ROWS);
  const place = (id: string): number => MARGIN + GAP * actors.indexOf(id);
  const head = actors.reduce((line, id) => {
    const name = names.get(id) ?? '';
    return line.padEnd(Math.max(line.length + 1, place(id) - Math.floor(name.length / 2))) + name;
  }, '');
  return [head, ...shown.map((step) => rowOf(step, actors, names, place, room))];
}

function rowOf(
  { when, from, to, text }: Step,
  actors: readonly string[],
  names: ReadonlyMap<string, string>,
  place: (id: string) => number,
  room: number,
): string {
  const last = actors.at(-1) ?? from;
  const cells = Array.from({ length: place(last) + 1 }, () => ' ');
  for (const [index, letter] of [...`    ${when}`].entries()) if (index < MARGIN - 1) cells[index] = letter;
  for (const id of actors) cells[place(id)] = '│';
  const isMessage = to !== null && to !== from && actors.includes(from) && actors.includes(to);
  if (isMessage) {
    const [start, end] = [place(from), place(to)];
    const step = start < end ? 1 : -1;
    for (let at = start + step; at !== end; at += step) cells[at] = '─';
    cells[end - step] = step > 0 ? '►' : '◄';
  } else if (actors.includes(from)) cells[place(from)] = '█';
  const subject = isMessage || text.includes(names.get(from) ?? '') ? '' : `${names.get(from) ?? ''} `;
  const words = [...`${subject}${text}`];
  const label = words.length <= room ? words.join('') : `${words.slice(0, room - 1).join('')}…`;
  return `${cells.join('')}${' '.repeat(LABEL)}${label}`.trimEnd();
}

/** Mermaid's entities back as the characters that they stand for. */
const plain = (text: string): string =>
  text.replace(/#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
