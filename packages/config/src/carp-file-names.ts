import { baseNameOf, type FileSource, joinPath } from './file-source.js';

/** hostname.if(5): `hostname.carp0`, and not what an editor left (`hostname.carp0~`, `hostname.carp0.old`). */
const HOSTNAME_IF = /^hostname\.[A-Za-z]+\d+$/;
/** Files of a folder that are read beside hostname.if(5) files, in the order in which rc(8) reads them. */
const SYSTEM_FILES: readonly string[] = [
  'loader.conf',
  'rc.conf',
  'rc.conf.local',
  'sysctl.conf',
  'config.xml',
];
/** What netstart(8) of OpenBSD configures after the NICs, in its order. */
const LATER: readonly string[] = ['aggr', 'trunk', 'svlan', 'vlan', 'carp'];

/** Those of a folder's files that configure CARP, in the order in which the system reads them. */
export function carpFilesAmong(names: readonly string[]): readonly string[] {
  const rank = (name: string): number => LATER.indexOf(name.slice('hostname.'.length).replace(/\d+$/, ''));
  const interfaces = names
    .filter((name) => HOSTNAME_IF.test(name))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }));
  return [...interfaces, ...SYSTEM_FILES.filter((name) => names.includes(name))];
}

/** The paths of the files of a folder that configure CARP. */
export const carpFilesIn = (files: FileSource, folder: string): readonly string[] =>
  carpFilesAmong(files.list(folder)).map((name) => joinPath(folder, name));

/** A file of a host as a whole; what stands in front may tell the host: `fw1.hostname.carp0`, `fw2-rc.conf`. */
const OF_HOST = /^(?:(.*)[-._])?(?:hostname\.[A-Za-z]+\d+|(?:rc|sysctl|loader)\.conf(?:\.local)?)$/;

/**
 * Of a file that configures its host as a whole: what stands in front of its usual name, mostly nothing. Several such
 * files in one folder are one node.
 *
 * @returns undefined of other files
 */
export function hostPrefixOf(path: string): string | undefined {
  const match = OF_HOST.exec(baseNameOf(path));
  return match === null ? undefined : (match[1] ?? '');
}
