import { oneFaultAndRepair, prove } from '../packages/check/dist/index.js';
import { cluster, explore, HARD, JITTER } from './exploration-cases.mjs';

const seconds = (priorities, campaign) => () => explore(priorities, campaign).seconds;

/** Seconds from the first line to a verdict on a pair, in a process that has done nothing yet. */
async function proveCold() {
  const begin = performance.now();
  const verdict = await prove(cluster([150, 100]), { causes: oneFaultAndRepair(), budget: '20s' });
  if (verdict.word !== 'proved') throw new Error(`the pair is ${verdict.word}`);
  return (performance.now() - begin) / 1000;
}

export const bench = {
  unit: 's',
  cases: {
    '2 nodes, latency range': seconds([150, 100], { ...HARD, latency: JITTER }),
    '3 equal nodes': seconds([100, 100, 100], HARD),
    'prove(pair), cold': proveCold,
  },
  peers: [],
};
