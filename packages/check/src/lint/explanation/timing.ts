import type { Explanation } from './explanation.js';
import { checkScript, HAPROXY, TRACKED } from './haproxy-check.js';
import { smallLab } from './smallest-lab.js';

export const TIMING: readonly Explanation[] = [
  {
    code: 'vrrp/timer-shorter-than-delay',
    rule: 'the timers must be longer than what a frame takes to travel',
    why: 'RFC 5798 §6.1: Skew_Time is there so that the second backup hears the first before its own timer ends; Master_Down_Interval must outlast an advert that comes as late as it can',
    lab: smallLab({
      name: 'vrrp/timer-shorter-than-delay',
      nodes: { n1: { priority: 150 }, n2: { priority: 101 }, n3: { priority: 100 } },
      delay: '5ms',
      schedule: [{ at: '10s', do: 'power-off', node: 'n1' }],
    }),
    shows:
      "n1 dies at 10 s. n2 becomes master and n3 3.9 ms later, before n2's advert has travelled its 10 ms: two owners for 6.1 ms, and gratuitous ARP of both",
    cures: [
      {
        cure: 'priorities farther apart',
        price: 'none: in VRRPv2 each step of priority is 3.9 ms of waiting',
      },
      {
        cure: 'a longer advert_int',
        price: 'failover takes three times as much longer; the skew grows in VRRPv3 only',
      },
    ],
  },
  {
    code: 'vrrp/check-outlasts-timers',
    rule: 'a check should not need longer to notice a dead service than the backups need to notice a dead machine',
    why: 'keepalived vrrp_script_child_thread: a script is bad after fall failures in a row, one each interval',
    lab: smallLab({
      name: 'vrrp/check-outlasts-timers',
      nodes: {
        n1: {
          priority: 150,
          before: checkScript('interval 5', 'fall 3', 'weight -60'),
          lines: TRACKED,
          services: HAPROXY,
        },
        n2: { priority: 100, services: HAPROXY },
      },
      schedule: [{ at: '10.1s', do: 'stop', node: 'n1', daemon: 'haproxy' }],
      duration: '40s',
    }),
    shows:
      'haproxy ends on n1 just after a run of the check. The third failure is at 25.06 s, n2 is master at 28.08 s: 18 s without service, where the death of n1 would have cost 3.6 s',
    cures: [
      {
        cure: 'interval 1',
        price: 'the check runs that often: it must be cheap, and end within its interval',
      },
      { cure: 'fall 1', price: 'one failure that passes moves the address' },
    ],
  },
  {
    code: 'vrrp/one-garp-only',
    rule: 'a takeover should be announced more than once',
    why: 'keepalived vrrp_send_link_update: garp_master_repeat at once and again after garp_master_delay (5 and 5 s unless told otherwise); RFC 5798 §6.4.2 asks for one',
    lab: smallLab({
      name: 'vrrp/one-garp-only',
      nodes: {
        n1: { priority: 150 },
        n2: { priority: 100, lines: ['garp_master_repeat 1', 'garp_master_delay 0'] },
      },
      schedule: [
        { at: '10s', do: 'power-off', node: 'n1' },
        { at: '12s', do: 'one-way-loss', from: 'n2', to: 'c1', only: 'arp' },
        { at: '14s', do: 'heal' },
      ],
      duration: '70s',
    }),
    shows:
      "n2 is master at 13.08 s and its only gratuitous ARP does not get to c1, which sends to n1's MAC address for another 31 s; with the default second burst it is 5 s",
    cures: [
      { cure: 'the defaults (5 now, 5 after 5 s)', price: '10 small broadcasts for each takeover' },
      { cure: 'garp_master_refresh 60', price: 'one broadcast a minute, for ever' },
    ],
  },
];
