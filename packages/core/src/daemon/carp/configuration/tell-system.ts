import type { Complaints } from '../../../diagnostic/complaints.js';
import type { CarpPlace, CarpSystem } from '../../../host/carp/carp-config.js';
import { startOfFile, type Word } from '../../../shell/placed-text.js';
import type { ShellCommand } from '../../../shell/shell-words.js';
import { isCarpName } from './host-draft.js';
import { interfacesOf, type RcVariables } from './rc-conf.js';
import { commandName, withoutPrefix } from './script.js';
import { carpSysctlName } from './sysctl-conf.js';

/** What the files of a host are, before anything of them is obeyed. */
export interface HostFiles {
  /** Names of its hostname.if(5) files. */
  readonly hostnameFiles: readonly string[];
  readonly rcVariables: RcVariables;
  /** Commands of scripts, of sysctl.conf(5) and of hostname.if(5) files. */
  readonly commands: readonly ShellCommand[];
}

/** Words of ifconfig(8) that only OpenBSD has. */
const OPENBSD_WORDS = new Set(['carpdev', '-carpdev', 'carpnodes', 'balancing', 'carppeer', '-carppeer']);
/** Words that only FreeBSD has. */
const FREEBSD_WORDS = new Set(['carpver', 'vrrpprio', 'vrrpinterval', 'peer', 'peer6', 'mcast', 'mcast6']);
/** Settings below `net.inet.carp` that only FreeBSD 10 and later have. */
const FREEBSD_SETTINGS = new Set(['demotion', 'ifdown_demotion_factor', 'senderr_demotion_factor', 'dscp']);

interface Sign {
  readonly system: CarpSystem;
  readonly place: CarpPlace;
  readonly what: string;
  /** It is a file that only this system has. */
  readonly isFile: boolean;
}

/** What is said of the system, and the first place that is about CARP. */
class Signs {
  readonly #found: Sign[] = [];
  firstOfCarp: CarpPlace | undefined;

  add(system: CarpSystem, place: CarpPlace, what: string, isFile = false): void {
    // A file says more than any word.
    if (isFile) this.#found.unshift({ system, place, what, isFile });
    else this.#found.push({ system, place, what, isFile });
  }

  first(wanted: CarpSystem): Sign | undefined {
    return this.#found.find(({ system }) => system === wanted);
  }
}

/**
 * Whose kernel the files are for: hostname.if(5) files and `carpdev` are OpenBSD's, rc.conf(5) with interfaces and a
 * vhid on a NIC FreeBSD's, carp interfaces in rc.conf(5) those of FreeBSD 9. What files there are says more than words.
 */
export function tellSystem(files: HostFiles, complaints: Complaints): CarpSystem {
  const signs = signsOf(files);
  const openbsd = signs.first('openbsd');
  const freebsd = signs.first('freebsd');
  const isOpen = openbsd !== undefined && (freebsd === undefined || openbsd.isFile || !freebsd.isFile);
  if (openbsd !== undefined && freebsd !== undefined && openbsd.isFile === freebsd.isFile) {
    complaints.add(freebsd.place, 'unclear-system', `${freebsd.what} beside ${openbsd.what}`, {
      means: 'it cannot be told whose kernel this is: OpenBSD’s is taken',
      cures: [{ title: 'system: openbsd, or system: freebsd, in the lab', edits: [] }],
      related: [{ ...openbsd.place, message: openbsd.what }],
    });
  }
  if (isOpen) return signs.first('openbsd-5.6') === undefined ? 'openbsd' : 'openbsd-5.6';
  if (freebsd !== undefined || signs.first('freebsd-9') !== undefined) {
    return signs.first('freebsd-9') === undefined ? 'freebsd' : 'freebsd-9';
  }
  if (signs.firstOfCarp !== undefined) {
    complaints.add(signs.firstOfCarp, 'unclear-system', 'it cannot be told whose CARP this is', {
      means: 'the kernels differ in what they do: OpenBSD’s is taken',
      cures: [{ title: 'system: openbsd (or freebsd, freebsd-13, freebsd-9) in the lab', edits: [] }],
    });
  }
  return 'openbsd';
}

function signsOf({ hostnameFiles, rcVariables, commands }: HostFiles): Signs {
  const signs = new Signs();
  for (const file of hostnameFiles) signs.add('openbsd', startOfFile(file), 'a hostname.if file', true);
  const faces = interfacesOf(rcVariables);
  for (const [name, { name: word }] of rcVariables) {
    if (/^ifconfig_/.test(name)) signs.add('freebsd', word.place, 'ifconfig_… in rc.conf', true);
  }
  for (const { name } of faces) {
    const given = rcVariables.get(`ifconfig_${name}`)?.name ?? rcVariables.get('cloned_interfaces')?.name;
    if (isCarpName(name) && given !== undefined) signs.add('freebsd-9', given.place, `${name} in rc.conf`);
  }
  const cloned = rcVariables.get('cloned_interfaces')?.value;
  if (cloned !== undefined && /(^|\s)carp\d+(\s|$)/.test(cloned.text)) {
    signs.add('freebsd-9', cloned.place, 'a cloned carp interface');
    signs.firstOfCarp ??= cloned.place;
  }
  for (const { words } of commands) addSignsOfCommand(withoutPrefix(words), signs);
  return signs;
}

function addSignsOfCommand(words: readonly Word[], signs: Signs): void {
  const [command, ...args] = words;
  if (command === undefined) return;
  const name = commandName(command);
  if (name === 'sysctl') addSignsOfSysctls(args, signs);
  if (name !== 'ifconfig') return;
  const [face] = args;
  if (face === undefined) return;
  if (face.text === '-g') signs.add('openbsd', face.place, 'ifconfig -g');
  if (isCarpName(face.text)) signs.firstOfCarp ??= face.place;
  for (const [index, word] of args.entries()) {
    if (OPENBSD_WORDS.has(word.text)) signs.add('openbsd', word.place, word.text);
    if (FREEBSD_WORDS.has(word.text)) signs.add('freebsd', word.place, word.text);
    if (word.text === 'balancing' && args[index + 1]?.text === 'arp') {
      signs.add('openbsd-5.6', word.place, 'balancing arp');
    }
    if (word.text === 'vhid') {
      signs.firstOfCarp ??= word.place;
      if (!isCarpName(face.text)) signs.add('freebsd', word.place, `a vhid on ${face.text}`);
    }
  }
}

function addSignsOfSysctls(args: readonly Word[], signs: Signs): void {
  for (const word of args) {
    const name = carpSysctlName(word.text);
    if (name === undefined) continue;
    signs.firstOfCarp ??= word.place;
    if (FREEBSD_SETTINGS.has(name)) signs.add('freebsd', word.place, `net.inet.carp.${name}`);
    if (name === 'arpbalance') signs.add('freebsd-9', word.place, 'net.inet.carp.arpbalance');
  }
}
