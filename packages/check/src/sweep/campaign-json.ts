import { type Nanoseconds, SECOND } from '@viplab/core';
import type { Campaign } from '../campaign/campaign.js';
import { FAULT_KINDS } from '../campaign/check-campaign.js';
import {
  arrayOf,
  boolean,
  count,
  Damage,
  fieldsOf,
  name,
  nanoseconds,
  oneOf,
  optional,
} from './json-fields.js';

/** Seconds with up to nine decimals, as everywhere in JSON. */
export const seconds = (time: Nanoseconds): number => time / SECOND;

/** A campaign with keys and units as in all JSON of viplab. */
export function campaignJson(campaign: Campaign): object {
  const { latency } = campaign;
  return {
    name: campaign.name,
    faults: campaign.faults,
    ...(campaign.nodes === undefined ? {} : { nodes: campaign.nodes }),
    at_once: campaign.atOnce,
    in_all: campaign.inAll,
    repairs: campaign.repairs,
    faults_from: campaign.faultsFrom,
    lost_frames: campaign.lostFrames,
    ...(campaign.lostTowards === undefined ? {} : { lost_towards: campaign.lostTowards }),
    start_within: seconds(campaign.startWithin),
    ...(latency === undefined ? {} : { latency: { lo: seconds(latency.lo), hi: seconds(latency.hi) } }),
    drift_ppm: campaign.driftPpm,
  };
}

/** @throws Damage if it is no campaign */
export function campaignOfJson(json: unknown): Campaign {
  const fields = fieldsOf(json, 'campaign');
  const nodes = optional(fields['nodes'], arrayOf(name), 'nodes');
  const lostTowards = optional(fields['lost_towards'], arrayOf(name), 'lost_towards');
  const latency = optional(fields['latency'], latencyOf, 'latency');
  return {
    name: name(fields['name'], 'name'),
    faults: arrayOf(oneOf(FAULT_KINDS))(fields['faults'], 'faults'),
    ...(nodes === undefined ? {} : { nodes }),
    atOnce: count(fields['at_once'], 'at_once'),
    inAll: count(fields['in_all'], 'in_all'),
    repairs: boolean(fields['repairs'], 'repairs'),
    faultsFrom: oneOf(['settled', 'start'] as const)(fields['faults_from'], 'faults_from'),
    lostFrames: count(fields['lost_frames'], 'lost_frames'),
    ...(lostTowards === undefined ? {} : { lostTowards }),
    startWithin: nanoseconds(fields['start_within'], 'start_within'),
    ...(latency === undefined ? {} : { latency }),
    driftPpm: count(fields['drift_ppm'], 'drift_ppm'),
  };
}

function latencyOf(json: unknown, key: string): { readonly lo: Nanoseconds; readonly hi: Nanoseconds } {
  const fields = fieldsOf(json, key);
  const lo = nanoseconds(fields['lo'], 'lo');
  const hi = nanoseconds(fields['hi'], 'hi');
  if (lo > hi) throw new Damage(`${key} ends before it begins`);
  return { lo, hi };
}
