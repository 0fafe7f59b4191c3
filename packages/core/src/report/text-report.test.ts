import { describe, expect, test } from 'vitest';
import { carpFacts, carpInstance, carpPowerOffStory, HandMadeCarp } from './hand-made-carp.fixture.js';
import { HandMadeConnection, keptConnectionStory } from './hand-made-connection.fixture.js';
import {
  at,
  HandMadeTrace,
  multicastLostStory,
  pairFacts,
  powerOffStory,
  vipFacts,
  WRITE,
} from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';
import type { InstanceFacts } from './run-facts.js';
import { plainLine, plainText, textWidth } from './styled-text.js';
import { type TextReportOptions, textReport } from './text-report.js';

const POWER_OFF = [
  'n1, n2: 192.168.1.100 (VI_WRITE, priority 150/100), 192.168.1.101 (VI_READ, 100/150)       seed 1',
  "inferred   nodes    n1 192.168.1.11, n2 192.168.1.12 (named by folder, addresses from the VIPs' /24)",
  '           network  one switch sw1, links 50 µs, no loss, carrier seen',
  '           client   c1 192.168.1.50, udp to .100 and .101 port 8080, one every 200 ms',
  '           daemon   keepalived 2.2.7, ready 61 ms (n1), 88 ms (n2) after start (by seed: 30 to 150',
  '                    ms)',
  '           to state them yourself:  viplab init n1/keepalived.conf n2/keepalived.conf',
  '',
  '           0s           10s          20s           30s          40s      one column = 0.75 s',
  '.100  n1   ─────████████╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳────██████████████████████',
  'VI_   n2   ─────────────────█████████████████████──────────────────────',
  'WRITE own  ·····1111111100000111111111111111111111111111111111111111111',
  '               a        b   c               d    e',
  '.101  n1   ─────────────╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳╳──────────────────────────',
  'VI_   n2   ─────███████████████████████████████████████████████████████',
  'READ  own  ·····1111111111111111111111111111111111111111111111111111111',
  '',
  'a   3.475  n1 master of .100   3.414 s after BACKUP, no advert heard; 0.027 s later n2 of .101',
  'b  10.000  power-off n1        its last VI_WRITE advert was at 9.475',
  '   10.145  c1                  no service from .100 for 3.00 s: 15 attempts timed out',
  "c  13.084  n2 master of .100   3.609 s after n1's last advert (9.475): 3 x 1 s + 156/256 s",
  'd  25.000  power-on n1         25.098 BACKUP for both',
  "e  28.512  n1 master of .100   3.414 s after BACKUP: 150 beats n2's 100, n2 yields at its advert",
  '           32 quieter events (adverts, timers, states, gratuitous ARP, ARP cache, CAM, landings): -v',
  '           1 204 frames: -vv',
  '',
  'flaps?     no flap   .100 moved twice, each time for a cause (b, d); .101 never moved',
  '           headless .100 3.08 s (allowed 3.61 s) · dual .100 0.1 ms (allowed 0.2 ms)',
  'who hurts? c1 on .100: 3.00 s without service (10.145 to 13.145), 15 attempts timed out',
  '           c1 on .101: nobody',
  'wrote      out/run.json  out/sw1.pcapng  out/run.mmd',
  'replay     viplab run --replay vl2-7q2mzk4d-s1',
];

const MULTICAST_LOST = [
  'equal-priority-flux/multicast-lost: 192.168.1.100 (VI_1, priority 150/150)                 seed 1',
  '           0s        5s        10s       15s       20s       25s       30s   one column = 0.5 s',
  '.100  n1   ───────█████████████████████████████████████████████████████',
  'VI_1  n2   ───────▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒',
  '      own  ·······22222222222222222222222222222222222222222222222222222',
  '      c1 → ·······↯11111111↯↯11111111↯↯11111111↯↯11111111↯↯11111111↯↯11',
  '           a     bc        d         d         d         d         d',
  '',
  'a   0.000  drop-multicast sw1  sw1 passes no 224.0.0.18 between n1 and n2; ARP and UDP pass',
  'b   3.484  n2 master of .100   3.414 s after BACKUP, no advert heard',
  'c   3.502  n1 master of .100   3.414 s after BACKUP, no advert heard. DUAL until the end',
  "d   8.484  c1 lands on n2      n2's gratuitous ARP",
  "    8.502  c1 lands on n1      n1's gratuitous ARP  ↻ d again each 5.00 s",
  '           29 quieter events (timers, states, gratuitous ARP, ARP cache, landings): -v',
  '',
  "flaps?     FLUX      .100: c1's frames moved 10 times between two owners, without a cause",
  '           DUAL .100 26.50 s (allowed 0.2 ms), not over · CAM of sw1: 0 moves · ARP cache of c1: 12',
  '           changes',
  'who hurts? c1 on .100: no attempt failed; a connection kept open would break at each of the 10 moves',
  'expected   flux, dual (multicast-lost.yaml:14:10), so exit 0',
  'replay     viplab run --replay vl2-2d8xw0ra-s1',
];

const pageOf = (
  trace: HandMadeTrace,
  changes: Parameters<typeof pairFacts>[0] = {},
  options: TextReportOptions = {},
): string => plainText(textReport(reportOf(trace.events, pairFacts(changes)), options));

const CARP_POWER_OFF = [
  'carp-pair: 192.0.2.1 (carp0 vhid 1, advskew 0/100)                                         seed 1',
  '           0s           10s          20s           30s          40s   one column = 0.75 s',
  '.1    fw1  ────█████████╳╳╳╳╳╳╳╳╳╳╳╳╳╳███████████████████████████',
  'carp0 fw2  ──────────────────█████████───────────────────────────',
  '      own  ····11111111100000111111111111111111111111111111111111',
  '               a        b   c        de',
  '',
  'a   3.000  fw1 master of .1    3.000 s after BACKUP, no advert heard',
  'b  10.001  power-off fw1       its last carp0 advert was at 10.000',
  "c  13.392  fw2 master of .1    3.392 s after fw1's last advert (10.000): 3 x 1 s + 100/256 s",
  'd  20.000  power-on fw1        20.000 BACKUP',
  'e  20.346  fw1 master of .1    preempts fw2: advskew 0 beats its 100',
  '           10 quieter events (adverts, states): -v',
  '',
  'flaps?     no flap   .1 moved twice, each time for a cause (b, d)',
  '           headless .1 3.39 s (allowed 3.39 s) · dual .1 1 ms (allowed 2 ms)',
  'who hurts? nobody was asked: the lab has no client',
  'replay     viplab run --replay vl2-7q2mzk4d-s1',
];

describe('the page of a run', () => {
  test('a healthy pair, one node off and on again', () => {
    const { events, facts } = powerOffStory();
    const lines = textReport(reportOf(events, facts), {
      frames: 1204,
      wrote: ['out/run.json', 'out/sw1.pcapng', 'out/run.mmd'],
      initCommand: 'viplab init n1/keepalived.conf n2/keepalived.conf',
    });
    expect(lines.map(plainLine)).toEqual(POWER_OFF);
  });

  test('equal priority, multicast lost, a refresh every 5 s', () => {
    const { events, facts } = multicastLostStory();
    expect(textReport(reportOf(events, facts)).map(plainLine)).toEqual(MULTICAST_LOST);
  });

  test('fits the screen at every width and level, without control characters', () => {
    for (const { events, facts } of [powerOffStory(), multicastLostStory()]) {
      for (const width of [50, 79, 80, 300]) {
        for (const level of ['quiet', 'normal', 'v', 'vv'] as const) {
          for (const line of textReport(reportOf(events, facts), { width, level }).map(plainLine)) {
            expect(textWidth(line)).toBeLessThanOrEqual(Math.min(100, width));
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        }
      }
    }
  });

  test('in ASCII it is ASCII', () => {
    const { events, facts } = multicastLostStory();
    expect(plainText(textReport(reportOf(events, facts), { ascii: true }))).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('quiet: the two answers', () => {
    const { events, facts } = powerOffStory();
    const lines = textReport(reportOf(events, facts), { level: 'quiet' }).map(plainLine);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe('flaps?     no flap   .100 moved twice, each time for a cause; .101 never moved');
  });

  test('colour repeats what the glyphs say', () => {
    const { events, facts } = multicastLostStory();
    const spans = textReport(reportOf(events, facts)).flat();
    const styleOf = (text: string): string | undefined => spans.find((it) => it.text.includes(text))?.style;
    expect([styleOf('█'), styleOf('▒'), styleOf('22'), styleOf('FLUX')]).toEqual([
      'owner',
      'warn',
      'warn',
      'bad',
    ]);
  });
});

describe('the answers', () => {
  const onN1 = (): HandMadeTrace =>
    new HandMadeTrace().owners(at('3'), WRITE, 'n1').lands(at('3'), 'c1', WRITE, 'n1');

  test('a flap, and when', () => {
    const page = pageOf(onN1().owners(at('20'), WRITE, 'n2').lands(at('20'), 'c1', WRITE, 'n2'));
    expect(page).toContain('flaps?     FLAP      .100 moved once without a cause: n1 to n2 at 20.000\n');
  });

  test('headless over its budget', () => {
    const page = pageOf(
      onN1().cause(at('10'), 'stop', 'n1').owners(at('10'), WRITE).owners(at('14'), WRITE, 'n1'),
    );
    expect(page).toContain(
      'flaps?     HEADLESS  .100 never moved\n           HEADLESS .100 4.00 s (allowed 3.61 s)\n',
    );
  });

  test('a landing that moved once', () => {
    const trace = new HandMadeTrace()
      .owners(at('3'), WRITE, 'n1', 'n2')
      .lands(at('3'), 'c1', WRITE, 'n1')
      .lands(at('30'), 'c1', WRITE, 'n2');
    expect(pageOf(trace)).toContain('.100: the landing of c1 moved without a cause: n1 to n2 at 30.000');
  });

  test('a client left behind', () => {
    const page = pageOf(onN1().cause(at('20'), 'stop', 'n1').owners(at('20.6'), WRITE, 'n2'));
    expect(page).toContain('flaps?     UNSETTLED .100 moved once, for a cause (b)');
    expect(page).toContain(".100 ends owned by n2, c1's frames arrive at n1");
  });

  test('a run that is too short to tell', () => {
    expect(pageOf(onN1().cause(at('9'), 'stop', 'n2'), { duration: at('10') })).toContain(
      'ends before the last cause had time to settle',
    );
  });

  test('who hurts: nobody, never served, not for ever, nobody to hurt', () => {
    expect(pageOf(onN1())).toContain('c1 on .100: it never asked');
    expect(pageOf(onN1().asks('c1', WRITE, at('4'), at('5'), null))).toContain(
      'c1 on .100: never served, 5 attempts timed out',
    );
    expect(
      pageOf(onN1().asks('c1', WRITE, at('4'), at('5'), 'n1').asks('c1', WRITE, at('5'), at('6'), null)),
    ).toContain('c1 on .100: 95.00 s without service (5.000 to the end), 5 attempts timed out');
    expect(pageOf(onN1(), { clients: [] })).toContain('the lab has no client');
  });

  test('a kept connection that was reset, and by whom', () => {
    const { events, facts } = keptConnectionStory();
    const lines = textReport(reportOf(events, facts)).map(plainLine);
    expect(lines).toContain(
      '   13.474  c1                  kept connection to .100 reset by n2 (it hung 3.33 s first)',
    );
    expect(lines).toContain('   28.541  c1                  kept connection to .100 reset by n1');
    expect(lines.filter((line) => line.includes('no service'))).toEqual([]);
    expect(lines).toContain('           the life of a connection: --connection c1#1');
    expect(lines.slice(-3)).toEqual([
      'who hurts? c1 on .100: 3.33 s without service (2 times, first at 10.145), 2 resets (by n2 and n1)',
      '           c1 on .101: nobody',
      'replay     viplab run --replay vl2-7q2mzk4d-s1',
    ]);
    const details = textReport(reportOf(events, facts), { level: 'v' }).map(plainLine);
    expect(details).toContain(
      '   10.346000  c1 sends again      to .100:5432 from port 40001: not acknowledged in time (5 x)',
    );
    expect(details).toContain('   13.473900  n2 sends RST        to 192.168.1.50: no such connection here');
  });

  test('short connections: who refused and who reset, with the outage', () => {
    const trace = onN1();
    for (const [number, time] of [at('10'), at('10.2')].entries()) {
      new HandMadeConnection(trace, number)
        .opens(time, null)
        .resetSent(time + 1, 'n2', 'closed-port')
        .reset(time + 2, 'c1', 'SYN_SENT')
        .result(time, time + 2, 'refused', { connection: null, stage: 'connect' });
    }
    const cut = new HandMadeConnection(trace, 7).opens(at('10.4'), 'n1');
    cut.resetSent(at('10.5'), 'n2', 'no-connection').reset(at('10.5'), 'c1').changes(at('10.5'), 'reset');
    cut.result(at('10.4'), at('10.5'), 'reset');
    new HandMadeConnection(trace, 8)
      .opens(at('9'), 'n1')
      .result(at('9'), at('9.1'), 'ok', { by: 'n1' })
      .changes(at('9.1'), 'closed');
    new HandMadeConnection(trace, 9).opens(at('11'), 'n2').result(at('11'), at('11.1'), 'ok', { by: 'n2' });
    const page = pageOf(trace);
    expect(page).toContain(
      '   10.000  c1                  no service from .100 for 1.00 s: 2 attempts refused, 1 reset (by n2)\n',
    );
    expect(page).toContain(
      'c1 on .100: 1.00 s without service (10.000 to 11.000), 2 attempts refused, 1 reset (by\n           n2)\n',
    );
    expect(page).not.toContain('kept connection');
  });

  test('a pool that breaks at once is one line; what hangs at the end is said', () => {
    const trace = onN1();
    for (let number = 1; number <= 5; number++) {
      new HandMadeConnection(trace, number)
        .opens(at('4') + number, 'n1')
        .asks(at('5') + number, at('6'), 'n1')
        .resetSent(at('20') + number, 'n2', 'no-connection')
        .reset(at('20') + number, 'c1')
        .changes(at('20') + number, 'reset');
    }
    expect(pageOf(trace)).toContain(
      '   20.000  c1                  5 kept connections to .100 reset by n2\n',
    );
    expect(pageOf(trace)).toContain('c1 on .100: 5 idle connections broken (by n2)\n');
    const hanging = onN1();
    new HandMadeConnection(hanging, 1)
      .opens(at('4'), 'n1')
      .asks(at('5'), at('6'), 'n1')
      .again('c1', 'timeout', at('50'), at('60'));
    expect(pageOf(hanging)).toContain(
      '   50.000  c1                  connection to .100 hangs: nothing is answered until the end at\n' +
        '                               100.000\n',
    );
    expect(pageOf(hanging)).toContain(
      'c1 on .100: a request hangs since 50.000, and still does at the end\n',
    );
  });

  test('a crowd of clients is one sentence', () => {
    const clients = Array.from({ length: 9 }, (_, index) => ({
      name: `c${index + 1}`,
      node: `c${index + 1}`,
      target: WRITE,
    }));
    const trace = onN1();
    for (const { name } of clients.slice(0, 8)) {
      trace.asks(name, WRITE, at('4'), at('5'), 'n1');
      trace.asks(name, WRITE, at('6'), at('7'), 'n1');
    }
    expect(pageOf(trace, { clients })).toContain('who hurts? .100: 1 of 9 clients never served\n');
    trace.asks('c9', WRITE, at('4'), at('5'), 'n1');
    expect(pageOf(trace, { clients })).toContain('who hurts? .100: nobody of 9 clients\n');
    trace.asks('c3', WRITE, at('5'), at('5.5'), null);
    trace.asks('c4', WRITE, at('5.8'), at('6'), null);
    expect(pageOf(trace, { clients })).toContain(
      'who hurts? .100: 2 of 9 clients without service, up to 1.00 s (c3, 5.000 to 6.000), 4 attempts timed\n' +
        '           out\n',
    );
  });

  test('resets that come round again are told once, with their rhythm', () => {
    const trace = onN1();
    for (let number = 0; number < 8; number++) {
      const time = at('10') + number * at('5');
      new HandMadeConnection(trace, number)
        .opens(time - at('5'), 'n1')
        .asks(time - at('4.9'), time, 'n1')
        .result(time, time + 1, 'reset')
        .resetSent(time + 1, 'n2', 'no-connection')
        .reset(time + 1, 'c1')
        .changes(time + 1, 'reset');
    }
    expect(pageOf(trace)).toContain('kept connection to .100 reset by n2  ↻ again each 5.00 s\n');
    expect(pageOf(trace)).toContain('8 resets (by n2)');
  });

  test('what the lab expects and does not get', () => {
    const expected = { words: ['dual'], where: 'lab.yaml:3:1' } as const;
    expect(pageOf(onN1(), { expected })).toContain(
      'expected   dual (lab.yaml:3:1), but it is no flap: exit 1',
    );
  });

  test('VIPs that end alike are written in full', () => {
    const vips = [WRITE, '10.0.0.100'].map((address) => vipFacts(address, 'VI_1', { n1: 150 }));
    expect(
      pageOf(new HandMadeTrace().owners(at('3'), WRITE, 'n1').owners(at('3'), '10.0.0.100', 'n1'), { vips }),
    ).toContain('n1 owner of 192.168.1.100');
  });

  test('nothing at all is a page too', () => {
    const page = pageOf(new HandMadeTrace(), { name: null, nodes: [], vips: [], clients: [], duration: 0 });
    expect(page).toContain('replay     viplab run --replay');
  });

  test('CARP: advskew, and what its kernel says', () => {
    const { events, facts } = carpPowerOffStory();
    expect(textReport(reportOf(events, facts)).map(plainLine)).toEqual(CARP_POWER_OFF);
  });

  test('the head of CARP: advbase where it is not 1, vhids, several virtual hosts of one address', () => {
    const head = (instances: readonly InstanceFacts[]): string | undefined => {
      const facts = carpFacts({});
      const vips = facts.vips.map((vip) => ({ ...vip, instances }));
      return plainText(textReport(reportOf([], { ...facts, vips })))
        .split('\n')[0]
        ?.replace(/ +seed 1/, '');
    };
    const one = carpInstance('fw1', 0);
    expect(head([one, carpInstance('fw2', 100, 'carp0', 4)])).toBe(
      'carp-pair: 192.0.2.1 (carp0 vhid 1, advbase 1/4, advskew 0/100)',
    );
    expect(head([carpInstance('fw1', 0, '1@em0'), carpInstance('fw2', 100, '1@em0')])).toBe(
      'carp-pair: 192.0.2.1 (1@em0, advskew 0/100)',
    );
    expect(head([one, { ...carpInstance('fw1', 100, 'carp0:2'), vhid: 2 }])).toBe(
      'carp-pair: 192.0.2.1 (carp0 vhid 1, advskew 0; carp0:2, 100)',
    );
  });

  test('a cause that demotes says so', () => {
    const trace = new HandMadeCarp({ fw1: 0, fw2: 100 }, '1@em0')
      .cause(at('10.3'), 'unplug', 'fw1')
      .enters(at('10.3'), 'fw1', 'BACKUP', 'start')
      .enters(at('10.3'), 'fw1', 'INIT', 'link-down')
      .add(at('10.3'), 'carp.demotion', 'fw1', {
        scope: 'machine',
        from: 0,
        to: 240,
        reason: 'interface down',
      });
    const text = plainText(textReport(reportOf(trace.events, carpFacts(trace.skews)))).replace(/\s+/g, ' ');
    expect(text).toContain('10.300 demoted by 240 (interface down), to 240');
  });
});
