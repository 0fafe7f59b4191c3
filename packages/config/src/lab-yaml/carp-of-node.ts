import {
  CARP_SYSTEMS,
  type CarpDesign,
  type CarpSystem,
  type Diagnostic,
  type HostDesign,
} from '@viplab/core';
import type * as z from 'zod';
import { readCarp, readTextsOfCarp } from '../carp-files.js';
import type { ComplaintDetails } from '../complaint.js';
import { isXml } from '../config-xml/translate-config-xml.js';
import { type FileSource, folderOf, joinPath, normalisePath } from '../file-source.js';
import { isCarpCommands } from '../inline-commands.js';
import type { carp } from './daemon-shapes.js';

/** Where a node of a lab.yaml is read. */
export interface NodePlace {
  readonly files: FileSource;
  /** Of lab.yaml. */
  readonly lab: string;
  readonly name: string;
  readonly likeDaemon: boolean;
  /** Whom a complaint about a path in lab.yaml is to blame; the path is relative to the key of the daemon. */
  blame(path: readonly (string | number)[]): { readonly file: string } & ComplaintDetails;
}

/** What came of one key of a node. */
export interface DaemonRead<T> {
  /** Undefined where nothing could be read. */
  readonly design: T | undefined;
  /** About files; what stands in lab.yaml itself is judged with the rest of the design. */
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
  /** What files are called in the design of which everything is said already. */
  readonly said: readonly string[];
  /** What other files are called in the design, and where they are. */
  readonly read: ReadonlyMap<string, string>;
}

/** What comes of a key of which nothing could be read. */
export const unread = (diagnostics: readonly Diagnostic[]): DaemonRead<never> => ({
  design: undefined,
  diagnostics,
  sources: new Map(),
  said: [],
  read: new Map(),
});

/** The `carp` of a node, with the system that a config.xml is of. */
export interface CarpOfNode extends DaemonRead<string | CarpDesign> {
  readonly system?: CarpSystem;
}

type CarpText = z.output<typeof carp>;

/** Reads the `carp` of a node: a path or several, `ifconfig` lines, or the long form. */
export function readCarpOfNode(
  given: CarpText,
  node: Pick<HostDesign, 'system' | 'interfaces'>,
  place: NodePlace,
): CarpOfNode {
  const isLong = typeof given === 'object' && !Array.isArray(given);
  const { files, ...settings } = isLong ? given : { files: given };
  const likeDaemon = ('likeDaemon' in settings ? settings.likeDaemon : undefined) ?? place.likeDaemon;
  const kept = { ...settings, ...(likeDaemon ? { likeDaemon } : {}) } as Omit<CarpDesign, 'files'>;
  const options = {
    ...(isCarpSystem(node.system) ? { system: node.system } : {}),
    ...(node.interfaces === undefined ? {} : { interfaces: Object.keys(node.interfaces) }),
    likeDaemon,
  };
  const isInline = typeof files === 'string' ? isCarpCommands(files) : !Array.isArray(files);
  if (isInline) {
    const name = `${place.name}/carp`;
    const texts = typeof files === 'string' ? { [name]: files } : (files as Readonly<Record<string, string>>);
    const sources = new Map(Object.entries(texts));
    if (!Object.values(texts).some(isXml)) {
      const isBare = typeof files === 'string' && Object.keys(kept).length === 0;
      return { ...unread([]), design: isBare ? files : { files: texts, ...kept }, sources };
    }
    const { design, system, diagnostics } = readCarp(sources, options);
    const said = Object.keys(texts);
    return { design: { ...design, ...kept }, system, diagnostics, sources, said, read: new Map() };
  }
  const written = [files as string | readonly string[]].flat();
  const folder = folderOf(place.lab);
  const paths = written.map((path) => joinPath(folder, path));
  const { texts, diagnostics } = readTextsOfCarp(place.files, paths, (index) =>
    place.blame([...(isLong ? ['files'] : []), ...(Array.isArray(files) ? [index] : [])]),
  );
  if (texts.size === 0) return unread(diagnostics);
  const read = readCarp(texts, options);
  const asWritten = Object.entries(read.design.files).map(([path, text]) => {
    const index = paths.findIndex((given) => path === given || path.startsWith(`${given}/`));
    const from = written[index] ?? '';
    return [normalisePath(`${from}${path.slice((paths[index] ?? '').length)}`), text] as const;
  });
  const hasXml = [...texts.values()].some(isXml);
  return {
    design: { files: Object.fromEntries(asWritten), ...kept },
    ...(hasXml ? { system: read.system } : {}),
    diagnostics: [...diagnostics, ...read.diagnostics],
    sources: read.sources,
    said: asWritten.map(([name]) => name),
    read: new Map(),
  };
}

const isCarpSystem = (system: HostDesign['system']): system is CarpSystem =>
  CARP_SYSTEMS.some((known) => known === system);
