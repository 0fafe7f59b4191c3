import { defineLab } from '@viplab/core';
import { describe, expect, test } from 'vitest';
import { judgeConnections, judgeLosses, judgeOutage } from './judge-clients.js';
import { brokenByLostMulticast, checked, FAILS_OVER, pair, VIP, worstCase } from './judged-labs.fixture.js';

const failed = defineLab(FAILS_OVER).run();
const healthy = pair.run({ until: '20s' });
const early = pair.run({ until: '2s' });

describe('toLoseNothing', () => {
  test('of a run passes if all is answered, and tells the first request that is lost', () => {
    expect(judgeLosses(healthy)).toMatchObject({
      pass: true,
      message: expect.stringMatching(/but all \d+ are answered/),
    });
    const { pass, message } = judgeLosses(failed);
    expect(pass).toBe(false);
    expect(message).toMatch(
      /^expected pair to lose no request, but c1 loses request \d+ to 192\.168\.1\.100:8080: .*, the first of \d+ \(never-loses\)$/m,
    );
    expect(message).toContain('n1 loses power');
    expect(message).toContain(`--replay ${failed.token}`);
  });

  test('a run in which nobody was served shows nothing', () => {
    expect(judgeLosses(early)).toMatchObject({
      pass: false,
      message: expect.stringContaining('no client was ever served'),
    });
  });

  test('of a check needs the question', () => {
    expect(judgeLosses(checked('held', { properties: ['never-loses'] })).pass).toBe(true);
    expect(judgeLosses(checked('held')).message).toContain('it was not asked for');
  });
});

describe('toServeAgainWithin', () => {
  test('of a run is about the longest outage', () => {
    expect(judgeOutage(failed, '4s')).toMatchObject({
      pass: true,
      message: expect.stringMatching(/c1 was without service for 3\.\d+ s at most/),
    });
    const { pass, message } = judgeOutage(failed, '2s');
    expect(pass).toBe(false);
    expect(message).toMatch(/^expected pair to serve again within 2\.00 s, but c1 is without service/m);
    expect(message).toContain(`--replay ${failed.token}`);
    expect(judgeOutage(early, '4s').pass).toBe(false);
  });

  test('of a check is about what was asked, else about what was measured', () => {
    const asked = checked('held', { properties: ['client-outage-within-4s'] });
    expect(judgeOutage(asked, '4s').pass).toBe(true);
    expect(judgeOutage(asked, '3s').pass).toBe(false);
    const outage = { ...worstCase('client outage', 3.6e9), client: 'c1', token: 'vl2-a-s1' };
    const measured = checked('held', { worst: [outage, { ...outage, lasted: 1e9 }] });
    expect(judgeOutage(measured, '4s').pass).toBe(true);
    expect(judgeOutage(measured, '3s')).toMatchObject({
      pass: false,
      message: expect.stringMatching(
        new RegExp(`c1 on ${VIP} was without service for 3\\.60 s in the worst case[^]*--replay vl2-a-s1`),
      ),
    });
    const endless = checked('held', { worst: [{ ...outage, isUnbounded: true }] });
    expect(judgeOutage(endless, '4s').pass).toBe(false);
    expect(judgeOutage(checked('inconclusive', { worst: [outage] }), '4s').pass).toBe(false);
  });
});

describe('toKeepConnections', () => {
  test('of a run needs a connection', () => {
    expect(judgeConnections(healthy)).toMatchObject({
      pass: false,
      message: expect.stringContaining('no client opened one: nothing was shown'),
    });
  });

  test('of a run passes if what was opened is kept, and tells what breaks and by whom', () => {
    const client = { connect: `${VIP}:5432`, hold: true } as const;
    const held = {
      ...FAILS_OVER,
      nodes: { ...FAILS_OVER.nodes, c1: { address: '192.168.1.50/24', client } },
    };
    expect(judgeConnections(defineLab({ ...held, schedule: [] }).run())).toMatchObject({
      pass: true,
      message: expect.stringContaining('but the one that was opened is kept'),
    });
    const { pass, message } = judgeConnections(defineLab(held).run());
    expect(pass).toBe(false);
    expect(message).toMatch(/but c1's connection 1 to .* is reset by n2, .* \(keeps-connections\)$/m);
    expect(message).toMatch(/^ {4}also {4}c1's connection 2 .* is reset by n1/m);
  });

  test('of a check needs the question and tells a counterexample', () => {
    expect(judgeConnections(checked('held', { properties: ['keeps-connections'] })).pass).toBe(true);
    expect(judgeConnections(checked('proved')).message).toContain('left out keeps-connections');
    const broken = brokenByLostMulticast();
    expect(judgeConnections(broken).message).toContain(broken.counterexamples[0]?.token ?? '?');
  });
});
