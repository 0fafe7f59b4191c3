import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiagnosticError } from '@viplab/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLab, readDesign } from './load-lab.js';

const CONF =
  'vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 150\n    virtual_ipaddress {\n        192.168.1.100/24\n    }\n}\n';

describe('texts by path', () => {
  const files = new Map<string, string | Uint8Array>([
    ['n1/keepalived.conf', CONF],
    ['n2/keepalived.conf', CONF.replace('150', '100')],
    ['lab/lab.yaml', 'nodes:\n  n1: { address: 192.168.1.11/24, keepalived: ../n1/keepalived.conf }\n'],
    ['haproxy.cfg', 'global\n    maxconn 1\ndefaults\n    mode tcp\n'],
    ['x.conf', 'frr version 8\nrouter bgp 1\n'],
    ['README', 'hello'],
    ['a.bin', new Uint8Array([1, 0, 2])],
    ['empty/x', ''],
    ['empty.conf', ''],
    ['typo/keepalived.conf', CONF.replace('virtual_router_id', 'virtual_routr_id')],
    ['odd/keepalived.conf', CONF.replace('priority', 'colour red\n    priority')],
    ['split/keepalived.conf', `global_defs {\n}\ninclude /etc/keepalived/conf.d/*.conf\n`],
    ['split/conf.d/vip.conf', CONF],
    ['loop/keepalived.conf', `${CONF}include keepalived.conf\n`],
    ['broken-include/keepalived.conf', `${CONF}include part.conf\n`],
    ['broken-include/part.conf', 'vrrp_instance VI_2 {\n    interfac eth0\n}\n'],
  ]);
  const codes = async (paths: string | readonly string[]) =>
    (await readDesign(paths, { files })).diagnostics.map(({ code, file }) => `${code} ${file}`);

  test('of configurations make a lab', async () => {
    const lab = await loadLab(['n1/keepalived.conf', 'n2/keepalived.conf'], { files });
    expect(lab.design.name).toBe('n1, n2');
  });

  test('of a lab in a folder make a lab called like the folder', async () => {
    const { design } = await readDesign('lab', { files });
    expect(design?.name).toBe('lab');
    expect(design?.nodes['n1']).toMatchObject({ keepalived: { conf: CONF, file: '../n1/keepalived.conf' } });
  });

  test('have the same token from wherever they are read', async () => {
    const below = new Map([...files].map(([path, text]) => [`/x/y/${path}`, text]));
    const [here, there] = [
      await loadLab('lab', { files }),
      await loadLab('/x/y/lab/lab.yaml', { files: below }),
    ];
    expect(there.digest).toBe(here.digest);
  });

  test('that a folder of the machine would have are found beside the file', async () => {
    const { design, sources } = await readDesign('split/keepalived.conf', { files });
    expect(design?.nodes['split']).toMatchObject({
      keepalived: { includes: { '/etc/keepalived/conf.d/vip.conf': CONF } },
    });
    expect([...sources.keys()]).toContain('/etc/keepalived/conf.d/vip.conf');
    expect((await loadLab('split/keepalived.conf', { files })).plan.vips).toHaveLength(1);
  });

  test.each<[string, string | string[], string]>([
    ['nothing', [], 'file/none '],
    ['a missing file', 'n3/keepalived.conf', 'file/missing n3/keepalived.conf'],
    ['a folder without a lab', 'empty', 'file/no-lab empty'],
    ['a binary', 'a.bin', 'file/binary a.bin'],
    ['something else', 'README', 'file/unknown-kind README'],
    ['HAProxy', 'haproxy.cfg', 'file/not-modelled haproxy.cfg'],
    ['FRR', ['n1/keepalived.conf', 'x.conf'], 'file/not-modelled x.conf'],
    ['a lab and a file', ['lab/lab.yaml', 'n1/keepalived.conf'], 'file/mixed lab/lab.yaml'],
    ['two labs', ['lab', 'lab/lab.yaml'], 'file/mixed lab/lab.yaml'],
    ['too many', Array<string>(101).fill('n1/keepalived.conf'), 'file/too-many n1/keepalived.conf'],
    ['an empty file', 'empty.conf', 'lab/no-vip empty.conf'],
    ['a misspelt keyword', 'typo/keepalived.conf', 'conf/unknown-keyword typo/keepalived.conf'],
    ['an include loop', 'loop/keepalived.conf', 'conf/include-loop loop/keepalived.conf'],
    [
      'an error in an include',
      'broken-include/keepalived.conf',
      'conf/unknown-keyword broken-include/part.conf',
    ],
  ])('that are %s are refused', async (_, paths, complaint) => {
    expect(await codes(paths)).toContain(complaint);
    await expect(loadLab(paths, { files })).rejects.toThrow(DiagnosticError);
  });

  test('are run like the daemon would, if asked', async () => {
    const { design, diagnostics } = await readDesign('odd/keepalived.conf', { files, likeDaemon: true });
    expect(design).toBeDefined();
    expect(diagnostics.find(({ code }) => code === 'conf/unknown-keyword')?.severity).toBe('warning');
  });
});

describe('the disk', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'viplab-config-'));
    mkdirSync(join(folder, 'n1/conf.d'), { recursive: true });
    writeFileSync(join(folder, 'n1/keepalived.conf'), 'include conf.d/*.conf\n');
    writeFileSync(join(folder, 'n1/conf.d/vip.conf'), CONF);
    writeFileSync(join(folder, 'huge.conf'), CONF.repeat(100_000));
    writeFileSync(join(folder, 'secret.conf'), CONF);
    chmodSync(join(folder, 'secret.conf'), 0);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is read with includes', async () => {
    expect((await loadLab(join(folder, 'n1'))).plan.vips).toHaveLength(1);
  });

  test('has files that are too large, are folders, devices or missing', async () => {
    const code = async (name: string) => (await readDesign(name)).diagnostics[0]?.code;
    expect(await code(join(folder, 'huge.conf'))).toBe('file/too-large');
    expect(await code(folder)).toBe('file/no-lab');
    expect(await code('/dev/zero')).toBe('file/unreadable');
    expect(await code(join(folder, 'none.conf'))).toBe('file/missing');
    expect(await code(join(folder, 'n1/keepalived.conf/x'))).toBe('file/missing');
  });

  // Root reads everything.
  test.skipIf(process.getuid?.() === 0)('has files that may not be read', async () => {
    expect((await readDesign(join(folder, 'secret.conf'))).diagnostics[0]?.code).toBe('file/unreadable');
  });
});
