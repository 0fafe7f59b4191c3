import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { decodeFile, type FileRead, type FileSource, MAX_FILE_BYTES } from './file-source.js';

/** The disk, with paths relative to the working directory. The only place of this package that needs Node. */
export const nodeFiles: FileSource = {
  read(path) {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(path, 'r');
      const found = fstatSync(descriptor);
      if (found.isDirectory()) return { kind: 'directory' };
      if (!found.isFile() && !found.isFIFO())
        return { kind: 'unreadable', reason: 'it is not a regular file' };
      if (found.size > MAX_FILE_BYTES) return { kind: 'too-large', bytes: found.size };
      return readDescriptor(descriptor);
    } catch (error) {
      return reasonOf(error);
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  },
  list(folder) {
    try {
      return readdirSync(folder).sort();
    } catch {
      return [];
    }
  },
};

/** Reads to the end, but never more than one byte past the limit: a pipe does not say how long it is. */
function readDescriptor(descriptor: number): FileRead {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total <= MAX_FILE_BYTES) {
    const chunk = new Uint8Array(64 * 1024);
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    chunks.push(chunk.subarray(0, length));
    total += length;
  }
  return decodeFile(Buffer.concat(chunks));
}

function reasonOf(error: unknown): FileRead {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
  if (code === 'EISDIR') return { kind: 'directory' };
  if (code === 'EACCES' || code === 'EPERM') return { kind: 'unreadable', reason: 'permission denied' };
  if (code === 'ELOOP') return { kind: 'unreadable', reason: 'its symbolic links form a loop' };
  return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
}
