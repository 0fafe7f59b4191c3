import { describe, expect, test } from 'vitest';
import {
  baseNameOf,
  decodeFile,
  filesOf,
  folderOf,
  joinPath,
  MAX_FILE_BYTES,
  normalisePath,
  relativePath,
} from './file-source.js';

describe('paths', () => {
  test.each([
    ['a/./b/../c', 'a/c'],
    ['../a', '../a'],
    ['a/../../b', '../b'],
    ['/../a//b/', '/a/b'],
    ['', '.'],
    ['./', '.'],
  ])('%s is %s', (path, normal) => {
    expect(normalisePath(path)).toBe(normal);
  });

  test('are joined unless they are absolute', () => {
    expect(joinPath('n1', 'conf.d/a.conf')).toBe('n1/conf.d/a.conf');
    expect(joinPath('n1', '../n2/a.conf')).toBe('n2/a.conf');
    expect(joinPath('n1', '/etc/keepalived/a.conf')).toBe('/etc/keepalived/a.conf');
  });

  test.each([
    ['lab', 'lab/n1/a.conf', 'n1/a.conf'],
    ['lab', 'n2/a.conf', '../n2/a.conf'],
    ['.', 'n1/a.conf', 'n1/a.conf'],
    ['../lab', '../lab/n1/a.conf', 'n1/a.conf'],
    ['../lab', 'n1/a.conf', 'n1/a.conf'],
    ['/x/lab', '/x/lab/n1/a.conf', 'n1/a.conf'],
    ['/x/lab', '/x/n1/a.conf', '../n1/a.conf'],
    ['lab', '/etc/a.conf', '/etc/a.conf'],
  ])('seen from %s, %s is %s', (folder, path, relative) => {
    expect(relativePath(folder, path)).toBe(relative);
  });

  test('are taken apart', () => {
    expect([folderOf('n1/keepalived.conf'), folderOf('a.conf'), folderOf('/a.conf')]).toEqual([
      'n1',
      '.',
      '/',
    ]);
    expect(baseNameOf('n1/keepalived.conf')).toBe('keepalived.conf');
  });
});

describe('texts by path', () => {
  const files = filesOf(
    new Map([
      ['./n1/a.conf', 'one'],
      ['n1/b.conf', 'two'],
      ['n2/c/d.conf', 'three'],
    ]),
  );

  test('are read by any spelling of the path', () => {
    expect(files.read('n1/../n1/a.conf')).toEqual({ kind: 'text', text: 'one' });
  });

  test('are missing or folders', () => {
    expect(files.read('n3')).toEqual({ kind: 'missing' });
    expect(files.read('n1')).toEqual({ kind: 'directory' });
    expect(files.read('.')).toEqual({ kind: 'directory' });
  });

  test('are listed by folder', () => {
    expect(files.list('n1')).toEqual(['a.conf', 'b.conf']);
    expect(files.list('.')).toEqual(['n1', 'n2']);
    expect(files.list('n9')).toEqual([]);
  });
});

describe('bytes of a file', () => {
  test('lose their byte order mark', () => {
    expect(decodeFile(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toEqual({ kind: 'text', text: 'a' });
  });

  test('may be Latin-1, as in the comment of an old file', () => {
    expect(decodeFile(new Uint8Array([0x23, 0xe9, 0x0a]))).toEqual({ kind: 'text', text: '#\ufffd\n' });
  });

  test('with a zero among them are no text', () => {
    expect(decodeFile(new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0]))).toEqual({ kind: 'binary' });
  });

  test('are too many above the limit and not at it', () => {
    expect(decodeFile(new Uint8Array(MAX_FILE_BYTES).fill(0x20)).kind).toBe('text');
    expect(decodeFile(new Uint8Array(MAX_FILE_BYTES + 1).fill(0x20))).toEqual({
      kind: 'too-large',
      bytes: MAX_FILE_BYTES + 1,
    });
  });
});
