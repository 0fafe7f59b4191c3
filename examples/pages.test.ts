import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { viplab } from '../packages/cli/src/captured-terminal.fixture.js';

const root = fileURLToPath(new URL('..', import.meta.url));
/** A block that shows commands and what they print: it begins with `$ `. */
const BLOCK = /(```text\n)(\$ [\s\S]*?)(```)/g;

/** The words of a command line, quotes taken off. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

/** A block with what its commands print today. Each stands on a line with `$ `, continued by `\`. */
async function printed(block: string): Promise<string> {
  let text = '';
  for (const [prompt = ''] of block.matchAll(/^\$ (?:.*\\\n)*.*\n/gm)) {
    const [first = '', ...words] = wordsOf(prompt.slice(2).replaceAll('\\\n', ' '));
    text += prompt;
    if (first === 'cd') process.chdir(words[0] ?? '.');
    else text += (await viplab(first === 'npx' ? words.slice(1) : words)).out;
  }
  return text;
}

afterEach(() => process.chdir(root));

describe.each(['README.md', 'docs/workshop.md'])('%s', (page) => {
  const file = `${root}${page}`;

  test('shows what is printed today (vitest -u pastes it anew)', async () => {
    process.chdir(root);
    const text = readFileSync(file, 'utf8');
    let pasted = '';
    let at = 0;
    for (const match of text.matchAll(BLOCK)) {
      const [whole, head = '', block = '', end = ''] = match;
      pasted += text.slice(at, match.index) + head + (await printed(block)) + end;
      at = match.index + whole.length;
    }
    expect(at).toBeGreaterThan(0);
    await expect(pasted + text.slice(at)).toMatchFileSnapshot(file);
  });
});
