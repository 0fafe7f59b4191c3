import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { reportCase, tallyOf } from './case-report.js';
import { shippedFolders } from './command.js';
import { readRecording } from './recording.js';

/** Where a recording shows chance, not protocol: why a simulated run may come out otherwise. */
const REASONS = {
  tcp: 'the persistent TCP connection asked first; its pace drifts by a millisecond an attempt',
  burst: 'two masters sent their gratuitous ARPs within the same 10 ms; scheduling decided in which order',
  drift:
    'two masters a few ms apart: the lateness of their timers decided whose advert came first after 60 s',
  slack: "the kernel's timer wheel was up to an eighth late with its next request",
} as const;

interface Pinned {
  /** How many events agree in all runs. */
  readonly agreeing: number;
  /** Each event that does not, by name and verdict, with the reason. */
  readonly disagreeing: Readonly<Record<string, keyof typeof REASONS>>;
}

const PINNED: Readonly<Record<string, Pinned>> = {
  k01: {
    agreeing: 91,
    disagreeing: {
      'arp_request c1 .100 #8: differs': 'tcp',
      'arp_reply n2 .100 is n2 to c1 #4: differs': 'tcp',
      'arp_reply n1 .100 is n1 to c1 #4: differs': 'tcp',
      'arp_cache c1 .100 is n2 #3: differs': 'tcp',
      'vip_path .100 to n2 #3: differs': 'tcp',
    },
  },
  k01b: {
    agreeing: 57,
    disagreeing: {},
  },
  k02: {
    agreeing: 81,
    disagreeing: {},
  },
  k03: {
    agreeing: 82,
    disagreeing: {},
  },
  k04: {
    agreeing: 58,
    disagreeing: {},
  },
  k05: {
    agreeing: 49,
    disagreeing: {},
  },
  k08: {
    agreeing: 64,
    disagreeing: {
      'arp_cache c1 .100 is n2 #2: missing': 'burst',
      'vip_path .100 to n2 #2: missing': 'burst',
      'arp_cache c1 .100 is n1 #2: missing': 'burst',
      'vip_path .100 to n1 #2: missing': 'burst',
    },
  },
  k09: {
    agreeing: 115,
    disagreeing: {
      'adverts_delivered n1>n2 51/150/1s #1: extra': 'drift',
      'arp_cache c1 .100 is n1 #2: missing': 'burst',
      'vip_path .100 to n1 #2: missing': 'burst',
      'arp_cache c1 .100 is n1 #+1: extra': 'burst',
      'vip_path .100 to n1 #+1: extra': 'burst',
      'arp_cache c1 .100 is n2 #+1: extra': 'burst',
      'vip_path .100 to n2 #+1: extra': 'burst',
      'arp_cache c1 .100 is n1 #+2: extra': 'burst',
      'vip_path .100 to n1 #+2: extra': 'burst',
      'arp_cache c1 .100 is n2 #11: missing': 'burst',
      'vip_path .100 to n2 #11: missing': 'burst',
      'arp_cache c1 .100 is n2 #+2: extra': 'burst',
      'vip_path .100 to n2 #+2: extra': 'burst',
      'lower_advert n2 VI_1 150 from .11 #+1: extra': 'drift',
      'garp n2 .100 #+1: extra': 'drift',
      'garp n2 .100 #+2: extra': 'drift',
      'garp n2 .100 #+3: extra': 'drift',
      'garp n2 .100 #+4: extra': 'drift',
      'garp n2 .100 #+5: extra': 'drift',
      'garp n2 .100 #22: missing': 'drift',
      'garp n2 .100 #+6: extra': 'drift',
      'garp n2 .100 #+7: extra': 'drift',
      'garp n2 .100 #+8: extra': 'drift',
      'garp n2 .100 #+9: extra': 'drift',
      'garp n2 .100 #+10: extra': 'drift',
      'garp n2 .100 #+11: extra': 'drift',
      'garp n2 .100 #23: missing': 'drift',
      'garp n2 .100 #+12: extra': 'drift',
      'garp n2 .100 #24: missing': 'drift',
      'garp n2 .100 #+13: extra': 'drift',
    },
  },
  k11: {
    agreeing: 104,
    disagreeing: {},
  },
  k14: {
    agreeing: 55,
    disagreeing: {},
  },
  k16: {
    agreeing: 73,
    disagreeing: {
      'fdb n1 at port n1 #2: differs': 'slack',
      'order of events: differs': 'slack',
    },
  },
  k17: {
    agreeing: 88,
    disagreeing: {},
  },
  k20: {
    agreeing: 76,
    disagreeing: {},
  },
  k21: {
    agreeing: 76,
    disagreeing: {
      'arp_request c1 .100 #+1: extra': 'slack',
    },
  },
};

describe('recordings of keepalived, replayed', () => {
  const folders = shippedFolders(fileURLToPath(new URL('../recordings', import.meta.url)));

  test('all are pinned', () => {
    expect(folders.map((folder) => folder.split('/').at(-1))).toEqual(Object.keys(PINNED));
  });

  test.each(Object.entries(PINNED))('%s: all runs', (name, { agreeing, disagreeing }) => {
    const report = reportCase(readRecording(folders.find((folder) => folder.endsWith(`/${name}`)) ?? name));
    expect(report.notReplayable).toBeNull();
    const others = report.rows.filter(({ verdict }) => verdict !== 'agrees' && verdict !== 'not modelled');
    expect(others.map(({ label, verdict }) => `${label}: ${verdict}`)).toEqual(Object.keys(disagreeing));
    expect(tallyOf([report]).agreeing).toBe(agreeing);
  });
});
