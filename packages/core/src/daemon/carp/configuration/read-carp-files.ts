import { Complaints } from '../../../diagnostic/complaints.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { type CarpConfig, type CarpSystem, isOpenBsd } from '../../../host/carp/carp-config.js';
import { placeCharacters, startOfFile } from '../../../shell/placed-text.js';
import { readShell, type ShellCommand } from '../../../shell/shell-words.js';
import { type IpCidr, tryParseMac } from '../../../wire/index.js';
import { type FileKind, fileKind } from './file-kind.js';
import { finishConfig, finishNics } from './finish-config.js';
import { HostDraft } from './host-draft.js';
import { readHostnameIf, startOrder } from './hostname-if.js';
import { type RcVariables, rcCommands } from './rc-conf.js';
import { runCommand, tellOfMisplacedLines } from './script.js';
import { readSysctlConf } from './sysctl-conf.js';
import { tellSystem } from './tell-system.js';

/** What can be told to the reader beside the texts. */
export interface ReadCarpOptions {
  /** Whose kernel; left out: told by the files (hostname.if(5) is OpenBSD's, rc.conf FreeBSD's). */
  readonly system?: CarpSystem;
  /** The NICs of the host where they are known: others are complained about. */
  readonly interfaces?: readonly string[];
}

/** A NIC as the files configure it. */
export interface ConfiguredNic {
  readonly name: string;
  readonly addresses: readonly IpCidr[];
}

/** What came of reading a host's files. */
export interface CarpFilesRead {
  readonly config: CarpConfig;
  /** NICs with their own addresses, and those that carry CARP, in the order in which they are first named. */
  readonly nics: readonly ConfiguredNic[];
  /** Kernel settings beside CARP's that the files make: `net.inet.ip.forwarding`, by their full name. */
  readonly otherSysctls: Readonly<Record<string, number>>;
  /** In the order in which they were found. An `error` is what ifconfig(8) or sysctl(8) refuses. */
  readonly diagnostics: readonly Diagnostic[];
}

interface NamedFile {
  readonly file: string;
  readonly text: string;
  readonly kind: FileKind;
}

/** A file whose commands are known before the system is. */
interface ReadFile {
  readonly kind: FileKind['kind'];
  readonly commands: readonly ShellCommand[];
}

/**
 * Reads the files of a BSD host that configure CARP: hostname.if(5) files (`hostname.carp0`), `rc.conf`,
 * `sysctl.conf`, and scripts of `ifconfig` and `sysctl` lines (any other name). Kinds are told by the file's name.
 * Never throws for anything that can stand in a file: what the kernel is left with is what comes back.
 *
 * @param files - texts by name, in the order in which the system reads them
 * @example
 * ```ts
 * const { config, diagnostics } = readCarpFiles({
 *   'hostname.em0': 'inet 192.0.2.11 255.255.255.0 NONE',
 *   'hostname.carp0': 'inet 192.0.2.1 255.255.255.0 NONE vhid 1 carpdev em0 advskew 100 pass secret',
 * });
 * ```
 */
export function readCarpFiles(
  files: Readonly<Record<string, string>>,
  options: ReadCarpOptions = {},
): CarpFilesRead {
  const complaints = new Complaints();
  const named = inStartOrder(
    Object.entries(files).map(([file, text]) => ({ file, text, kind: fileKind(file) })),
  );
  const rcVariables: RcVariables = new Map();
  const broken = new Set<string>();
  const read = named.map((each) => readFile(each, rcVariables, broken, complaints));
  const system =
    options.system ??
    tellSystem(
      {
        hostnameFiles: named.filter(({ kind }) => kind.kind === 'hostname').map(({ file }) => file),
        rcVariables,
        commands: read.flatMap(({ commands }) => commands),
      },
      complaints,
    );
  const host = new HostDraft(system, complaints, options.interfaces);
  tellOfForeignFiles(named, options.system === undefined ? new Map() : rcVariables, host);
  obey(read, rcVariables, host);
  for (const name of broken) {
    const carp = host.carps.get(name);
    if (carp !== undefined) carp.isBroken = true;
  }
  return {
    config: finishConfig(host),
    nics: finishNics(host),
    otherSysctls: { ...host.otherSysctls },
    diagnostics: complaints.all,
  };
}

/** hostname.if(5) files in the order in which netstart(8) takes them, where the first of them stands. */
function inStartOrder(files: readonly NamedFile[]): NamedFile[] {
  const order = ({ kind }: NamedFile): number => (kind.kind === 'hostname' ? startOrder(kind.interface) : 0);
  const hostnames = files
    .filter(({ kind }) => kind.kind === 'hostname')
    .sort((one, other) => order(one) - order(other));
  const [first] = files.filter(({ kind }) => kind.kind === 'hostname');
  return files.flatMap((each) => {
    if (each === first) return hostnames;
    return each.kind.kind === 'hostname' ? [] : [each];
  });
}

function readFile(
  { file, text, kind }: NamedFile,
  rcVariables: RcVariables,
  broken: Set<string>,
  complaints: Complaints,
): ReadFile {
  const characters = placeCharacters(file, text);
  switch (kind.kind) {
    case 'hostname':
      if (!isStarted(file, kind.interface, complaints)) return { kind: 'hostname', commands: [] };
      return { kind: 'hostname', commands: readHostnameIf(kind.interface, characters, complaints, broken) };
    case 'sysctl':
      return { kind: 'sysctl', commands: readSysctlConf(characters) };
    case 'script':
      return { kind: 'script', commands: readShell(characters, new Map(), complaints) };
    case 'loader':
      return { kind: 'loader', commands: [] };
    case 'rc': {
      // Files of rc.conf(5) are read into one shell: later ones may use what earlier ones set.
      const known = new Map([...rcVariables].map(([name, { value }]) => [name, value.characters] as const));
      for (const { assignments } of readShell(characters, known, complaints)) {
        for (const assignment of assignments) rcVariables.set(assignment.name.text, assignment);
      }
      return { kind: 'rc', commands: [] };
    }
  }
}

/** netstart(8) takes names of letters and then digits; newer ones take MAC addresses too. */
function isStarted(file: string, interfaceName: string, complaints: Complaints): boolean {
  if (/^[a-z]+\d+$/i.test(interfaceName)) return true;
  const isMac = tryParseMac(interfaceName) !== undefined;
  complaints.warn(
    startOfFile(file),
    'no-effect',
    isMac
      ? `which interface has ${interfaceName} is not known here`
      : `${interfaceName} is no interface's name`,
    isMac ? 'the file is left out: name it after the interface' : 'netstart(8) passes over the file',
  );
  return false;
}

function obey(read: readonly ReadFile[], rcVariables: RcVariables, host: HostDraft): void {
  let isRcDone = isOpenBsd(host.system);
  for (const { kind, commands } of read) {
    if (kind === 'rc' && !isRcDone) {
      isRcDone = true;
      for (const command of rcCommands(rcVariables, host.system, host.complaints)) runCommand(host, command);
    }
    if (kind === 'hostname' && !isOpenBsd(host.system)) continue;
    if (kind === 'script') tellOfMisplacedLines(host, commands);
    for (const command of commands) runCommand(host, command);
  }
}

/** Says of files that the host's system does not read that nothing comes of them. */
function tellOfForeignFiles(files: readonly NamedFile[], rcVariables: RcVariables, host: HostDraft): void {
  const { system, complaints } = host;
  if (isOpenBsd(system)) {
    const [foreign] = [...rcVariables.values()].filter(({ name }) => /^ifconfig_/.test(name.text));
    if (foreign !== undefined) {
      complaints.warn(
        foreign.name.place,
        'wrong-system',
        `${foreign.name.text} is FreeBSD’s`,
        'OpenBSD configures interfaces in hostname.if(5) files: it is not read',
      );
    }
    tellOfPfsyncFiles(files, host);
    return;
  }
  for (const { file, kind } of files) {
    if (kind.kind !== 'hostname') continue;
    complaints.add(startOfFile(file), 'wrong-system', `hostname.${kind.interface} is OpenBSD’s`, {
      hint: `system: ${system} has interfaces in rc.conf`,
      means: 'it is not read',
    });
  }
}

function tellOfPfsyncFiles(files: readonly NamedFile[], host: HostDraft): void {
  for (const { file, kind } of files) {
    if (kind.kind !== 'hostname' || !/^pfsync\d+$/.test(kind.interface)) continue;
    host.complaints.warn(
      startOfFile(file),
      'not-modelled',
      'pfsync matters here and is not modelled',
      'no demotion by 32 until the states of the peer are there',
    );
  }
}
