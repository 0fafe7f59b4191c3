import type {
  CarpDesign,
  HostDesign,
  KeepalivedDesign,
  LabDesign,
  NodeDesign,
  UcarpDesign,
} from '@viplab/core';

/** A text of a node's daemons, by the name that it has in the design. */
export interface DaemonFile {
  readonly name: string;
  readonly text: string;
}

/** The texts that a node's daemons are configured by. */
export function daemonFilesOf(node: string, design: NodeDesign): readonly DaemonFile[] {
  if (design.kind === 'switch') return [];
  const { keepalived, carp, ucarp } = design;
  const files: DaemonFile[] = [];
  if (typeof keepalived === 'string') files.push({ name: `${node}/keepalived.conf`, text: keepalived });
  else if (keepalived !== undefined)
    files.push({ name: keepalived.file ?? `${node}/keepalived.conf`, text: keepalived.conf });
  if (typeof carp === 'string') files.push({ name: `${node}/carp`, text: carp });
  else files.push(...Object.entries(carp?.files ?? {}).map(([name, text]): DaemonFile => ({ name, text })));
  for (const process of [ucarp ?? []].flat()) {
    const { command, file } = typeof process === 'string' ? { command: process, file: undefined } : process;
    files.push({ name: file ?? `${node}/ucarp`, text: command });
  }
  return files;
}

/** A design whose configuration files are called otherwise. */
export function renameDaemonFiles(design: LabDesign, rename: (name: string) => string): LabDesign {
  return mapDaemons(design, {
    keepalived: (keepalived, node) => {
      const { file = `${node}/keepalived.conf`, includes } = keepalived;
      return {
        ...keepalived,
        file: rename(file),
        ...(includes === undefined ? {} : { includes: renameKeys(includes, rename) }),
      };
    },
    carp: (carp) => ({ ...carp, files: renameKeys(carp.files, rename) }),
    ucarp: (ucarp) => (ucarp.file === undefined ? ucarp : { ...ucarp, file: rename(ucarp.file) }),
  });
}

/** A design whose daemons carry on with errors in their configuration. */
export const likeDaemons = (design: LabDesign): LabDesign =>
  mapDaemons(design, {
    keepalived: (keepalived) => ({ ...keepalived, likeDaemon: true }),
    carp: (carp) => ({ ...carp, likeDaemon: true }),
    ucarp: (ucarp) => ({ ...ucarp, likeDaemon: true }),
  });

interface DaemonChanges {
  keepalived(design: KeepalivedDesign, node: string): KeepalivedDesign;
  carp(design: CarpDesign): CarpDesign;
  ucarp(design: UcarpDesign): UcarpDesign;
}

/** Changes the daemons whose design says more than their text. */
function mapDaemons(design: LabDesign, change: DaemonChanges): LabDesign {
  const ucarpOf = (ucarp: string | UcarpDesign): string | UcarpDesign =>
    typeof ucarp === 'string' ? ucarp : change.ucarp(ucarp);
  const nodes = Object.entries(design.nodes).map(([name, node]): readonly [string, NodeDesign] => {
    if (node.kind === 'switch') return [name, node];
    const { keepalived, carp, ucarp } = node;
    const changed: Pick<HostDesign, 'keepalived' | 'carp' | 'ucarp'> = {
      ...(typeof keepalived === 'object' ? { keepalived: change.keepalived(keepalived, name) } : {}),
      ...(typeof carp === 'object' ? { carp: change.carp(carp) } : {}),
      ...(typeof ucarp === 'object' && 'command' in ucarp ? { ucarp: change.ucarp(ucarp) } : {}),
      ...(Array.isArray(ucarp) ? { ucarp: ucarp.map(ucarpOf) } : {}),
    };
    return [name, { ...node, ...changed }];
  });
  return { ...design, nodes: Object.fromEntries(nodes) };
}

const renameKeys = (
  texts: Readonly<Record<string, string>>,
  rename: (name: string) => string,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [rename(name), text]));
