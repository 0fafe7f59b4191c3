import type { Complaints } from '../../../diagnostic/complaints.js';
import {
  type PlacedCharacter,
  placeCharacters,
  startOfFile,
  textOf,
  type Word,
} from '../../../shell/placed-text.js';
import { readShell } from '../../../shell/shell-words.js';

/** A ucarp command: the word that names the program, and what follows. */
export interface FoundCommand {
  readonly program: Word;
  readonly arguments: readonly Word[];
}

const PROGRAM = 'ucarp';
/** systemd.service(5): `ExecStart=`, with characters that change how it is run. */
const EXEC_START = /^[ \t]*ExecStart[ \t]*=[ \t]*[-@:+!|]*/m;
const UNIT_SECTION = /^\[(Unit|Service|Install)\][ \t]*$/m;

/**
 * Finds the ucarp command in a text: a command line, a shell script that has one, or a systemd unit. Complains where
 * there is none, and where there are several.
 */
export function findCommand(file: string, text: string, complaints: Complaints): FoundCommand | null {
  const typed = placeCharacters(file, text);
  const isUnit = UNIT_SECTION.test(textOf(typed)) || EXEC_START.test(textOf(typed));
  const found = (isUnit ? execStarts(typed) : [typed])
    .flatMap((characters) => readShell(characters, new Map(), complaints))
    .flatMap(({ words }) => commandIn(words));
  const [first, second] = found;
  if (first === undefined) {
    complaints.add(startOfFile(file), 'no-command', 'there is no ucarp command here', {
      means: 'nothing of that name is started',
      hint: 'write  ucarp -i eth0 -s ADDRESS -v VHID -p PASSWORD -a VIRTUAL-ADDRESS -u SCRIPT -d SCRIPT',
    });
    return null;
  }
  if (second !== undefined)
    complaints.warn(
      second.program.place,
      'not-modelled',
      'a second ucarp command is not modelled here',
      'only the first one runs: give each process a text of its own',
    );
  return first;
}

/** The command lines of a unit; a backslash at the end of a line joins the next one to it. */
function execStarts(typed: readonly PlacedCharacter[]): PlacedCharacter[][] {
  const commands: PlacedCharacter[][] = [];
  let from = 0;
  while (from < typed.length) {
    let end = typed.findIndex(({ text }, at) => at >= from && text === '\n');
    if (end < 0) end = typed.length;
    const match = EXEC_START.exec(textOf(typed.slice(from, end)));
    while (typed[end - 1]?.text === '\\' && end < typed.length) {
      const next = typed.findIndex(({ text }, at) => at > end && text === '\n');
      end = next < 0 ? typed.length : next;
    }
    if (match !== null) commands.push(typed.slice(from + [...match[0]].length, end));
    from = end + 1;
  }
  return commands;
}

/** What stands behind the program's name, wherever that is (`sudo ucarp`, `start-stop-daemon --exec /sbin/ucarp --`). */
function commandIn(words: readonly Word[]): FoundCommand[] {
  const at = words.findIndex(({ text }) => text.slice(text.lastIndexOf('/') + 1) === PROGRAM);
  const program = words[at];
  if (program === undefined) {
    // Options alone are a command line too.
    const [first] = words;
    return first?.text.startsWith('-') === true ? [{ program: first, arguments: words }] : [];
  }
  const behind = words.slice(at + 1);
  return [{ program, arguments: at > 0 && behind[0]?.text === '--' ? behind.slice(1) : behind }];
}
