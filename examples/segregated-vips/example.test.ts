import { CLEAN_FAULTS, oneFaultAndRepair, prove } from '@viplab/check';
import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

describe('segregated-vips', () => {
  test('n1 loses power and returns: writers wait 3.00 s once, readers never notice', async () => {
    const run = (await loadExample('segregated-vips/lab.yaml')).run();
    const [away, back] = run.report.vip('192.168.1.100').handovers;
    // 3 x 1 s + 156/256 s after n1's last advert, which was lost with the machine 0.525 s later.
    expect(away).toMatchObject({ from: 'n1', to: 'n2', cause: { action: 'power-off', target: 'n1' } });
    expect(back).toMatchObject({ from: 'n2', to: 'n1', cause: { action: 'power-on', target: 'n1' } });
    expect(run.report.vip('192.168.1.101').handovers).toEqual([]);
    expect(run.report.client('c1/2').outages).toEqual([]);
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "c9ebd8eb7397cb5c",
        "dual": [
          ".100 28.475 to 28.475",
        ],
        "handovers": [
          ".100 13.085 n1 to n2, power-off",
          ".100 28.475 n2 to n1, power-on",
        ],
        "headless": [
          ".100 10.000 to 13.085",
        ],
        "isExpected": true,
        "moves": {
          "arp": 8,
          "cam": 0,
          "landing": 2,
        },
        "outages": [
          "c1 .100 10.145 to 13.145, 15 attempts, timeout",
        ],
        "states": [
          "3.475 n1 VI_WRITE MASTER",
          "3.502 n2 VI_READ MASTER",
          "13.085 n2 VI_WRITE MASTER",
          "28.475 n1 VI_WRITE MASTER",
        ],
        "verdict": "no-flap",
      }
    `);
  });

  test('the handover takes between 2.6 s and 3.61 s, by the instant of the failure', async () => {
    const lab = await loadExample('segregated-vips/lab.yaml');
    const waits = Array.from({ length: 11 }, (_, index) => {
      const at = 9_500 + index * 97;
      const run = lab
        .with({ schedule: [{ at: `${at}ms`, do: 'power-off', node: 'n1' }] })
        .run({ until: '20s' });
      const [handover] = run.report.vip('192.168.1.100').handovers;
      return ((handover?.at ?? 0) - at * 1e6) / 1e9;
    });
    expect(Math.min(...waits)).toBeGreaterThan(2.6);
    expect(Math.max(...waits)).toBeLessThan(3.61);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(0.8);
  });

  test.each(CLEAN_FAULTS.filter((kind) => kind !== 'check-fails'))(
    'one fault and its repair at any instant, %s: proved flap-free, headless for 3.61 s at most',
    async (kind) => {
      const lab = await loadExample('segregated-vips/lab.yaml');
      const { word, exploration, worst } = await prove(lab, { causes: oneFaultAndRepair({ of: [kind] }) });
      expect([word, exploration.isClosed]).toEqual(['proved', true]);
      const headless = worst.filter(({ what, phase }) => what === 'headless' && phase === 'settled');
      expect(Math.max(...headless.map(({ lasted }) => lasted))).toBeLessThan(3_610_000_000);
    },
  );
});
