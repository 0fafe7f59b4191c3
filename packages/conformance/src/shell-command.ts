import { NotReplayable } from './not-replayable.js';

/** What a shell command of a recording's schedule did, as far as it is understood. */
export type ShellDeed =
  | { readonly deed: 'create-file' | 'remove-file'; readonly file: string }
  | {
      readonly deed: 'arping';
      readonly address: string;
      readonly count: number;
      readonly interface: string | undefined;
    }
  | {
      readonly deed: 'flush-neighbours';
      readonly address: string | undefined;
      readonly interface: string | undefined;
    };

const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Reads a command of the verb `sh`: `touch FILE`, `rm [-f] FILE`, `arping [-c N] [-w S] [-I DEV] ADDRESS` and
 * `ip neigh flush ADDRESS | dev DEV | all`, each with `|| true` behind it or not.
 *
 * @throws NotReplayable naming a command that is none of these.
 */
export function readShellCommand(command: string): ShellDeed {
  const words = command
    .replace(/\s*\|\|\s*true\s*$/, '')
    .trim()
    .split(/\s+/);
  const refuse = (why: string): NotReplayable => new NotReplayable(`sh: '${command}' ${why}`);
  if (words.some((word) => /[|&;<>`$*?]/.test(word))) throw refuse('is more than one plain command');
  const [program, ...rest] = words;
  if (program === 'touch' || program === 'rm') {
    const files = program === 'rm' ? rest.filter((word) => word !== '-f') : rest;
    const [file] = files;
    if (file === undefined || files.length > 1 || file.startsWith('-'))
      throw refuse('does not name one file');
    return { deed: program === 'touch' ? 'create-file' : 'remove-file', file };
  }
  if (program === 'arping') return readArping(rest, refuse);
  if (program === 'ip' && rest[0] === 'neigh' && rest[1] === 'flush') return readFlush(rest.slice(2), refuse);
  throw refuse('is no command that the replay understands (touch, rm, arping, ip neigh flush)');
}

function readArping(words: readonly string[], refuse: (why: string) => NotReplayable): ShellDeed {
  let count = 1;
  let iface: string | undefined;
  let address: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    const value = words[index + 1];
    if (word === '-c') count = Number(value);
    else if (word === '-I') iface = value;
    else if (word !== '-w') {
      if (address !== undefined || !ADDRESS.test(word))
        throw refuse(`has '${word}', which is no option that the replay understands`);
      address = word;
      continue;
    }
    index++;
  }
  if (address === undefined) throw refuse('names no address');
  if (!Number.isInteger(count) || count < 1) throw refuse('does not say how often');
  return { deed: 'arping', address, count, interface: iface };
}

function readFlush(words: readonly string[], refuse: (why: string) => NotReplayable): ShellDeed {
  const [first, second] = words;
  if (words.length === 1 && first === 'all')
    return { deed: 'flush-neighbours', address: undefined, interface: undefined };
  if (words.length === 1 && first !== undefined && ADDRESS.test(first)) {
    return { deed: 'flush-neighbours', address: first, interface: undefined };
  }
  if (words.length === 2 && first === 'dev' && second !== undefined) {
    return { deed: 'flush-neighbours', address: undefined, interface: second };
  }
  throw refuse('does not say which entries in a way that the replay understands');
}
