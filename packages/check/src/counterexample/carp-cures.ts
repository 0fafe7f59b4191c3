import {
  type CarpConfig,
  type CarpInterfaceConfig,
  type CarpNodeConfig,
  type CarpPlace,
  carpInstanceName,
  isOpenBsd,
  type Lab,
  type LabPlan,
  type UcarpConfig,
} from '@viplab/core';
import { type ConfEdit, confTextsOf } from './conf-edit.js';
import type { CureCandidate } from './cure-candidates.js';
import { replaceAt } from './instance-text.js';

/** From one advskew to the next where there is room: what pfSense and OPNsense add on the second machine. */
const SKEW_STEP = 100;
/** advskew is in units of 1/256 s (carp(4)). */
const SKEW_UNITS = 256;
/** It goes to 254. */
const MOST_SKEW = 254;
/** FreeBSD advertises no more than this (CARP_MAXSKEW); beyond it all are alike. */
const MOST_ADVERTISED = 240;
/** Kept below what a demoted FreeBSD node advertises. */
const MOST_DISTINCT = 239;

type Texts = ReadonlyMap<string, string>;

/** A virtual host of CARP or a ucarp, with the places where it can be changed. */
interface Holder {
  readonly node: string;
  readonly instance: string;
  readonly skew: number;
  readonly mostSkew: number;
  /** How often it would advertise, in 1/256 s: what decides, the less the better. */
  intervalOf(skew: number): number;
  setSkew(skew: number): ConfEdit[] | null;
}

/** Changes of CARP's settings, in a kernel or of ucarp, that may cure; see `cureCandidates`. */
export function carpCures(lab: Lab): (CureCandidate | null)[] {
  const holders = holdersOf(lab);
  return [
    distinctSkews(lab.plan, holders),
    lowerSkew(lab.plan, holders),
    preemption(lab),
    ucarpFlag(lab, '-P', ({ preempt }) => preempt, 'with -P everywhere the best node is master'),
    ucarpFlag(
      lab,
      '-z',
      ({ downAtExit }) => downAtExit,
      'with -z a ucarp that is stopped gives the address up',
    ),
  ];
}

function holdersOf({ design, plan }: Lab): Holder[] {
  return plan.hosts.flatMap(({ name, carp, ucarps }) => {
    const texts = confTextsOf(name, design.nodes[name]);
    return [
      ...(carp?.config.interfaces ?? []).flatMap((iface) =>
        iface.vrrp === null
          ? iface.nodes.map((node) => kernelHolder(name, carp?.config as CarpConfig, iface, node, texts))
          : [],
      ),
      ...ucarps.map(({ name: process, config }) => ucarpHolder(name, process, config, texts)),
    ];
  });
}

function kernelHolder(
  node: string,
  { system }: CarpConfig,
  iface: CarpInterfaceConfig,
  host: CarpNodeConfig,
  texts: Texts,
): Holder {
  return {
    node,
    instance: carpInstanceName(iface, host),
    skew: host.advskew,
    mostSkew: isOpenBsd(system) ? MOST_SKEW : MOST_DISTINCT,
    intervalOf: (skew) =>
      iface.advbase * SKEW_UNITS + (isOpenBsd(system) ? skew : Math.min(MOST_ADVERTISED, skew)),
    setSkew: (skew) => setSkew(iface, host, skew, texts),
  };
}

/** `advskew N` where it is written, in `carpnodes`, or behind the vhid. */
function setSkew(
  { origin, nodes }: CarpInterfaceConfig,
  host: CarpNodeConfig,
  skew: number,
  texts: Texts,
): ConfEdit[] | null {
  const { advskew, carpnodes, vhid } = origin;
  if (carpnodes !== undefined) {
    const list = nodes.map((each) => `${each.vhid}:${each === host ? skew : each.advskew}`).join(',');
    return replaceAt(carpnodes, list, texts);
  }
  if (advskew !== undefined) return replaceAt(advskew, String(skew), texts);
  return vhid === undefined ? null : insertBehind(vhid, ` advskew ${skew}`, texts);
}

const insertBehind = ({ file, range: { end } }: CarpPlace, text: string, texts: Texts): ConfEdit[] | null =>
  replaceAt({ file, range: { start: end, end } }, text, texts);

function ucarpHolder(node: string, process: string, config: UcarpConfig, texts: Texts): Holder {
  const { origin, advbase, advskew } = config;
  return {
    node,
    instance: process,
    skew: advskew,
    mostSkew: MOST_SKEW,
    intervalOf: (skew) => advbase * SKEW_UNITS + skew,
    setSkew: (skew) => {
      if (origin['k'] !== undefined) return replaceAt(origin['k'], String(skew), texts);
      return origin['v'] === undefined ? null : insertBehind(origin['v'], ` -k ${skew}`, texts);
    },
  };
}

/** The holders of each VIP, in the order of the nodes. */
const groupsOf = (plan: LabPlan, holders: readonly Holder[]): Holder[][] =>
  plan.vips.map((vip) =>
    vip.holders.flatMap(({ node, instance }) =>
      holders.filter((holder) => holder.node === node && holder.instance === instance),
    ),
  );

function candidate(
  keyword: string,
  title: string,
  changes: readonly (readonly [string, readonly ConfEdit[] | null])[],
): CureCandidate | null {
  if (changes.length === 0) return null;
  const edits = new Map<string, ConfEdit[]>();
  for (const [node, made] of changes) {
    if (made === null) return null;
    edits.set(node, [...(edits.get(node) ?? []), ...made]);
  }
  return { keyword, title, edits };
}

/** Whoever advertises as often as one before it gets a higher skew. */
function distinctSkews(plan: LabPlan, holders: readonly Holder[]): CureCandidate | null {
  const next = new Map<Holder, number>();
  for (const group of groupsOf(plan, holders)) {
    const taken = new Set<number>();
    for (const holder of group) {
      const interval = holder.intervalOf(next.get(holder) ?? holder.skew);
      if (!taken.has(interval)) {
        taken.add(interval);
        continue;
      }
      const higher = freeSkew(holder, taken);
      if (higher === null) return null;
      taken.add(holder.intervalOf(higher));
      next.set(holder, higher);
    }
  }
  const what = [...next].map(([{ node }, skew]) => `${skew} on ${node}`).join(', ');
  return candidate(
    'advskew',
    `different skews (${what}) leave no two nodes that yield to each other`,
    [...next].map(([holder, skew]) => [holder.node, holder.setSkew(skew)] as const),
  );
}

function freeSkew(holder: Holder, taken: ReadonlySet<number>): number | null {
  const { skew, mostSkew } = holder;
  const isFree = (wanted: number): boolean => !taken.has(holder.intervalOf(wanted));
  for (let higher = skew + SKEW_STEP; higher <= mostSkew; higher += SKEW_STEP)
    if (isFree(higher)) return higher;
  for (let higher = mostSkew; higher > 0; higher--) if (isFree(higher)) return higher;
  return null;
}

/** The first of some that are alike gets a lower skew: what one node alone can do. */
function lowerSkew(plan: LabPlan, holders: readonly Holder[]): CureCandidate | null {
  const next = new Map<Holder, number>();
  for (const group of groupsOf(plan, holders)) {
    for (const holder of group) {
      const own = holder.intervalOf(holder.skew);
      const isAlike = group.some((other) => other !== holder && other.intervalOf(other.skew) === own);
      const isDone = group.some((other) => next.has(other));
      if (!isAlike || isDone || holder.skew === 0) continue;
      next.set(holder, Math.min(holder.skew - 1, holder.mostSkew));
    }
  }
  const what = [...next].map(([{ node }, skew]) => `${skew} on ${node}`).join(', ');
  return candidate(
    'advskew',
    `a lower skew (${what}) says who is to be master`,
    [...next].map(([holder, skew]) => [holder.node, holder.setSkew(skew)] as const),
  );
}

const PREEMPT_LINE = 'net.inet.carp.preempt=1';

/** `net.inet.carp.preempt=1` on every machine. */
function preemption({ design, plan }: Lab): CureCandidate | null {
  const changes = plan.hosts.flatMap(({ name, carp }) => {
    if (carp === null || carp.config.sysctl.preempt) return [];
    const texts = confTextsOf(name, design.nodes[name]);
    return [[name, setPreempt(name, carp.config, texts)] as const];
  });
  return candidate(
    'net.inet.carp.preempt',
    'with preempt everywhere the best node is master, and a demoted one gives way',
    changes,
  );
}

function setPreempt(node: string, { origin }: CarpConfig, texts: Texts): ConfEdit[] | null {
  const place = origin['preempt'];
  if (place !== undefined) return replaceAt(place, '1', texts);
  const files = [...texts.keys()];
  const known = files.find((file) => file.endsWith('sysctl.conf'));
  if (known !== undefined)
    return [{ kind: 'insert', file: known, after: linesOf(texts.get(known) ?? ''), lines: [PREEMPT_LINE] }];
  // Lines of ifconfig and sysctl in one script.
  const script = files.find((file) => file === `${node}/carp`);
  if (script !== undefined)
    return [
      {
        kind: 'insert',
        file: script,
        after: linesOf(texts.get(script) ?? ''),
        lines: [`sysctl ${PREEMPT_LINE}`],
      },
    ];
  const [first = ''] = files;
  const folder = first.slice(0, first.lastIndexOf('/') + 1);
  return [{ kind: 'insert', file: `${folder}sysctl.conf`, after: 0, lines: [PREEMPT_LINE] }];
}

/** How many lines a text has, the empty one behind its last line end not counted. */
function linesOf(text: string): number {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.length - 1 : lines.length;
}

/** An option of ucarp, wherever it is not given. */
function ucarpFlag(
  { design, plan }: Lab,
  flag: '-P' | '-z',
  isGiven: (config: UcarpConfig) => boolean,
  title: string,
): CureCandidate | null {
  const changes = plan.hosts.flatMap(({ name, ucarps }) => {
    const texts = confTextsOf(name, design.nodes[name]);
    return ucarps
      .filter(({ config }) => !isGiven(config))
      .map(({ config }) => {
        const place = config.origin['v'];
        return [name, place === undefined ? null : insertBehind(place, ` ${flag}`, texts)] as const;
      });
  });
  return candidate(flag, title, changes);
}
