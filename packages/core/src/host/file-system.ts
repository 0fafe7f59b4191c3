import { type Engine, type RecordOf, record, value } from '../engine/index.js';
import type { Host } from './host.js';

const FilesRecord = record('files', { names: value<readonly string[]>() });

/**
 * The names of the files that exist on a host: what a track_file or a script's `test -f` asks for. Files have no
 * content. They lie on a disk and outlive a power cycle.
 */
export class FileSystem {
  private readonly state: RecordOf<typeof FilesRecord.fields>;

  constructor(engine: Engine, host: Host, boot: readonly string[]) {
    this.state = engine.record(
      `${host.name}/files`,
      FilesRecord,
      host.domain,
      {},
      { names: [...new Set(boot)].sort() },
    );
  }

  /** The names, sorted. */
  get names(): readonly string[] {
    return this.state.names ?? [];
  }

  create(path: string): void {
    if (!this.has(path)) this.state.names = [...this.names, path].sort();
  }

  remove(path: string): void {
    if (this.has(path)) this.state.names = this.names.filter((name) => name !== path);
  }

  has(path: string): boolean {
    return this.names.includes(path);
  }
}
