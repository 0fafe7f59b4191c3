import { type Diagnostic, suggest } from '@viplab/core';
import { type ComplaintDetails, complaint } from './complaint.js';
import {
  baseNameOf,
  type FileRead,
  type FileSource,
  folderOf,
  joinPath,
  MAX_FILE_BYTES,
} from './file-source.js';

const MEBIBYTE = 1024 * 1024;

/**
 * The text of a file, or the complaint that says why there is none.
 *
 * @param blamed - the file and place that named it, if a file did; else the complaint is about `path` itself
 */
export function readText(
  files: FileSource,
  path: string,
  blamed?: { readonly file: string } & ComplaintDetails,
): { readonly text: string } | { readonly complaint: Diagnostic } {
  const read = files.read(path);
  if (read.kind === 'text') return { text: read.text };
  const [code, message, hint] = whyNot(files, path, read);
  return {
    complaint: complaint(blamed?.file ?? path, code, message, {
      ...(blamed?.range === undefined ? {} : { range: blamed.range }),
      hint,
    }),
  };
}

function whyNot(
  files: FileSource,
  path: string,
  read: Exclude<FileRead, { kind: 'text' }>,
): [string, string, (string | undefined)?] {
  switch (read.kind) {
    case 'missing': {
      const near = suggest(baseNameOf(path), files.list(folderOf(path)));
      return [
        'file/missing',
        `there is no file ${path}`,
        near && `did you mean ${joinPath(folderOf(path), near)}?`,
      ];
    }
    case 'directory':
      return ['file/directory', `${path} is a folder, not a file`];
    case 'unreadable':
      return ['file/unreadable', `${path} cannot be read: ${read.reason}`];
    case 'too-large':
      return [
        'file/too-large',
        `${path} is too large: ${(read.bytes / MEBIBYTE).toFixed(1)} MiB, at most ${MAX_FILE_BYTES / MEBIBYTE} MiB is read`,
      ];
    case 'binary':
      return ['file/binary', `${path} is not a text file`];
  }
}
