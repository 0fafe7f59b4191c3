import { plainText, s } from '@viplab/core';
import { loadExample } from './labs.testing.js';

/**
 * A block of a README that shows a run: `$ viplab run NAME`, perhaps with `--until 15s`, `-v` and `--connection c1#3`,
 * and what it prints.
 */
const BLOCK =
  /(```text\n\$ viplab run (\S+)(?: --until (\d+)s)?( -v)?(?: --connection (\S+))?\n)[\s\S]*?(```)/g;

/** What a run of an example prints, without its last lines, which depend on how it was called. */
async function screenOf(
  name: string,
  seconds: string | undefined,
  isVerbose: boolean,
  connection: string | undefined,
): Promise<string> {
  const lab = await loadExample(`${name.includes('/') ? name : `${name}/lab`}.yaml`);
  const run = lab.run({ seed: 1, until: seconds === undefined ? lab.plan.duration : s(Number(seconds)) });
  if (connection !== undefined)
    return plainText(run.connectionLines(connection, { decimals: isVerbose ? 6 : 3 }));
  const lines = run.text({ level: isVerbose ? 'v' : 'normal' }).split('\n');
  const end = lines.findIndex((line) => /^(expected|replay)\b/.test(line));
  return `${lines
    .slice(0, end)
    .map((line) => line.trimEnd())
    .join('\n')}\n`;
}

/** The runs that a README shows. */
export const runsIn = (text: string): string[] => [...text.matchAll(BLOCK)].map((match) => match[2] ?? '');

/** A README with the screens of today. */
export async function withScreens(text: string): Promise<string> {
  let pasted = '';
  let at = 0;
  for (const match of text.matchAll(BLOCK)) {
    const [whole, head = '', name = '', seconds, verbose, connection, end = ''] = match;
    const screen = await screenOf(name, seconds, verbose !== undefined, connection);
    pasted += text.slice(at, match.index) + head + screen + end;
    at = match.index + whole.length;
  }
  return pasted + text.slice(at);
}
