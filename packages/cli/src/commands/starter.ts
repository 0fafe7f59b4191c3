/** What `viplab init` writes where there is nothing yet: a pair of keepalived nodes with one virtual address. */
export const STARTER_CONFIGURATIONS: ReadonlyMap<string, string> = new Map([
  ['n1/keepalived.conf', starter(150)],
  ['n2/keepalived.conf', starter(100)],
]);

function starter(priority: number): string {
  return `vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        192.168.1.100/24
    }
}
`;
}

/** The test that stands beside a lab. */
export const LAB_TEST = `import { fileURLToPath } from 'node:url';
import { loadLab } from '@viplab/config';
import { expect, test } from 'vitest';

test('no virtual address flaps', async () => {
  const lab = await loadLab(fileURLToPath(new URL('lab.yaml', import.meta.url)));
  for (const seed of [1, 2, 3]) {
    const run = lab.run({ seed });
    expect(run.report.verdict.words, run.text()).toEqual(['no-flap']);
  }
});
`;
