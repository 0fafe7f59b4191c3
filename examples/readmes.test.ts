import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXAMPLES, pathOf } from './labs.testing.js';
import { runsIn, withScreens } from './screens.testing.js';

const folders = [...new Set(EXAMPLES.map((example) => example.split('/')[0] ?? ''))];

describe.each(folders)('%s/README.md', (folder) => {
  const file = pathOf(`${folder}/README.md`);
  const text = readFileSync(file, 'utf8');

  test('says what to predict, why, and what the cure costs', () => {
    expect(text.startsWith(`# ${folder}\n`)).toBe(true);
    expect(text).toContain('**Predict first.**');
    expect(text).toMatch(/^## The cure/m);
  });

  test('shows every lab of its folder', () => {
    const labs = EXAMPLES.filter((example) => example.startsWith(`${folder}/`)).map((example) =>
      example.replace(/(\/lab)?\.yaml$/, ''),
    );
    expect([...new Set(runsIn(text))].toSorted()).toEqual(labs.toSorted());
  });

  test('shows what a run prints today (vitest -u pastes it anew)', async () => {
    await expect(await withScreens(text)).toMatchFileSnapshot(file);
  });
});
