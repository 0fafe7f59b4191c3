import type { Rule } from '../finding.js';
import { authMismatch } from './auth-mismatch.js';
import {
  carpVersionMismatch,
  carpVipListMismatch,
  passwordMismatch,
  vhidMismatch,
} from './carp/agreement.js';
import { balancingWithoutPreempt, carpnodesMismatch, carpnodesNotMirrored } from './carp/balancing.js';
import { balancingStormControl, ipUnicastOnSwitch, sharedMacPinned } from './carp/balancing-switches.js';
import { dualStack } from './carp/dual-stack.js';
import { equalSkew, mixedByteOrder } from './carp/equal-skew.js';
import { intervalBelowTick, masterTimesOut, noLostAdvert } from './carp/patience.js';
import { carpPeerOneSided } from './carp/peers.js';
import { preemptDiffers, splitWithoutPreempt } from './carp/preempt.js';
import { skewCapped } from './carp/skew-capped.js';
import { scriptMissing, ucarpBesideKernel, ucarpLate } from './carp/ucarp.js';
import { vhidReused } from './carp/vhid-reused.js';
import { vrrpCrossed } from './carp/vrrp-crossed.js';
import { checkOutlastsTimers } from './check-outlasts-timers.js';
import { equalPriority } from './equal-priority.js';
import { groupMismatch } from './group-mismatch.js';
import { intervalMismatch } from './interval-mismatch.js';
import { nopreemptMaster } from './nopreempt-master.js';
import { oneGarpOnly } from './one-garp-only.js';
import { timerShorterThanDelay } from './timer-shorter-than-delay.js';
import { unicastOneSided } from './unicast-one-sided.js';
import { versionMismatch } from './version-mismatch.js';
import { vipListMismatch } from './vip-list-mismatch.js';
import { vridMismatch } from './vrid-mismatch.js';
import { vridReused } from './vrid-reused.js';
import { weights } from './weights.js';

/** Every rule, in the order in which findings at one place are given. */
export const RULES: readonly Rule[] = [
  equalPriority,
  weights,
  nopreemptMaster,
  authMismatch,
  intervalMismatch,
  versionMismatch,
  vipListMismatch,
  vridReused,
  vridMismatch,
  unicastOneSided,
  groupMismatch,
  timerShorterThanDelay,
  checkOutlastsTimers,
  oneGarpOnly,
  equalSkew,
  skewCapped,
  mixedByteOrder,
  preemptDiffers,
  splitWithoutPreempt,
  passwordMismatch,
  carpVipListMismatch,
  carpVersionMismatch,
  vhidMismatch,
  vhidReused,
  carpPeerOneSided,
  noLostAdvert,
  masterTimesOut,
  intervalBelowTick,
  vrrpCrossed,
  dualStack,
  scriptMissing,
  ucarpLate,
  ucarpBesideKernel,
  carpnodesMismatch,
  carpnodesNotMirrored,
  balancingWithoutPreempt,
  ipUnicastOnSwitch,
  sharedMacPinned,
  balancingStormControl,
];
