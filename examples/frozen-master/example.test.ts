import { describe, expect, test } from 'vitest';
import { loadExample, outcomeOf } from '../labs.testing.js';

describe('frozen-master', () => {
  test('two owners while it is frozen; on waking it never left MASTER and answers each advert that waited', async () => {
    const run = (await loadExample('frozen-master/lab.yaml')).run();
    // n2's adverts of 13.08 and 14.08 waited in n1's socket.
    const woken = run.trace.filter('vrrp.lower-advert').map(({ node, time }) => [node, time]);
    expect(woken).toEqual([
      ['n1', 15e9],
      ['n1', 15e9],
    ]);
    const adverts = run.trace
      .filter('vrrp.advert-sent')
      .filter(({ node, time }) => node === 'n1' && time === 15e9);
    expect(adverts).toHaveLength(2);
    const announced = run.trace
      .filter('arp.announced')
      .filter(({ node, time }) => node === 'n1' && time >= 15e9);
    // Five for each of the two at once, and as many 5 s later.
    expect(announced.map(({ time }) => Math.floor(time / 1e9))).toEqual([
      ...Array<number>(10).fill(15),
      ...Array<number>(10).fill(20),
    ]);
    expect(run.trace.filter('vrrp.state').filter(({ node, time }) => node === 'n1' && time > 5e9)).toEqual(
      [],
    );
    expect(outcomeOf(run)).toMatchInlineSnapshot(`
      {
        "digest": "946d53344bed9457",
        "dual": [
          ".100 13.084 to 15.000",
        ],
        "handovers": [],
        "headless": [],
        "isExpected": true,
        "moves": {
          "arp": 3,
          "cam": 0,
          "landing": 2,
        },
        "outages": [],
        "states": [
          "3.474 n1 VI_1 MASTER",
          "13.084 n2 VI_1 MASTER",
        ],
        "verdict": "dual",
      }
    `);
  });

  test('the whole machine frozen: nobody answers meanwhile', async () => {
    const lab = await loadExample('frozen-master/lab.yaml');
    const run = lab
      .with({
        schedule: [
          { at: '10s', do: 'freeze', node: 'n1' },
          { at: '15s', do: 'thaw', node: 'n1' },
        ],
      })
      .run();
    expect(run.report.client('c1').outages).toHaveLength(1);
    expect(run.report.client('c1').outages[0]).toMatchObject({ kind: 'timeout', attempts: 15 });
  });
});
