/**
 * Where texts come from: a disk, or a Map in a browser. Everything is synchronous, since what is read is small and an
 * `include` line is met in the middle of a file.
 */

/** The largest file that is read, in bytes. A real configuration has some thousand lines; 10 MB of it is an accident. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** What became of an attempt to read a file. */
export type FileRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'directory' }
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'binary' };

/** A place with files. Paths have slashes, and are as the user wrote them. */
export interface FileSource {
  read(path: string): FileRead;
  /** The names in a folder in the order of their code units; empty if it is none. */
  list(folder: string): readonly string[];
}

/** Bytes that are looked at to tell a text from something else. */
const SNIFFED_BYTES = 8192;

/**
 * Makes a text of a file's bytes: UTF-8, a byte order mark dropped. Bytes that are not UTF-8 become U+FFFD, since the
 * daemons do not mind Latin-1 in a comment; a zero byte near the start means that it is no text at all.
 */
export function decodeFile(bytes: Uint8Array): FileRead {
  if (bytes.length > MAX_FILE_BYTES) return { kind: 'too-large', bytes: bytes.length };
  if (bytes.subarray(0, SNIFFED_BYTES).includes(0)) return { kind: 'binary' };
  return { kind: 'text', text: new TextDecoder('utf-8').decode(bytes) };
}

/**
 * Texts by path instead of a disk, for browsers and tests.
 *
 * @example
 * ```ts
 * await loadLab(['n1/keepalived.conf'], { files: filesOf(new Map([['n1/keepalived.conf', text]])) });
 * ```
 */
export function filesOf(texts: ReadonlyMap<string, string | Uint8Array>): FileSource {
  const byPath = new Map([...texts].map(([path, text]) => [normalisePath(path), text] as const));
  return {
    read(path) {
      const normal = normalisePath(path);
      const found = byPath.get(normal);
      if (found === undefined) {
        const inside = normal === '.' ? '' : `${normal}/`;
        return {
          kind: [...byPath.keys()].some((known) => known.startsWith(inside)) ? 'directory' : 'missing',
        };
      }
      return decodeFile(typeof found === 'string' ? new TextEncoder().encode(found) : found);
    },
    list(folder) {
      const normal = normalisePath(folder);
      const prefix = normal === '.' ? '' : `${normal}/`;
      const names = [...byPath.keys()]
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).split('/')[0] ?? '');
      return [...new Set(names)].sort();
    },
  };
}

/** Takes out `.`, `x/..` and doubled slashes. The empty path is `.`. */
export function normalisePath(path: string): string {
  const absolute = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (part !== '..' || !absolute) kept.push(part);
  }
  return absolute ? `/${kept.join('/')}` : kept.join('/') || '.';
}

/** The folder that a path is in: `n1/keepalived.conf` gives `n1`, a bare name gives `.`. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '.' : path.slice(0, slash) || '/';
}

/** The last part of a path. */
export function baseNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A path that was written in a file of `folder`. */
export function joinPath(folder: string, path: string): string {
  return normalisePath(path.startsWith('/') ? path : `${folder}/${path}`);
}

/**
 * A path as it is written in a file of `folder`, so that a design does not depend on where its reader stood: from `lab`,
 * `lab/n1/a.conf` is `n1/a.conf` and `n2/a.conf` is `../n2/a.conf`.
 */
export function relativePath(folder: string, path: string): string {
  const from = normalisePath(folder)
    .split('/')
    .filter((part) => part !== '.');
  const to = normalisePath(path).split('/');
  if (path.startsWith('/') !== folder.startsWith('/')) return path;
  let shared = 0;
  while (shared < from.length && shared < to.length - 1 && from[shared] === to[shared]) shared++;
  const up = from.slice(shared);
  // What is above a folder that is itself above has no name here.
  if (up.includes('..')) return path;
  return [...up.map(() => '..'), ...to.slice(shared)].join('/');
}
