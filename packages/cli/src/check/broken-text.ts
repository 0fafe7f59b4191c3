import {
  type CheckVerdict,
  type Counterexample,
  CURE_KEYWORDS,
  instantOf,
  runOfCounterexample,
  sequenceText,
  storyOfBreak,
  unifiedDiff,
} from '@viplab/check';
import { MILLISECOND, SECOND, type StyledLine, spanInWords } from '@viplab/core';
import { wrap } from '../help.js';
import { counted } from '../sweep/quantities.js';
import type { CheckResult } from './checked.js';
import { beside, command, entry, HEAD, rows, spanOf } from './screen.js';
import { groundLines, STYLES, unitOf, WORDS } from './verdict-text.js';

/** A broken lab: what happened, the story, the cure, and how to see it again. */
export function brokenLines(verdict: CheckVerdict, result: CheckResult, width: number): StyledLine[] {
  const [first, ...others] = verdict.counterexamples;
  if (first === undefined) return [[spanOf(WORDS.broken, STYLES.broken)]];
  const [headline = '', ...more] = beside(first.message, `property: ${first.property}`, width - HEAD);
  return [
    [spanOf(WORDS.broken.padEnd(HEAD), STYLES.broken), spanOf(headline, 'bold')],
    ...more.map((line): StyledLine => [spanOf(' '.repeat(HEAD)), spanOf(line)]),
    ...entry('', simplestInWords(verdict, first), width).map(
      ([margin, text]): StyledLine =>
        margin === undefined || text === undefined ? [] : [margin, { ...text, style: 'dim' }],
    ),
    ...storyRows(first, width),
    ...others.flatMap(({ property, message, token }) => [
      ...entry('also', `${property}: ${message}`, width),
      ...rows('', command(result.replay(token), width - HEAD)),
    ]),
    [],
    ...cureLines(result, width),
    ...groundLines(verdict, result, width),
    ...(result.wrote.length === 0 ? [] : rows('wrote', wroteInWords(result.wrote, width))),
    ...rows('replay', command(result.replay(first.token), width - HEAD)),
    ...entry('', 'as a test: --emit vitest > broken.test.ts', width),
  ];
}

function simplestInWords({ exploration }: CheckVerdict, { scenario }: Counterexample): string {
  const causes = scenario.actions.length + scenario.losses.length;
  const many = causes === 0 ? 'no cause at all' : counted(causes, 'cause');
  if (exploration.method !== 'random')
    return `a shortest one: ${many} (after ${counted(exploration.states, unitOf(exploration))})`;
  const shrunk = exploration.endedBy === null ? 'the simplest that shrinking finds' : exploration.endedBy;
  return `${many}; ${shrunk} (broken in run ${exploration.states})`;
}

/** Where the sentences of a story begin: a letter, three blanks, an instant. */
const LETTER = 4;
const INSTANT = 7;

function storyRows(counterexample: Counterexample, width: number): StyledLine[] {
  const run = runOfCounterexample(counterexample);
  const { report, lab } = run;
  const sentences = storyOfBreak(report, counterexample).map(({ at, letter, text, style }) => ({
    letter,
    when: instantOf(at, letter !== ''),
    text,
    style,
  }));
  const { lasso } = counterexample;
  if (lasso !== undefined) {
    const when = instantOf(lasso.from, false);
    const text = `↻ from ${when} on the same again every ${spanInWords(lasso.period)}, for ever`;
    sentences.push({ letter: '', when: '', text, style: 'bad' });
  }
  const told = sentences.flatMap(({ letter, when, text, style }) => {
    const lines = wrap(text, width - HEAD - 1);
    return lines.map(
      (line, index): StyledLine => [
        index === 0 ? spanOf(letter.padEnd(LETTER), 'bold') : spanOf(' '.repeat(LETTER)),
        spanOf(`${(index === 0 ? when : '').padEnd(INSTANT)} `),
        spanOf(line, style),
      ],
    );
  });
  const picture = sequenceText(run.mermaid(), {
    // Instants of the diagram are rounded to milliseconds.
    until: (counterexample.at + MILLISECOND) / SECOND,
    width,
    without: lab.plan.switches.map(({ name }) => name),
  });
  return [...told, ...picture.map((line): StyledLine => [spanOf(line, 'dim')])];
}

function cureLines(result: CheckResult, width: number): StyledLine[] {
  const { cures: search } = result;
  if (search === null) return [];
  const [cure] = search.cures;
  if (cure === undefined) {
    const tried = search.tried.length === 0 ? CURE_KEYWORDS : search.tried;
    return search.count === 0
      ? entry('cure', 'no single change that viplab knows applies to these files', width)
      : entry(
          'cure',
          `none of the ${counted(search.count, 'single change')} tried (${tried.join(', ')}) proves it`,
          width,
        );
  }
  const [file, ...others] = cure.files;
  const diff = file === undefined ? '' : unifiedDiff(file.file, file.before, file.after, 1);
  const patch = result.patchFile === undefined ? '' : `patch -p0 < ${result.patchFile}`;
  const alike = others.map((other) => other.file).join(', ');
  return [
    ...entry('cure', `${cure.title}. Re-checked, same bounds: ${WORDS[cure.verdict.word]}`, width),
    ...diff
      .trimEnd()
      .split('\n')
      .map(
        (line): StyledLine => [
          spanOf(line, line.startsWith('+') ? 'owner' : line.startsWith('-') ? 'bad' : 'dim'),
        ],
      ),
    ...(alike === '' && patch === ''
      ? []
      : wrap(
          `(${[alike === '' ? '' : `${alike} alike`, patch].filter((text) => text !== '').join(':  ')})`,
          width,
        ).map((line): StyledLine => [spanOf(line, 'dim')])),
    [],
  ];
}

/** Files of one folder by its name, once. */
function wroteInWords(files: readonly string[], width: number): readonly string[] {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const slash = file.lastIndexOf('/') + 1;
    const folder = file.slice(0, slash);
    folders.set(folder, [...(folders.get(folder) ?? []), file.slice(slash)]);
  }
  return [...folders].flatMap(([folder, names]) =>
    wrap(`${folder === '' ? '' : `${folder}: `}${names.join(' ')}`, width - HEAD),
  );
}
