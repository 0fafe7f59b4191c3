import type { Explanation } from './explanation.js';
import { checkScript, HAPROXY, TRACKED } from './haproxy-check.js';
import { smallLab } from './smallest-lab.js';

export const PRIORITIES: readonly Explanation[] = [
  {
    code: 'vrrp/equal-priority',
    rule: 'routers of one cluster should not have the same priority',
    why: 'RFC 5798 §6.4.2: a backup obeys an equal advert, so who boots first stays master; §6.4.3: of two masters with equal priorities the higher address wins',
    lab: smallLab({
      name: 'vrrp/equal-priority',
      nodes: { n1: { priority: 150 }, n2: { priority: 150 } },
      schedule: [
        { at: '10s', do: 'drop-multicast', node: 'sw1' },
        { at: '20s', do: 'heal', node: 'sw1' },
      ],
    }),
    shows:
      'n1 boots first and is master. Its adverts are lost for 10 s, and n2 becomes master too. When they are heard again n1 yields, since its address is the lower one: a fault that is over has moved the VIP for good',
    cures: [
      {
        cure: 'two priorities, 50 apart',
        price: 'the higher takes the address back when it returns: one handover more',
      },
      {
        cure: 'two priorities, and nopreempt beside state BACKUP in both',
        price: 'nobody takes it back; weights of trackers have no effect on a backup with nopreempt',
      },
    ],
  },
  {
    code: 'vrrp/weight-too-light',
    rule: 'the weight of a check must take the master below the best backup, or the check moves nothing',
    why: 'RFC 5798 §6.4.2: a backup takes over only if its own priority is higher than the advert. keepalived vrrp_set_effective_priority: base priority plus weights, 1 to 254',
    lab: smallLab({
      name: 'vrrp/weight-too-light',
      nodes: {
        n1: { priority: 150, before: checkScript('weight -20'), lines: TRACKED, services: HAPROXY },
        n2: { priority: 100, services: HAPROXY },
      },
      schedule: [{ at: '10s', do: 'stop', node: 'n1', daemon: 'haproxy' }],
    }),
    shows: 'haproxy ends on n1 at 10 s. n1 goes on as master with 130, and c1 is refused until the end',
    cures: [
      {
        cure: 'a weight of one more than the gap (-51 here), or an ample one',
        price:
          'up to a Master_Down_Interval, 3.61 s here, from the last advert of the old priority to the handover',
      },
      {
        cure: 'no weight: failing is FAULT',
        price:
          'fastest (a goodbye, then 0.61 s), but if the check fails on all nodes at once nobody has the address',
      },
    ],
  },
  {
    code: 'vrrp/weight-beside-nopreempt',
    rule: 'a weight cannot move the address to a backup that has nopreempt',
    why: 'keepalived vrrp_state_backup: with nopreempt any advert restarts the timer, however low its priority (RFC 5798 §6.4.2, Preempt_Mode false)',
    lab: smallLab({
      name: 'vrrp/weight-beside-nopreempt',
      nodes: {
        n1: { priority: 150, before: checkScript('weight -60'), lines: TRACKED, services: HAPROXY },
        n2: { priority: 100, lines: ['nopreempt'], services: HAPROXY },
      },
      schedule: [{ at: '10s', do: 'stop', node: 'n1', daemon: 'haproxy' }],
    }),
    shows:
      'haproxy ends on n1 at 10 s. n1 advertises 90, n2 has 100 and obeys all the same; c1 is refused until the end',
    cures: [
      {
        cure: 'no weight: failing is FAULT, and a goodbye is obeyed with nopreempt too',
        price: 'if the check fails on all nodes at once nobody has the address',
      },
      { cure: 'preempt_delay instead of nopreempt', price: 'the address moves back, that much later' },
    ],
  },
  {
    code: 'vrrp/nopreempt-master',
    rule: 'nopreempt has no effect beside state MASTER',
    why: 'keepalived vrrp_complete_instance: nopreempt wants state BACKUP and is dropped; nothing else in 2.x comes of state MASTER for a priority below 255',
    lab: smallLab({
      name: 'vrrp/nopreempt-master',
      nodes: { n1: { priority: 150, lines: ['state MASTER', 'nopreempt'] }, n2: { priority: 100 } },
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '20s', do: 'power-on', node: 'n1' },
      ],
    }),
    shows: 'n1 returns at 20 s and takes the address back 3.41 s after its start, nopreempt or not',
    cures: [
      { cure: 'state BACKUP (in all nodes)', price: 'none: who is master is decided by priorities alone' },
      { cure: 'no nopreempt', price: 'the address moves back each time that the node returns' },
    ],
  },
];
