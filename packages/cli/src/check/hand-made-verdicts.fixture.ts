import {
  type Campaign,
  type CheckVerdict,
  type Counterexample,
  type CureSearch,
  defaultCampaign,
  designOf,
  type Exploration,
  flapFree,
  greyCampaigns,
  type Scenario,
  scenarioToken,
} from '@viplab/check';
import { defineLab, type Lab, type LabDesign, MILLISECOND, SECOND } from '@viplab/core';
import { keepalivedConf } from '../captured-terminal.fixture.js';
import type { CheckResult } from './checked.js';

/** n1 (150) and n2 (100) share 192.168.1.100; c1 asks. */
export const PAIR: LabDesign = {
  name: 'pair',
  nodes: {
    n1: {
      address: '192.168.1.11/24',
      keepalived: { conf: keepalivedConf(150), file: 'n1/keepalived.conf', ready: '60ms' },
    },
    n2: {
      address: '192.168.1.12/24',
      keepalived: { conf: keepalivedConf(100), file: 'n2/keepalived.conf', ready: '80ms' },
    },
    c1: { address: '192.168.1.50/24', client: { request: '192.168.1.100:8080' } },
  },
};

export const LAB: Lab = defineLab(PAIR);
export const CLEAN: Campaign = defaultCampaign(LAB.plan);

/** Multicast is lost at 4 s. */
export const LOST_MULTICAST: Scenario = {
  seed: 1,
  starts: {},
  ready: {},
  actions: [{ at: 4 * SECOND, deed: { do: 'drop-multicast', node: 'sw1' } }],
  losses: [],
  until: 15 * SECOND,
};

export const COUNTEREXAMPLE: Counterexample = {
  property: 'single-owner',
  message: '192.168.1.100 has two owners for longer than the 0.2 ms allowed',
  address: '192.168.1.100',
  at: 7.084 * SECOND,
  scenario: LOST_MULTICAST,
  design: designOf(PAIR, LOST_MULTICAST),
  seed: 1,
  token: scenarioToken(LAB, LOST_MULTICAST),
};

const CLOSED: Exploration = {
  method: 'symbolic',
  states: 1_904_226,
  transitions: 5_210_884,
  depth: 61,
  isClosed: true,
  deadEnds: 0,
  endedBy: null,
  notVaried: ['CAM ageing'],
};

const COMMON = {
  campaign: CLEAN,
  properties: flapFree().map(({ name }) => name),
  bounds: [
    'at most 1 fault and its repair: power-off/on, unplug/plug, stop/start keepalived',
    'any node and instant once settled',
    'links 50 µs, no loss',
  ],
  design: PAIR,
  counterexamples: [],
} as const;

export const PROVED: CheckVerdict = {
  ...COMMON,
  word: 'proved',
  exploration: CLOSED,
  covered: [
    { what: 'failover of 192.168.1.100 to n1', share: 1 },
    { what: 'failover of 192.168.1.100 to n2', share: 1 },
    { what: 'two owners of 192.168.1.100', share: 0 },
  ],
  worst: [
    {
      what: 'headless',
      address: '192.168.1.100',
      lasted: 3.609 * SECOND,
      isStrict: true,
      allowed: 3.61 * SECOND,
      phase: 'settled',
      scenario: LOST_MULTICAST,
    },
    {
      what: 'dual',
      address: '192.168.1.100',
      lasted: 0.1 * MILLISECOND,
      isStrict: false,
      allowed: 0.2 * MILLISECOND,
      phase: 'boot',
      token: 'vl2-7q2mzk4d-c91b',
    },
    {
      what: 'astray',
      address: '192.168.1.100',
      client: 'c1',
      lasted: 0,
      isStrict: false,
      allowed: null,
      phase: 'settled',
    },
  ],
};

export const HELD: CheckVerdict = {
  ...COMMON,
  word: 'held',
  exploration: {
    ...CLOSED,
    method: 'random',
    states: 20_000,
    isClosed: false,
    endedBy: '9 100 000 states were open when the budget was spent',
    notVaried: [],
  },
  covered: [
    { what: 'failover of 192.168.1.100', share: 0.93 },
    { what: 'a full queue', share: 0 },
  ],
  worst: [],
};

export const BROKEN: CheckVerdict = {
  ...COMMON,
  word: 'broken',
  exploration: { ...CLOSED, states: 612, transitions: 900, isClosed: false, endedBy: null, notVaried: [] },
  covered: [],
  worst: [],
  counterexamples: [
    COUNTEREXAMPLE,
    { ...COUNTEREXAMPLE, property: 'no-flap', message: '192.168.1.100 moved without a cause' },
  ],
};

export const INCONCLUSIVE: CheckVerdict = {
  ...COMMON,
  word: 'inconclusive',
  exploration: {
    ...CLOSED,
    isClosed: false,
    endedBy: 'the budget was spent with 41 209 states open',
    notVaried: [],
  },
  covered: [{ what: 'failover of 192.168.1.100 to n2', share: 0 }],
  worst: [],
};

/** A result around a verdict. */
export const resultOf = (verdict: CheckVerdict, parts: Partial<CheckResult> = {}): CheckResult => ({
  lab: LAB,
  deciding: [{ campaign: verdict.campaign, verdict }],
  beside: [],
  triedBothOrders: false,
  cures: null,
  wrote: [],
  replay: (token) => `viplab run --replay ${token}`,
  replayRuns: (token) => `viplab check lab.yaml --replay ${token}`,
  diagnostics: [],
  ...parts,
});

/** Grey campaigns: the first two are broken and proved, the others were not reached. */
export const GREY = greyCampaigns(LAB.plan).map((campaign, index) => ({
  campaign,
  verdict: index === 0 ? { ...BROKEN, campaign } : index === 1 ? { ...PROVED, campaign } : null,
}));

/** A search that found `unicast_peer`. */
export const CURED: CureSearch = {
  cures: [
    {
      keyword: 'unicast_peer',
      title: 'unicast adverts do not need the multicast',
      design: PAIR,
      files: ['n1', 'n2'].map((name) => ({
        file: `${name}/keepalived.conf`,
        before: 'a\n    priority 150\nb\n',
        after: 'a\n    priority 150\n    unicast_peer {\n        192.168.1.12    # n2\n    }\nb\n',
      })),
      patch: '--- n1/keepalived.conf\n',
      verdict: PROVED,
    },
  ],
  tried: ['priority', 'unicast_peer'],
  count: 2,
};
