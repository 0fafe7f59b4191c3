import { formatIpv4, type Lab, type LabPlan, SECOND, type VrrpInstanceConfig } from '@viplab/core';
import { carpCures } from './carp-cures.js';
import { type ConfEdit, confTextsOf } from './conf-edit.js';
import { InstanceText, replaceAt } from './instance-text.js';

/** A change of configuration that might cure, not tried yet. */
export interface CureCandidate {
  /** What is changed, as it is written: `unicast_peer`. */
  readonly keyword: string;
  /** Why it might help, in one sentence without an end: `unicast adverts do not need the multicast`. */
  readonly title: string;
  /** By node. */
  readonly edits: ReadonlyMap<string, readonly ConfEdit[]>;
}

/** An instance of a VIP, with its text. */
interface Holder {
  readonly node: string;
  readonly instance: VrrpInstanceConfig;
  readonly text: InstanceText;
  readonly texts: ReadonlyMap<string, string>;
}

/** From one priority to the next where there is room: what most people leave. */
const PRIORITY_STEP = 50;
/** Above the least weight that moves a VIP, so that the number is round and a later priority fits between. */
const WEIGHT_MARGIN = 10;
/** Refreshes in seconds: a gentle one, and one that repairs before most people notice. */
const REFRESHES = [10, 1];
/** Adverts that may be lost in a row with the cure; keepalived's default is 3. */
const PATIENT_ADVERTS = 6;
/** Longer than a node needs to boot and hear its first advert. */
const PREEMPT_DELAY_S = 5;
const MICROSECONDS = SECOND / 1000;

/**
 * Single changes that cure what commonly ails a virtual IP, in the order of their price. Each is made everywhere it
 * applies: a lab with two VIPs is not cured by half.
 */
export function cureCandidates(lab: Lab): CureCandidate[] {
  const holders = holdersOf(lab);
  const found = [
    ...carpCures(lab),
    distinctPriorities(lab.plan, holders),
    unicastPeers(lab, holders),
    heavierWeights(lab.plan, holders),
    noPreemption(holders),
    ...REFRESHES.map((seconds) => refresh(holders, seconds)),
    patience(holders),
    slowerAdverts(holders),
    preemptDelay(holders),
  ];
  return found.filter((candidate): candidate is CureCandidate => candidate !== null);
}

/** The keywords of all changes that are thought of, for saying what was tried. */
export const CURE_KEYWORDS = [
  'priority',
  'unicast_peer',
  'weight',
  'nopreempt',
  'garp_master_refresh',
  'down_timer_adverts',
  'advert_int',
  'preempt_delay',
  'advskew',
  'net.inet.carp.preempt',
  '-P',
  '-z',
] as const;

function holdersOf({ design, plan }: Lab): Holder[] {
  return plan.hosts.flatMap(({ name, keepalived }) => {
    const texts = confTextsOf(name, design.nodes[name]);
    return (keepalived?.config.instances ?? []).map((instance) => ({
      node: name,
      instance,
      text: new InstanceText(instance, texts),
      texts,
    }));
  });
}

/** Joins the edits of some holders; null if there are none, or if one cannot be made. */
function candidate(
  keyword: string,
  title: string,
  changes: readonly (readonly [Holder, readonly ConfEdit[] | null])[],
): CureCandidate | null {
  if (changes.length === 0) return null;
  const edits = new Map<string, ConfEdit[]>();
  for (const [{ node }, made] of changes) {
    if (made === null) return null;
    edits.set(node, [...(edits.get(node) ?? []), ...made]);
  }
  return { keyword, title, edits };
}

/** The holders of each VIP, in the order of the nodes. */
const groupsOf = (plan: LabPlan, holders: readonly Holder[]): Holder[][] =>
  plan.vips.map((vip) =>
    vip.holders.flatMap(({ node, instance }) =>
      holders.filter((holder) => holder.node === node && holder.instance.name === instance),
    ),
  );

function distinctPriorities(plan: LabPlan, holders: readonly Holder[]): CureCandidate | null {
  const next = new Map<Holder, number>();
  for (const group of groupsOf(plan, holders)) {
    const taken = new Set<number>();
    for (const holder of group) {
      const { basePriority } = holder.instance;
      if (!taken.has(basePriority)) {
        taken.add(basePriority);
        continue;
      }
      const lower = next.get(holder) ?? freeBelow(basePriority, taken);
      if (lower === null) return null;
      taken.add(lower);
      next.set(holder, lower);
    }
  }
  const changes = [...next].map(
    ([holder, priority]) => [holder, holder.text.set('priority', String(priority))] as const,
  );
  const what = [...next].map(([{ node }, priority]) => `${priority} on ${node}`).join(', ');
  return candidate('priority', `different priorities (${what}) need no addresses to decide`, changes);
}

function freeBelow(priority: number, taken: ReadonlySet<number>): number | null {
  for (let lower = priority - PRIORITY_STEP; lower > 0; lower -= PRIORITY_STEP)
    if (!taken.has(lower)) return lower;
  for (let lower = priority - 1; lower > 0; lower--) if (!taken.has(lower)) return lower;
  return null;
}

function unicastPeers(lab: Lab, holders: readonly Holder[]): CureCandidate | null {
  const inferred = new Set(lab.plan.inferred.map(({ what }) => what));
  const said = new Set<Holder>();
  const changes: (readonly [Holder, ConfEdit[] | null])[] = [];
  for (const group of groupsOf(lab.plan, holders)) {
    for (const holder of group) {
      if (said.has(holder) || holder.instance.unicast) continue;
      said.add(holder);
      const peers = group.filter(({ node }) => node !== holder.node);
      const lines = peers.map((peer) => {
        const address = addressOf(lab.plan, peer);
        const note =
          inferred.has(`${peer.node}.address`) || inferred.has('nodes')
            ? '; the address is inferred, put your own'
            : '';
        return address === null ? null : `${address}    # ${peer.node}${note}`;
      });
      if (peers.length === 0) continue;
      changes.push([
        holder,
        lines.includes(null)
          ? null
          : holder.text.insert((indent, deeper) => [
              `${indent}unicast_peer {`,
              ...lines.map((line) => `${deeper}${line ?? ''}`),
              `${indent}}`,
            ]),
      ]);
    }
  }
  return candidate('unicast_peer', 'unicast adverts do not need the multicast', changes);
}

/** The address from which a node advertises: of the instance's interface, the first. */
function addressOf(plan: LabPlan, { node, instance }: Holder): string | null {
  const interfaces = plan.hosts.find(({ name }) => name === node)?.interfaces ?? [];
  const face = interfaces.find(({ name }) => name === instance.interface) ?? interfaces[0];
  const own =
    instance.sourceAddress?.family === 'inet' ? instance.sourceAddress.address : face?.addresses[0]?.address;
  return own === undefined ? null : formatIpv4(own);
}

/** Weights of failing scripts that leave the node above every other. */
function heavierWeights(plan: LabPlan, holders: readonly Holder[]): CureCandidate | null {
  const wanted = new Map<string, { readonly holder: Holder; readonly script: string; weight: number }>();
  for (const group of groupsOf(plan, holders)) {
    for (const holder of group) {
      const others = group
        .filter(({ node }) => node !== holder.node)
        .map(({ instance }) => instance.basePriority);
      const below = others.filter((priority) => priority < holder.instance.basePriority);
      if (below.length === 0) continue;
      const gap = holder.instance.basePriority - Math.max(...below);
      for (const { name, weight } of holder.instance.trackScripts) {
        if (weight >= 0 || -weight > gap) continue;
        const key = `${holder.node} ${name}`;
        const heavier = -Math.ceil((gap + WEIGHT_MARGIN) / WEIGHT_MARGIN) * WEIGHT_MARGIN;
        const known = wanted.get(key);
        if (known === undefined || heavier < known.weight)
          wanted.set(key, { holder, script: name, weight: heavier });
      }
    }
  }
  const changes = [...wanted.values()].map(({ holder, script, weight }) => {
    const scripts = plan.hosts.find(({ name }) => name === holder.node)?.keepalived?.config.scripts ?? [];
    const place = scripts.find(({ name }) => name === script)?.origin['weight'];
    return [holder, place === undefined ? null : replaceAt(place, String(weight), holder.texts)] as const;
  });
  const what = [...wanted.values()].map(({ script, weight }) => `${weight} for ${script}`).join(', ');
  return candidate(
    'weight',
    `a weight that exceeds the gap of priorities (${what}) lets a failed check move it`,
    changes,
  );
}

function noPreemption(holders: readonly Holder[]): CureCandidate | null {
  const changes = holders
    // keepalived drops nopreempt beside state MASTER (vrrp_complete_instance) and for an address owner.
    .filter(({ instance }) => !instance.nopreempt && !instance.owner)
    .map((holder) => {
      const { instance, text } = holder;
      const flag = instance.origin['nopreempt'] === undefined ? text.set('nopreempt', '') : [];
      const state = instance.configuredState === 'MASTER' ? text.replace('state', 'BACKUP') : [];
      return [holder, flag === null || state === null ? null : [...flag, ...state]] as const;
    });
  return candidate('nopreempt', 'with nopreempt a node that returns does not take the address back', changes);
}

function refresh(holders: readonly Holder[], seconds: number): CureCandidate | null {
  const changes = holders
    .filter(
      ({ instance: { garp } }) => garp.masterRefreshUs === 0 || garp.masterRefreshUs > seconds * MICROSECONDS,
    )
    .map((holder) => [holder, holder.text.set('garp_master_refresh', String(seconds))] as const);
  const often = seconds === 1 ? 'each second' : `each ${seconds} s`;
  return candidate(
    'garp_master_refresh',
    `gratuitous ARP again ${often} mends what one lost announcement leaves`,
    changes,
  );
}

function patience(holders: readonly Holder[]): CureCandidate | null {
  const changes = holders
    .filter(({ instance }) => instance.downTimerAdverts < PATIENT_ADVERTS)
    .map((holder) => [holder, holder.text.set('down_timer_adverts', String(PATIENT_ADVERTS))] as const);
  return candidate(
    'down_timer_adverts',
    `a backup that waits for ${PATIENT_ADVERTS} adverts is not misled by a few lost ones; a failover takes longer`,
    changes,
  );
}

function slowerAdverts(holders: readonly Holder[]): CureCandidate | null {
  const changes = holders.map((holder) => {
    const seconds = (2 * holder.instance.advertIntervalUs) / MICROSECONDS;
    return [holder, holder.text.set('advert_int', String(seconds))] as const;
  });
  return candidate(
    'advert_int',
    'longer intervals leave slow links and short freezes more time; a failover takes longer',
    changes,
  );
}

function preemptDelay(holders: readonly Holder[]): CureCandidate | null {
  const changes = holders
    .filter(({ instance }) => instance.preemptDelayUs < PREEMPT_DELAY_S * MICROSECONDS && !instance.nopreempt)
    .map((holder) => [holder, holder.text.set('preempt_delay', String(PREEMPT_DELAY_S))] as const);
  return candidate(
    'preempt_delay',
    'a node that waits before it takes the address back hears the others first',
    changes,
  );
}
