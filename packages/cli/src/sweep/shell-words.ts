/** Words as they are typed in a shell, those quoted that need it. */
export const shellWords = (words: readonly string[]): string =>
  words
    .map((word) => (/^[\w./:=%@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
