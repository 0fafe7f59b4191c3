import { replaceAt } from '../../../diagnostic/complaints.js';
import { suggest } from '../../../diagnostic/suggest.js';
import type { CarpBalancing } from '../../../host/carp/carp-config.js';
import type { Word } from '../../../shell/placed-text.js';
import { formatIp } from '../../../wire/index.js';
import { STOPS } from './address-request.js';
import { readCarpNodes } from './carp-nodes.js';
import { CARP_GROUP, setPassword, tellOfEarlyState } from './carp-words.js';
import { type CarpDraft, type HostDraft, isCarpName } from './host-draft.js';
import { inetAton, strtonum } from './numbers.js';

/** What OpenBSD's ifconfig knows behind `balancing`, in any case (`CARP_BAL_MODES`, ip_carp.h). */
const BALANCING: readonly CarpBalancing[] = ['none', 'ip', 'ip-stealth', 'ip-unicast'];
const OLD_BALANCING: readonly CarpBalancing[] = ['none', 'arp', 'ip', 'ip-stealth', 'ip-unicast'];
/** Interfaces without IFF_MULTICAST. */
const WITHOUT_MULTICAST = /^(pfsync|pflog|pflow|enc)\d*$/;
const STATES = ['init', 'backup', 'master'] as const;
/** Largest `advskew` that the kernel takes together with a vhid (`carp_vhids_ioctl`). */
const MAX_SKEW = 254;

/**
 * Does one of OpenBSD's CARP keywords at once, as its ifconfig does (`setcarp_*`): each is an SIOCSVH of its own.
 *
 * @returns false if ifconfig(8) stops
 */
export function changeCarp(host: HostDraft, carp: CarpDraft, keyword: Word, value: Word): boolean {
  switch (keyword.text) {
    case 'vhid':
      return setVhid(host, carp, value);
    case 'advskew': {
      const skew = readNumber(host, keyword, value, 0, 255);
      if (skew === null) return false;
      setSkew(host, carp, value, skew);
      return true;
    }
    case 'advbase': {
      const base = readNumber(host, keyword, value, 0, 255);
      if (base === null) return false;
      carp.advbase = base;
      carp.origin.set('advbase', value.place);
      return true;
    }
    case 'pass':
      setPassword(host, carp, value);
      return true;
    case 'carpdev':
      return setParent(host, carp, value);
    case 'carpnodes':
      return setNodes(host, carp, value);
    case 'balancing':
      return setBalancing(host, carp, value);
    case 'state':
      setState(host, carp, value);
      return true;
    case 'carppeer':
      return setPeer(host, carp, value);
    case '-carppeer':
      carp.peer = null;
      carp.origin.delete('peer');
      return true;
    case '-carpdev':
      carp.parent = null;
      return true;
    default:
      host.complaints.add(keyword.place, 'bad-value', `${keyword.text}: bad value`, {
        hint: `${keyword.text} is FreeBSD’s`,
        means: STOPS,
      });
      return false;
  }
}

function readNumber(
  host: HostDraft,
  keyword: Word,
  value: Word,
  minimum: number,
  maximum: number,
): number | null {
  const reading = strtonum(value.text, minimum, maximum);
  if (reading.value !== null) return reading.value;
  const isNumber = reading.problem !== 'invalid';
  const nearest = reading.problem === 'too small' ? minimum : maximum;
  host.complaints.add(
    value.place,
    isNumber ? 'out-of-range' : 'not-a-number',
    `${keyword.text} ${value.text}: ${reading.problem}`,
    {
      hint: `${minimum} to ${maximum}`,
      means: STOPS,
      cures: isNumber ? [replaceAt(value.place, String(nearest), `${keyword.text} ${nearest}`)] : undefined,
    },
  );
  return null;
}

function setVhid(host: HostDraft, carp: CarpDraft, value: Word): boolean {
  const vhid = readNumber(host, { ...value, text: 'vhid' }, value, 1, 255);
  if (vhid === null) return false;
  const advskew = carp.nodes[0]?.advskew ?? 0;
  // An unchanged list is not looked at again, the skew neither.
  if (carp.nodes.length === 1 && carp.nodes[0]?.vhid === vhid) return true;
  if (advskew > MAX_SKEW) {
    refuse(
      host,
      carp,
      carp.origin.get('advskew') ?? value.place,
      `advskew ${advskew} is too large for a vhid`,
    );
    return false;
  }
  return changeNodes(host, carp, [{ vhid, advskew }], value, 'vhid');
}

function setNodes(host: HostDraft, carp: CarpDraft, value: Word): boolean {
  const nodes = readCarpNodes(value, host.complaints);
  if (nodes === null) return false;
  // vhids[0] == 0: carp_vhids_ioctl returns at once.
  if (nodes.length === 0) return true;
  return changeNodes(host, carp, nodes, value, 'carpnodes');
}

/** `carp_vhids_ioctl`: no vhid twice on one parent, and a balancing mode that fits. */
function changeNodes(
  host: HostDraft,
  carp: CarpDraft,
  nodes: CarpDraft['nodes'],
  value: Word,
  keyword: 'vhid' | 'carpnodes',
): boolean {
  const other = otherWithVhid(host, carp, nodes, carp.parent);
  if (other !== undefined) {
    tellOfDuplicate(host, carp, other, value);
    return false;
  }
  if (nodes.length <= 1) {
    if (carp.balancing !== 'none') {
      host.complaints.warn(
        value.place,
        'no-effect',
        `a single vhid ends balancing ${carp.balancing}`,
        'carp_vhids_ioctl sets balancing none for one node',
        { related: relatedTo(carp, 'balancing') },
      );
      carp.balancing = 'none';
    }
  } else if (carp.balancing === 'none') carp.balancing = 'ip';
  carp.nodes = [...nodes].sort((one, another) => one.vhid - another.vhid);
  carp.initialState = null;
  carp.origin.delete(keyword === 'vhid' ? 'carpnodes' : 'vhid');
  carp.origin.set(keyword, value.place);
  return true;
}

function otherWithVhid(
  host: HostDraft,
  carp: CarpDraft,
  nodes: CarpDraft['nodes'],
  parent: string | null,
): CarpDraft | undefined {
  if (parent === null) return undefined;
  const vhids = new Set(nodes.map(({ vhid }) => vhid));
  return [...host.carps.values()].find(
    (each) =>
      each !== carp && each.parent === parent && each.nodes.some(({ vhid }) => vhid !== 0 && vhids.has(vhid)),
  );
}

/** `carp_check_dup_vhids`: EINVAL. */
function tellOfDuplicate(host: HostDraft, carp: CarpDraft, other: CarpDraft, value: Word): void {
  const mine = new Set([...carp.nodes.map(({ vhid }) => vhid), ...numbersIn(value.text)]);
  const shared = other.nodes.find(({ vhid }) => mine.has(vhid))?.vhid;
  host.complaints.add(value.place, 'duplicate-vhid', `${carp.name}: SIOCSVH: Invalid argument`, {
    hint: `${other.name} has vhid ${shared} on ${other.parent} already`,
    means: STOPS,
    related: relatedTo(
      other,
      other.nodes.length > 1 ? 'carpnodes' : 'vhid',
      `vhid ${shared} of ${other.name}`,
    ),
  });
}

const numbersIn = (text: string): number[] => [...text.matchAll(/\d+/g)].map(([digits]) => Number(digits));

function relatedTo(carp: CarpDraft, keyword: string, message = `${keyword} is set here`) {
  const place = carp.origin.get(keyword);
  return place === undefined ? undefined : [{ ...place, message }];
}

function refuse(host: HostDraft, carp: CarpDraft, place: Word['place'], hint: string): void {
  host.complaints.add(place, 'out-of-range', `${carp.name}: SIOCSVH: Invalid argument`, {
    hint,
    means: STOPS,
  });
}

function setSkew(host: HostDraft, carp: CarpDraft, value: Word, advskew: number): void {
  carp.nodes = carp.nodes.map((node, index) => (index === 0 ? { ...node, advskew } : node));
  carp.origin.set('advskew', value.place);
  if (advskew <= MAX_SKEW || carp.nodes[0]?.vhid === 0) return;
  host.complaints.warn(
    value.place,
    'bow-out-marker',
    `advskew ${advskew} is what a host says that bows out`,
    `the kernel takes it, since the list of vhids does not change; newer ifconfig(8) takes ${MAX_SKEW} at most`,
    { cures: [replaceAt(value.place, String(MAX_SKEW), `advskew ${MAX_SKEW}`)] },
  );
}

function setParent(host: HostDraft, carp: CarpDraft, value: Word): boolean {
  if (isCarpName(value.text) || !host.isNic(value.text)) {
    // First IFF_MULTICAST is asked for, then the type (`carp_set_ifp`).
    const reason = WITHOUT_MULTICAST.test(value.text) ? "Can't assign requested address" : 'Invalid argument';
    host.complaints.add(value.place, 'bad-value', `${carp.name}: SIOCSVH: ${reason}`, {
      hint: `${value.text} is no Ethernet interface`,
      means: STOPS,
    });
    return false;
  }
  if (!host.useAsParent(value.text, value, `${carp.name}: SIOCSVH: Invalid argument`)) return false;
  const other = otherWithVhid(host, carp, carp.nodes, value.text);
  if (other !== undefined) {
    tellOfDuplicate(host, carp, other, value);
    return false;
  }
  carp.parent = value.text;
  carp.origin.set('carpdev', value.place);
  return true;
}

function setBalancing(host: HostDraft, carp: CarpDraft, value: Word): boolean {
  const modes = host.system === 'openbsd-5.6' ? OLD_BALANCING : BALANCING;
  const mode = modes.find((each) => each === value.text.toLowerCase());
  if (mode === undefined) {
    const isOld = value.text.toLowerCase() === 'arp';
    const near = suggest(value.text, modes);
    host.complaints.add(value.place, 'bad-value', `balancing ${value.text}: unknown mode`, {
      hint: isOld
        ? 'OpenBSD 5.6 has it: system: openbsd-5.6'
        : near === undefined
          ? undefined
          : `did you mean ${near}?`,
      means: STOPS,
      cures: near === undefined || isOld ? undefined : [replaceAt(value.place, near)],
    });
    return false;
  }
  carp.balancing = mode;
  carp.origin.set('balancing', value.place);
  return true;
}

/** `setcarp_state`: a word that is no state changes nothing, and nothing says so. */
function setState(host: HostDraft, carp: CarpDraft, value: Word): void {
  const state = STATES.find((each) => each === value.text.toLowerCase());
  if (state === undefined) {
    const near = suggest(value.text, STATES);
    host.complaints.warn(
      value.place,
      'bad-value',
      `'${value.text}' is no state`,
      'ifconfig(8) takes it without a word and changes nothing',
      {
        hint: near === undefined ? STATES.join(', ') : `did you mean ${near}?`,
        cures: near === undefined ? undefined : [replaceAt(value.place, near)],
      },
    );
    return;
  }
  const runs = carp.isUp && carp.nodes[0]?.vhid !== 0 && host.addressesOf(carp).length > 0;
  if (tellOfEarlyState(host, carp.name, state, value, runs) || state === 'init') return;
  carp.initialState = state;
  carp.origin.set('state', value.place);
}

function setPeer(host: HostDraft, carp: CarpDraft, value: Word): boolean {
  const peer = inetAton(value.text);
  if (peer === undefined) {
    host.complaints.add(
      value.place,
      'bad-address',
      'error in parsing address string: no address associated with name',
      {
        hint: value.text.includes(':')
          ? 'only IPv4 addresses supported for the carppeer'
          : 'names are not looked up here',
        means: STOPS,
      },
    );
    return false;
  }
  carp.peer = peer === 0 || formatIp(peer) === CARP_GROUP ? null : peer;
  carp.origin.set('peer', value.place);
  return true;
}
