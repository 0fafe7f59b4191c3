import { VRRP_GROUP } from '../../../wire/address.js';
import { VRRP_GROUP_IPV6 } from '../../../wire/ip-address.js';
import { completeAddresses, completeVirtualMac } from './fix-up-addresses.js';
import { type FixUpContext, OWNER_PRIORITY, placeOfKeyword, REFUSED } from './fix-up-context.js';
import { completeTimers } from './fix-up-timers.js';
import { completeTrackers } from './fix-up-trackers.js';
import type { VrrpInstanceConfig } from './keepalived-config.js';

/** RFC 5798 §6.1. */
const DEFAULT_PRIORITY = 100;

/**
 * What an instance becomes once the whole file is read (`chk_min_cfg`, `vrrp_complete_instance`): defaults, conflicts
 * between keywords, rounding.
 */
export function completeInstance(context: FixUpContext): VrrpInstanceConfig {
  const { draft, global } = context;
  checkMinimum(context);
  const strict = draft.strict ?? global.strict;
  const family = draft.family ?? 'inet';
  const version = completeVersion(context, strict, family);
  complainAboutNoVip(context, strict, version);
  const configured = draft.configuredState;
  const basePriority = draft.priority ?? (configured === 'MASTER' ? OWNER_PRIORITY : DEFAULT_PRIORITY);
  const owner = basePriority === OWNER_PRIORITY;
  let initialState = configured ?? (owner ? 'MASTER' : 'BACKUP');
  if (strict && configured !== undefined && (configured === 'MASTER') !== owner) {
    initialState = owner ? 'MASTER' : 'BACKUP';
    context.complaints.add(
      placeOfKeyword(draft, 'state'),
      'strict',
      `strict mode wants state ${initialState} with priority ${basePriority}`,
      {
        means: `keepalived logs this and uses ${initialState}`,
      },
    );
  }
  const authentication = completeAuthentication(context, strict, version, family);
  if (authentication.type === 'AH' && initialState === 'MASTER' && !owner) {
    initialState = 'BACKUP';
    context.complaints.add(placeOfKeyword(draft, 'state'), 'conflict', 'state MASTER beside auth_type AH', {
      means: 'keepalived logs this and uses BACKUP: it needs to hear an advert first',
    });
  }
  const unicast = completeUnicast(context);
  const preemption = completePreemption(context, strict, owner, initialState);
  const timers = completeTimers(context, strict, version);
  const addresses = completeAddresses(context, version, family, authentication.type);
  const virtualMac = completeVirtualMac(context, strict);
  if (family === 'inet6' && version === 2)
    notModelled(context, 'name', 'VRRPv2 over IPv6', `${draft.name} is read and left out of the run`);
  return {
    name: draft.name,
    origin: draft.origin,
    virtualRouterId: draft.virtualRouterId,
    version,
    family,
    interface: draft.interface,
    configuredState: configured,
    initialState,
    basePriority,
    owner,
    ...preemption,
    strict,
    accept: completeAccept(context, strict, version, owner),
    ...timers,
    skipCheckAdvertAddress: draft.skipCheckAdvertAddress || global.skipCheckAdvertAddress,
    checkUnicastSource: draft.checkUnicastSource || global.checkUnicastSource,
    authentication,
    sourceAddress: draft.sourceAddress,
    multicastGroup:
      draft.multicastGroup ??
      (family === 'inet6' ? undefined : global.multicastGroup4) ??
      (family === 'inet6'
        ? { family: 'inet6', address: VRRP_GROUP_IPV6 }
        : { family: 'inet', address: VRRP_GROUP }),
    unicast,
    unicastPeers: draft.peers,
    faultWithoutPeer: draft.faultWithoutPeer && !unicast,
    // IPv4 only; IPv6 would leave it to the kernel. 255: RFC 5798 §5.1.1.3.
    advertTtl: draft.unicastTtl ?? 255,
    ...addresses,
    trackSourceAddress: draft.trackSourceAddress && draft.sourceAddress !== undefined,
    trackPrimaryInterface: draft.trackPrimaryInterface,
    ...completeTrackers(context, owner),
    virtualMac,
    notify: draft.notify,
    notifyPriorityChanges:
      draft.notifyPriorityChanges ?? context.group?.notifyPriorityChanges ?? global.notifyPriorityChanges,
    promoteSecondaries: completePromoteSecondaries(context),
    syncGroup: context.group?.name,
  };
}

function checkMinimum({ draft, complaints, refuse }: FixUpContext): void {
  if (draft.virtualRouterId === 0) {
    refuse();
    complaints.add(placeOfKeyword(draft), 'no-vrid', `${draft.name} has no virtual_router_id`, {
      means: REFUSED,
    });
  }
  if (draft.interface === undefined) {
    refuse();
    complaints.add(placeOfKeyword(draft, 'interface'), 'no-interface', `${draft.name} has no interface`, {
      means: REFUSED,
    });
  }
}

function notModelled(
  { draft, complaints }: FixUpContext,
  keyword: string,
  what: string,
  means: string,
): void {
  complaints.add(placeOfKeyword(draft, keyword), 'not-modelled', `${what} matters here and is not modelled`, {
    severity: 'warning',
    means,
  });
}

function completeVersion(
  { draft, global, complaints }: FixUpContext,
  strict: boolean,
  family: 'inet' | 'inet6',
): 2 | 3 {
  if (family !== 'inet6') return draft.version ?? global.version;
  if (draft.version === 2 && strict) {
    complaints.add(placeOfKeyword(draft, 'version'), 'strict', 'strict mode has no VRRPv2 over IPv6', {
      means: 'keepalived logs this and uses version 3',
    });
    return 3;
  }
  return draft.version ?? 3;
}

function complainAboutNoVip(
  { draft, complaints, refuse }: FixUpContext,
  strict: boolean,
  version: 2 | 3,
): void {
  if (draft.virtualAddresses.length > 0) return;
  const required = version === 3 || strict;
  if (required) refuse();
  complaints.add(
    placeOfKeyword(draft, 'virtual_ipaddress'),
    'no-vip',
    `${draft.name} has no virtual address`,
    {
      means: required ? REFUSED : 'keepalived logs this and runs it for nothing',
    },
  );
}

function completeAuthentication(
  context: FixUpContext,
  strict: boolean,
  version: 2 | 3,
  family: 'inet' | 'inet6',
): VrrpInstanceConfig['authentication'] {
  const { draft, complaints } = context;
  const type = draft.authenticationType;
  if (type === undefined) return { type: 'none' };
  const reason = strict
    ? 'strict mode knows no authentication'
    : version === 3
      ? 'VRRPv3 knows no authentication'
      : draft.password === ''
        ? 'authentication without a password'
        : family === 'inet6' && type === 'AH'
          ? 'there is no AH over IPv6'
          : undefined;
  if (reason !== undefined) {
    complaints.add(placeOfKeyword(draft, 'auth_type'), 'auth-ignored', reason, {
      means: 'keepalived logs this and uses none',
    });
    return { type: 'none' };
  }
  if (type === 'AH')
    notModelled(context, 'auth_type', 'auth_type AH', 'its adverts carry no authentication header');
  return { type, password: draft.password };
}

function completeUnicast({ draft, complaints }: FixUpContext): boolean {
  if (!draft.unicastConfigured || draft.peers.length > 0) return draft.peers.length > 0;
  if (draft.faultWithoutPeer) return false;
  const place = placeOfKeyword(
    draft,
    'unicast_peer',
    'unicast_src_ip',
    'check_unicast_src',
    'old_unicast_checksum',
  );
  complaints.add(place, 'unicast-without-peers', 'unicast without a peer', {
    means: 'keepalived logs this and uses multicast',
  });
  return false;
}

function completePreemption(
  { draft, complaints }: FixUpContext,
  strict: boolean,
  owner: boolean,
  initialState: 'MASTER' | 'BACKUP',
): Pick<VrrpInstanceConfig, 'nopreempt' | 'preemptDelayUs'> {
  let { nopreempt, preemptDelayUs } = draft;
  const stateLine = draft.origin['state']?.range.start.line;
  const because = stateLine === undefined ? 'priority 255' : `line ${stateLine}: state MASTER`;
  const complain = (keyword: string, message: string, means: string): void =>
    complaints.add(placeOfKeyword(draft, keyword), 'conflict', message, { means });
  if (owner && nopreempt) {
    complain('nopreempt', 'nopreempt has no effect beside priority 255', 'keepalived drops it');
    nopreempt = false;
  }
  if (initialState === 'MASTER') {
    if (nopreempt)
      complain(
        'nopreempt',
        'nopreempt has no effect beside state MASTER',
        `keepalived drops it because of ${because}`,
      );
    if (preemptDelayUs > 0) {
      complain(
        'preempt_delay',
        'preempt_delay has no effect beside state MASTER',
        `keepalived drops it because of ${because}`,
      );
    }
    return { nopreempt: false, preemptDelayUs: 0 };
  }
  if (preemptDelayUs > 0 && (strict || nopreempt)) {
    if (strict) complain('preempt_delay', 'strict mode has no preempt_delay', 'keepalived drops it');
    if (nopreempt)
      complain('preempt_delay', 'preempt_delay has no effect beside nopreempt', 'keepalived drops it');
    preemptDelayUs = 0;
  }
  return { nopreempt, preemptDelayUs };
}

function completeAccept(
  { draft, complaints }: FixUpContext,
  strict: boolean,
  version: 2 | 3,
  owner: boolean,
): boolean {
  const accept = draft.accept ?? (owner || !strict);
  if (!accept || owner || !strict || version === 3) return accept || owner;
  complaints.add(
    placeOfKeyword(draft, 'accept'),
    'strict',
    'strict mode and VRRPv2 do not let a non-owner accept',
    {
      means: 'keepalived logs this and drops what is sent to the VIPs (RFC 3768 §6.4.3)',
    },
  );
  return false;
}

function completePromoteSecondaries({ draft, complaints }: FixUpContext): boolean {
  if (!draft.promoteSecondaries || !(draft.useVmac || draft.useIpvlan)) return draft.promoteSecondaries;
  complaints.add(
    placeOfKeyword(draft, 'promote_secondaries'),
    'conflict',
    'promote_secondaries beside a virtual MAC',
    {
      means: 'keepalived logs this and sets it on the virtual interface anyway',
    },
  );
  return false;
}
