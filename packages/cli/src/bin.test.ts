import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keepalivedConf } from './captured-terminal.fixture.js';

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const execute = promisify(execFile);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'viplab-bin-'));
  for (const [name, priority] of [
    ['n1', 150],
    ['n2', 100],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, `${name}/keepalived.conf`), keepalivedConf(priority));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function bin(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await execute(process.execPath, [BIN, ...words], { cwd: folder });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

// The build is somebody else's: without one there is nothing to test.
describe.skipIf(!existsSync(BIN))('the built command', () => {
  test('runs two files and prints no escape codes to a pipe', async () => {
    const { code, out, err } = await bin('run', 'n1/keepalived.conf', 'n2/keepalived.conf', '--until', '20s');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^flaps\? {5}no flap/m);
    expect(out).not.toContain('\u001b');
    expect((await bin('run', 'n1/keepalived.conf', 'n2/keepalived.conf', '--until', '20s')).out).toBe(out);
  });

  test('tells the shell what happened', async () => {
    expect((await bin('--help')).code).toBe(0);
    expect((await bin('run', 'none.conf')).code).toBe(2);
    expect((await bin('rnu')).code).toBe(2);
    writeFileSync(
      join(folder, 'wild.yaml'),
      'nodes:\n  n1: { address: 192.168.1.11/24, keepalived: n1/keepalived.conf }\nduration: 9s\nexpect: [flux]\n',
    );
    expect((await bin('run', 'wild.yaml', '-q')).code).toBe(1);
  });

  test('finds the examples', async () => {
    expect((await bin('examples')).out).toContain('segregated-vips');
  });

  test('ends in silence when its reader goes away', async () => {
    const child = spawn(
      process.execPath,
      [BIN, 'run', 'n1/keepalived.conf', 'n2/keepalived.conf', '--json'],
      { cwd: folder },
    );
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, err]).toEqual([0, '']);
  });
});
