import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { reportCase, tallyOf } from './case-report.js';
import { shippedFolders } from './command.js';
import { readRecording } from './recording.js';

/** Where a recording shows chance, not protocol: why a simulated run may come out otherwise. */
const REASONS = {
  burst:
    'two masters sent their gratuitous ARPs within the same 10 ms; scheduling decided in which order, and with it whom the next request met',
  slack: "the kernel's retransmission timers were late, so it was another request that met the next move",
  instant: 'the attempt began in the very millisecond in which the address moved',
  syn: 'the kernel sends a SYN again after 1.02 s, the simulator after 1 s: before the client, paused to its recorded wake-up, gives up',
  crossing:
    'two masters sent their first advertisements within half a millisecond, the switch learnt them in the other order',
} as const;

interface Pinned {
  /** How many events agree in all runs. */
  readonly agreeing: number;
  /** How many segments of what clients lived through agree in all runs. */
  readonly clients: number;
  /** Each event that does not, by name and verdict, with the reason. */
  readonly disagreeing: Readonly<Record<string, keyof typeof REASONS>>;
}

const PINNED: Readonly<Record<string, Pinned>> = {
  k01: {
    agreeing: 100,
    clients: 23,
    disagreeing: {},
  },
  k01b: {
    agreeing: 58,
    clients: 12,
    disagreeing: {},
  },
  k02: {
    agreeing: 83,
    clients: 15,
    disagreeing: {
      'persist: reset #2: differs': 'slack',
    },
  },
  k03: {
    agreeing: 84,
    clients: 16,
    disagreeing: {},
  },
  k04: {
    agreeing: 59,
    clients: 12,
    disagreeing: {},
  },
  k05: {
    agreeing: 49,
    clients: 9,
    disagreeing: {},
  },
  k08: {
    agreeing: 67,
    clients: 21,
    disagreeing: {
      'rst n1 to=c1 port=8080 #2: missing': 'burst',
      'rst c1 to=.100 port=8080 #1: missing': 'burst',
      'rst c1 to=.100 port=8080 #2: missing': 'burst',
      'rst c1 to=.100 port=8080 #3: missing': 'burst',
      'rst c1 to=.100 port=8080 #4: missing': 'burst',
      'rst c1 to=.100 port=8080 #5: missing': 'burst',
      'rst c1 to=.100 port=8080 #6: missing': 'burst',
      'rst c1 to=.100 port=8080 #7: missing': 'burst',
      'rst c1 to=.100 port=8080 #8: missing': 'burst',
      'rst c1 to=.100 port=8080 #9: missing': 'burst',
      'rst c1 to=.100 port=8080 #10: missing': 'burst',
      'arp_cache c1 .100 is n2 #2: missing': 'burst',
      'vip_path .100 to n2 #2: missing': 'burst',
      'arp_cache c1 .100 is n1 #2: missing': 'burst',
      'vip_path .100 to n1 #2: missing': 'burst',
      'rst c1 to=.100 port=8080 #11: missing': 'burst',
      'rst c1 to=.100 port=8080 #12: missing': 'burst',
      'rst c1 to=.100 port=8080 #13: missing': 'burst',
      'rst c1 to=.100 port=8080 #14: missing': 'burst',
      'rst c1 to=.100 port=8080 #15: missing': 'burst',
      'rst c1 to=.100 port=8080 #16: missing': 'burst',
      'rst c1 to=.100 port=8080 #17: missing': 'burst',
      'rst c1 to=.100 port=8080 #18: missing': 'burst',
      'rst c1 to=.100 port=8080 #19: missing': 'burst',
      'rst c1 to=.100 port=8080 #20: missing': 'burst',
      'short: ok n2 #+1: extra': 'burst',
      'short: reset #1: missing': 'burst',
      'persist: ok n2 #+1: extra': 'burst',
      'persist: ok n2 #1: missing': 'burst',
    },
  },
  k09: {
    agreeing: 122,
    clients: 45,
    disagreeing: {
      'rst n2 to=c1 port=8080 #+1: extra': 'burst',
      'arp_cache c1 .100 is n2 #2: missing': 'burst',
      'vip_path .100 to n2 #2: missing': 'burst',
      'rst n1 to=c1 port=8080 #+1: extra': 'burst',
      'arp_cache c1 .100 is n1 #2: missing': 'burst',
      'vip_path .100 to n1 #2: missing': 'burst',
      'rst n1 to=c1 port=8080 #2: missing': 'burst',
      'arp_cache c1 .100 is n1 #+1: extra': 'burst',
      'vip_path .100 to n1 #+1: extra': 'burst',
      'arp_cache c1 .100 is n1 #9: missing': 'burst',
      'vip_path .100 to n1 #9: missing': 'burst',
      'rst n2 to=c1 port=8080 #2: missing': 'burst',
      'arp_cache c1 .100 is n2 #10: missing': 'burst',
      'vip_path .100 to n2 #10: missing': 'burst',
      'rst n2 to=c1 port=8080 #+2: extra': 'burst',
      'rst n1 to=c1 port=8080 #+2: extra': 'burst',
      'arp_cache c1 .100 is n2 #+1: extra': 'burst',
      'vip_path .100 to n2 #+1: extra': 'burst',
      'rst c1 to=.100 port=8080 #1: missing': 'instant',
      'short: ok n1 #+1: extra': 'burst',
      'short: ok n1 #1: differs': 'burst',
      'short: ok n2 #+1: extra': 'burst',
      'short: ok n2 #2: differs': 'burst',
      'short: ok n1 #2: differs': 'burst',
      'short: ok n1 #3: differs': 'burst',
      'short: ok n1 #7: missing': 'instant',
      'short: reset #1: missing': 'instant',
      'short: ok n1 #8: differs': 'burst',
      'persist: open #1: differs': 'burst',
      'persist: open #+1: extra': 'burst',
      'persist: reset #+1: extra': 'burst',
      'persist: ok n2 #+1: extra': 'burst',
      'persist: ok n1 #1: differs': 'burst',
      'persist: reset #+2: extra': 'burst',
      'persist: open #+2: extra': 'burst',
      'persist: ok n2 #2: differs': 'burst',
      'persist: reset #3: missing': 'burst',
      'persist: open #4: missing': 'burst',
      'persist: ok n1 #2: differs': 'burst',
      'persist: reset #4: missing': 'burst',
      'persist: open #5: missing': 'burst',
      'persist: reset #+3: extra': 'burst',
      'persist: open #+3: extra': 'burst',
      'persist: ok n1 #3: differs': 'burst',
      'persist: reset #+4: extra': 'burst',
      'persist: open #+4: extra': 'burst',
    },
  },
  k11: {
    agreeing: 106,
    clients: 23,
    disagreeing: {},
  },
  k14: {
    agreeing: 58,
    clients: 19,
    disagreeing: {},
  },
  k16: {
    agreeing: 77,
    clients: 16,
    disagreeing: {
      'short: timeout #3: missing': 'instant',
    },
  },
  k17: {
    agreeing: 90,
    clients: 15,
    disagreeing: {},
  },
  k20: {
    agreeing: 78,
    clients: 15,
    disagreeing: {},
  },
  k21: {
    agreeing: 78,
    clients: 17,
    disagreeing: {},
  },
  u01: {
    agreeing: 48,
    clients: 9,
    disagreeing: {
      'rst c1 to=.100 port=8080 #+1: extra': 'syn',
      'rst c1 to=.100 port=8080 #+2: extra': 'syn',
    },
  },
  u03: {
    agreeing: 55,
    clients: 13,
    disagreeing: {
      'rst c1 to=.100 port=8080 #+1: extra': 'syn',
      'rst c1 to=.100 port=8080 #+2: extra': 'syn',
      'rst n1 to=c1 port=8080 #2: missing': 'instant',
      'rst n1 to=c1 port=8080 #3: missing': 'instant',
      'rst n1 to=c1 port=8080 #4: missing': 'instant',
      'rst n1 to=c1 port=8080 #5: missing': 'instant',
      'rst n1 to=c1 port=8080 #6: missing': 'instant',
      'fdb 00:00:5e:00:00:01 at port n2 #+1: extra': 'crossing',
      'short: ok n2 #+1: extra': 'instant',
      'short: reset #1: missing': 'instant',
    },
  },
};

describe('recordings of keepalived and ucarp, replayed', () => {
  const folders = shippedFolders(fileURLToPath(new URL('../recordings', import.meta.url)));

  test('all are pinned', () => {
    expect(folders.map((folder) => folder.split('/').at(-1))).toEqual(Object.keys(PINNED));
  });

  test.each(Object.entries(PINNED))('%s: all runs', (name, { agreeing, clients, disagreeing }) => {
    const report = reportCase(readRecording(folders.find((folder) => folder.endsWith(`/${name}`)) ?? name));
    expect(report.notReplayable).toBeNull();
    const others = report.rows.filter(({ verdict }) => verdict !== 'agrees' && verdict !== 'not modelled');
    expect(others.map(({ label, verdict }) => `${label}: ${verdict}`)).toEqual(Object.keys(disagreeing));
    expect(tallyOf([report])).toMatchObject({ agreeing, clientsAgreeing: clients });
  });
});
