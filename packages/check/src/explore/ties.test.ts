import { expect, test } from 'vitest';
import { budgetsOf } from '../property/budgets.js';
import { sometimes } from '../property/sometimes.js';
import { carpCluster } from './carp-clusters.fixture.js';
import { ConcreteSearch } from './concrete-search.js';
import { NO_CAUSE } from './situation.fixture.js';

const VIP = '192.168.1.100';
/** n2 boots just as much later as an advert travels: its timer is due when n1's first advert arrives. */
const TRAVEL = 200_000;

function explorationOf(ties: 'packet-first' | 'timer-first') {
  const { design, plan } = carpCluster([0, 0], { ties });
  const properties = [sometimes('n2 owns it', (net) => net.vip(VIP).owners.includes('n2'))];
  const campaign = { ...NO_CAUSE, startWithin: TRAVEL };
  return { design, plan, campaign, properties, vips: budgetsOf(design, plan) };
}

function searched(ties: 'packet-first' | 'timer-first'): ConcreteSearch {
  const search = new ConcreteSearch(explorationOf(ties), { starts: [[0, TRAVEL]] });
  for (let left = 200; left > 0 && search.expand(20); left--);
  expect(search.frontier).toBe(0);
  return search;
}

test('an advert that arrives when the timer is due comes first, unless the lab says that timers do', () => {
  expect([...searched('packet-first').reached]).toEqual([]);
  expect([...searched('timer-first').reached]).toEqual(['n2 owns it']);
});
