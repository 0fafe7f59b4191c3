import type { Run } from '@viplab/core';
import type { Counterexample } from '../verdict.js';
import { runOfCounterexample } from './counterexample-of.js';
import { instantOf, type StorySentence, storyOfBreak } from './story.js';
import { typescriptLiteral } from './typescript-literal.js';

/** A file that helps to look at a counterexample. */
export interface WriteUpFile {
  /** Without a folder: `story.md`. */
  readonly name: string;
  readonly content: string | Uint8Array;
}

/**
 * A counterexample written up: the story with its Mermaid diagram, what each switch saw, what each daemon logged. The
 * lab itself is printed by `toYaml` of `@viplab/config`.
 */
export function writeUpOf(
  counterexample: Counterexample,
  run: Run = runOfCounterexample(counterexample),
): WriteUpFile[] {
  const { plan } = run.lab;
  return [
    { name: 'story.md', content: storyMarkdown(counterexample, run) },
    ...plan.switches.map(({ name }) => ({ name: `${name}.pcapng`, content: run.pcapng(name) })),
    ...run.logFiles().map(({ name, lines }) => ({
      name,
      content: lines.map((line) => `${line}\n`).join(''),
    })),
  ];
}

/** The story as Markdown, with the run as a Mermaid diagram and as lanes. */
export function storyMarkdown(
  counterexample: Counterexample,
  run: Run = runOfCounterexample(counterexample),
): string {
  const { property, message, token, lasso } = counterexample;
  const sentences = storyOfBreak(run.report, counterexample);
  return [
    `# ${run.lab.name}: ${message}`,
    '',
    `Property: ${property}. Replay: \`viplab run --replay ${token}\``,
    '',
    '| | s | |',
    '|---|---:|---|',
    ...sentences.map((sentence) => `| ${sentence.letter} | ${whenOf(sentence)} | ${cell(sentence.text)} |`),
    '',
    ...(lasso === undefined
      ? []
      : [
          `From ${instantOf(lasso.from, false)} s on it repeats every ${instantOf(lasso.period, false)} s for ever.`,
          '',
        ]),
    '```mermaid',
    run.mermaid().trimEnd(),
    '```',
    '',
    '```text',
    run.text().trimEnd(),
    '```',
    '',
  ].join('\n');
}

const whenOf = ({ at, letter }: StorySentence): string => instantOf(at, letter !== '');

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** A counterexample as a test of vitest's that fails until the design is cured. */
export function vitestSource({ design, seed, token, message, property }: Counterexample): string {
  // What was inferred is written out in it.
  const { inferred: _, ...said } = design;
  return `import { defineLab } from '@viplab/core';
import { expect, test } from 'vitest';
import '@viplab/check/vitest';

// viplab run --replay ${token}
// ${property}: ${oneLine(message)}
const lab = defineLab(${typescriptLiteral(said)});

test(${typescriptLiteral(`${design.name} survives it: ${oneLine(message)}`)}, () => {
  expect(lab.run({ seed: ${seed} })).${matcherFor(property)};
});
`;
}

/** The matcher that fails where a property is violated. */
function matcherFor(property: string): string {
  if (property === 'keeps-connections') return 'toKeepConnections()';
  if (property === 'never-loses') return 'toLoseNothing()';
  const outage = /^client-outage-within-(.+)$/.exec(property)?.[1];
  return outage === undefined ? 'toBeFlapFree()' : `toServeAgainWithin(${typescriptLiteral(outage)})`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ');
