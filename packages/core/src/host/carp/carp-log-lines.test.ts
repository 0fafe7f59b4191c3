import { describe, expect, test } from 'vitest';
import type { CarpRejection } from '../../trace/events.js';
import { demotionLine, demotionReason, linkLine, rejectionLine, stateLines } from './carp-log-lines.js';

const carp0 = { name: 'carp0', vhid: 1, nodes: 1 };
const balanced = { name: 'carp0', vhid: 2, nodes: 2 };
const em0 = { name: '1@em0', vhid: 1, nodes: 1 };

describe('states', () => {
  test('OpenBSD at its default level logs what lies between BACKUP and MASTER only', () => {
    expect(stateLines('openbsd', carp0, 'BACKUP', 'MASTER', 'timeout')).toEqual([
      'carp0: state transition: BACKUP -> MASTER',
    ]);
    expect(stateLines('openbsd', carp0, 'MASTER', 'BACKUP', 'equal-advert')).toEqual([
      'carp0: state transition: MASTER -> BACKUP',
    ]);
    expect(stateLines('openbsd', carp0, 'INIT', 'BACKUP', 'start')).toEqual([]);
    expect(stateLines('openbsd', carp0, 'MASTER', 'INIT', 'link-down')).toEqual([]);
    expect(stateLines('openbsd', carp0, 'MASTER', 'INIT', 'link-down', 4)).toEqual([
      'carp0: state transition: MASTER -> INIT',
    ]);
  });

  test('OpenBSD names the vhid where there are several', () => {
    expect(stateLines('openbsd', balanced, 'BACKUP', 'MASTER', 'timeout')).toEqual([
      'carp0: state transition (vhid 2): BACKUP -> MASTER',
    ]);
  });

  test.each([
    ['INIT', 'BACKUP', 'start', 'initialization complete'],
    ['INIT', 'BACKUP', 'link-up', 'initialization complete'],
    ['BACKUP', 'MASTER', 'timeout', 'master timed out'],
    ['BACKUP', 'MASTER', 'preempts', 'preempting a slower master'],
    ['BACKUP', 'MASTER', 'will-time-out', 'master will time out'],
    ['BACKUP', 'MASTER', 'forced', 'user requested via ifconfig'],
    ['MASTER', 'BACKUP', 'better-advert', 'more frequent advertisement received'],
    ['MASTER', 'BACKUP', 'equal-advert', 'more frequent advertisement received'],
    ['MASTER', 'INIT', 'link-down', 'hardware interface down'],
    ['MASTER', 'INIT', 'disallowed', 'hardware interface down'],
    ['MASTER', 'INIT', 'address-changed', 'hardware interface up'],
  ] as const)('FreeBSD %s -> %s for %s: %s', (from, to, reason, words) => {
    expect(stateLines('freebsd', em0, from, to, reason)).toEqual([
      `carp: 1@em0: ${from} -> ${to} (${words})`,
    ]);
    expect(stateLines('freebsd-13', em0, from, to, reason, 0)).toEqual([]);
  });

  test('FreeBSD 9 tells a timeout by the link state alone', () => {
    expect(stateLines('freebsd-9', carp0, 'BACKUP', 'MASTER', 'timeout')).toEqual([
      'carp0: link state changed to UP',
    ]);
    expect(stateLines('freebsd-9', carp0, 'MASTER', 'BACKUP', 'better-advert')).toEqual([
      'carp0: MASTER -> BACKUP (more frequent advertisement received)',
      'carp0: link state changed to DOWN',
    ]);
    expect(linkLine('em0', false)).toBe('em0: link state changed to DOWN');
  });
});

describe('demotion', () => {
  const down = {
    face: 'carp0',
    group: 'carp',
    by: 1,
    to: 1,
    reason: demotionReason('openbsd', 'interface-down', 'em0'),
  };

  test('OpenBSD above its default level, FreeBSD always', () => {
    expect(demotionLine('openbsd', down)).toBeNull();
    expect(demotionLine('openbsd', down, 3)).toBe('carp: carp0 demoted group carp by 1 to 1 (carpdev)');
    expect(demotionLine('openbsd', { ...down, face: null }, 7)).toBeNull();
    const reason = demotionReason('freebsd', 'interface-down', 'em0');
    expect(demotionLine('freebsd', { ...down, by: 240, to: 240, reason })).toBe(
      'carp: demoted by 240 to 240 (interface down)',
    );
    expect(demotionLine('freebsd-9', { ...down, reason })).toBeNull();
  });

  test("every cause has each kernel's own words", () => {
    expect(demotionReason('freebsd', 'send-errors', 'em0')).toBe('send error 50 on em0');
    expect(demotionReason('freebsd-13', 'send-ok', 'em0')).toBe('send ok on em0');
    expect(demotionReason('openbsd', 'send-errors', 'em0', 'inet6')).toBe('> snd6errors');
    expect(demotionReason('openbsd', 'send-ok', 'em0')).toBe('< snderrors');
    expect(demotionReason('freebsd', 'sysctl', 'em0')).toBe('sysctl');
    expect(demotionReason('freebsd', 'detached', 'em0')).toBe('vhid removed');
  });
});

describe('rejections', () => {
  const packet = { face: 'carp0', family: 'inet', ttl: 254, length: 40, version: 3 } as const;
  const all: readonly CarpRejection[] = [
    'badttl',
    'badlen',
    'badsum',
    'badvhid',
    'badver',
    'badauth',
    'badif',
    'loop',
    'disallowed',
  ];

  test('no kernel logs one at the level it boots with', () => {
    for (const reason of all) {
      expect(rejectionLine('openbsd', carp0, reason, packet)).toBeNull();
      expect(rejectionLine('freebsd', em0, reason, { ...packet, face: 'em0' })).toBeNull();
      expect(rejectionLine('freebsd-9', carp0, reason, { ...packet, face: 'em0' })).toBeNull();
    }
  });

  test("in each kernel's own words", () => {
    expect(rejectionLine('openbsd', carp0, 'badauth', packet, 7)).toBe('carp0: incorrect hash');
    expect(rejectionLine('openbsd', carp0, 'loop', packet, 4)).toBe('carp0: replay or network loop detected');
    expect(rejectionLine('openbsd', null, 'badlen', packet, 6)).toBe('carp: packet too short 40 on carp0');
    expect(rejectionLine('openbsd', null, 'badlen', packet, 5)).toBeNull();
    const heard = { ...packet, face: 'em0' };
    expect(rejectionLine('freebsd', em0, 'badauth', heard, 2)).toBe(
      'carp_input_c: incorrect hash for VHID 1@em0',
    );
    expect(rejectionLine('freebsd-13', em0, 'badttl', heard, 2)).toBe(
      'carp_input: received ttl 254 != 255 on em0',
    );
    expect(rejectionLine('freebsd-9', carp0, 'badver', heard, 2)).toBe('carp0; invalid version 3');
    expect(rejectionLine('freebsd', em0, 'badvhid', heard, 7)).toBeNull();
  });
});
