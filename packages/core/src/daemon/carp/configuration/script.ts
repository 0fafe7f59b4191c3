import { insertAt } from '../../../diagnostic/complaints.js';
import { isOpenBsd } from '../../../host/carp/carp-config.js';
import type { Word } from '../../../shell/placed-text.js';
import type { ShellCommand } from '../../../shell/shell-words.js';
import type { HostDraft } from './host-draft.js';
import { ifconfigFreeBsd } from './ifconfig-freebsd.js';
import { ifconfigFreeBsd9 } from './ifconfig-freebsd-9.js';
import { CARP_KEYWORDS } from './ifconfig-keywords.js';
import { ifconfigOpenBsd } from './ifconfig-openbsd.js';
import { isCarpSysctl, runSysctl } from './sysctl-conf.js';

/** Words in front of a command that leave it what it is. */
const PREFIXES = new Set([
  'sudo',
  'doas',
  'exec',
  'command',
  'then',
  'do',
  'else',
  'if',
  'while',
  'until',
  '!',
  '{',
]);

/** A command without what only stands in front of it. */
export function withoutPrefix(words: readonly Word[]): readonly Word[] {
  const at = words.findIndex(({ text }) => !PREFIXES.has(text));
  return at < 0 ? [] : words.slice(at);
}

/** What a command is called, wherever it lies: `ifconfig` of `/sbin/ifconfig`. */
export const commandName = (word: Word): string => word.text.slice(word.text.lastIndexOf('/') + 1);

/** Does what a command does to the kernel's CARP and to interfaces. Others are none of ours. */
export function runCommand(host: HostDraft, command: ShellCommand): void {
  const [first, ...args] = withoutPrefix(command.words);
  if (first === undefined) return;
  const name = commandName(first);
  if (name !== 'ifconfig' && name !== 'sysctl') return;
  if (tellOfUnknownWords(host, args)) return;
  if (name === 'sysctl') runSysctl(host, args);
  else if (isOpenBsd(host.system)) ifconfigOpenBsd(host, args);
  else if (host.system === 'freebsd-9') ifconfigFreeBsd9(host, args);
  else ifconfigFreeBsd(host, args);
}

/** Whether a command has words that only a running shell could tell. */
function tellOfUnknownWords(host: HostDraft, args: readonly Word[]): boolean {
  const word = args.find(({ unknown }) => unknown !== null);
  if (word === undefined) return false;
  const isAboutCarp = args.some(({ text }) => CARP_KEYWORDS.has(text) || isCarpSysctl(text));
  host.complaints.add(word.place, 'unknown-value', `what ${word.unknown} is cannot be told from the files`, {
    severity: isAboutCarp ? 'error' : 'warning',
    means: 'the line is left out',
  });
  return true;
}

/** Says of a script's lines that they would be right in a file of another name. */
export function tellOfMisplacedLines(host: HostDraft, commands: readonly ShellCommand[]): void {
  for (const { words, assignments } of commands) {
    const [first] = words;
    if (first !== undefined && isCarpSysctl(first.text)) {
      host.complaints.add(first.place, 'wrong-file', `${first.text} is no command`, {
        hint: 'a line of sysctl.conf',
        means: 'a shell knows no such command: nothing is set',
        cures: [insertAt(first.place, 'sysctl ')],
      });
    }
    const isInterface = first !== undefined && /^(inet6?|vhid|carpdev|carpnodes|up|dhcp)$/.test(first.text);
    if (isInterface && first !== undefined) {
      host.complaints.add(first.place, 'wrong-file', `${first.text} is no command`, {
        hint: 'a line of hostname.if(5): its file must be called hostname.carp0 or the like',
        means: 'a shell knows no such command: nothing is done',
      });
    }
    const variable = assignments.find(({ name }) => /^(ifconfig_|cloned_interfaces$)/.test(name.text));
    if (variable !== undefined && words.length === 0) {
      host.complaints.add(
        variable.name.place,
        'wrong-file',
        `${variable.name.text} is read from rc.conf only`,
        {
          hint: 'its file must be called rc.conf',
          means: 'a script sets a variable of its own with it, and nothing else',
        },
      );
    }
  }
}
