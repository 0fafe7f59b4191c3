import type { Diagnostic, HostDesign, InferenceNote } from '@viplab/core';
import type { CarpFiles } from './carp-files.js';
import { type Sayings, sayingsOfCarp, sayingsOfKeepalived, sayingsOfUcarp } from './inference/sayings.js';
import { watchedThings } from './inference/watched-things.js';
import type { KeepalivedFile } from './keepalived-file.js';
import type { UcarpFile } from './ucarp-file.js';

/** One node by its configuration files alone: what a lab can be inferred from. */
export interface ConfiguredNode {
  /** The path that it is named by. */
  readonly path: string;
  /** What its host gets of the files. */
  readonly host: Pick<HostDesign, 'keepalived' | 'system' | 'carp' | 'ucarp' | 'services' | 'files'>;
  readonly says: Sayings;
  /** What it is taken to run, for the head of a run. */
  readonly runs: InferenceNote;
  readonly diagnostics: readonly Diagnostic[];
  /** Every text that was read, by path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** A node that runs keepalived. Its checks find what they look for. */
export function keepalivedNode(file: KeepalivedFile): ConfiguredNode {
  const { design, config, mentioned, diagnostics, sources } = file;
  const { services, files } = watchedThings(config);
  return {
    path: design.file,
    host: {
      keepalived: design,
      ...(Object.keys(services).length === 0 ? {} : { services }),
      ...(files.length === 0 ? {} : { files }),
    },
    says: sayingsOfKeepalived(config, mentioned),
    runs: { what: 'daemon', value: 'keepalived 2.2.7, ready 30 to 150 ms after start, by seed', why: '' },
    diagnostics,
    sources,
  };
}

const KERNELS = {
  openbsd: 'OpenBSD kernel',
  'openbsd-5.6': 'OpenBSD 5.6 kernel',
  freebsd: 'FreeBSD 15 kernel',
  'freebsd-13': 'FreeBSD 13 kernel',
  'freebsd-9': 'FreeBSD 9 kernel',
} as const;

/** A node whose kernel speaks CARP. */
export function carpNode(files: CarpFiles): ConfiguredNode {
  const { design, system, config, nics, diagnostics, sources } = files;
  return {
    path: Object.keys(design.files)[0] ?? '',
    host: { system, carp: design },
    says: sayingsOfCarp(config, nics),
    runs: { what: 'kernel', value: `${KERNELS[system]}, ideal timers`, why: '' },
    diagnostics,
    sources,
  };
}

/** A node that runs one ucarp or more. */
export function ucarpNode(files: readonly UcarpFile[]): ConfiguredNode {
  const designs = files.map(({ design }) => design);
  const [first] = designs;
  return {
    path: first?.file ?? '',
    host: { ucarp: designs.length === 1 && first !== undefined ? first : designs },
    says: sayingsOfUcarp(files.flatMap(({ config }) => config ?? [])),
    runs: { what: 'daemon', value: 'ucarp 1.5.2, ready 30 to 60 ms after start, by seed', why: '' },
    diagnostics: files.flatMap(({ diagnostics }) => diagnostics),
    sources: new Map(files.flatMap(({ sources }) => [...sources])),
  };
}
