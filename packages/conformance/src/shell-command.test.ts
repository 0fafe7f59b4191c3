import { describe, expect, test } from 'vitest';
import { NotReplayable } from './not-replayable.js';
import { readShellCommand } from './shell-command.js';

describe('commands of the verb sh', () => {
  test.each([
    ['touch /run/lab/n1.fail', { deed: 'create-file', file: '/run/lab/n1.fail' }],
    ['rm /run/lab/n1.fail', { deed: 'remove-file', file: '/run/lab/n1.fail' }],
    ['rm -f /run/lab/n1.fail || true', { deed: 'remove-file', file: '/run/lab/n1.fail' }],
    [
      'arping -c 3 -w 3 -I eth0 192.168.1.100 || true',
      { deed: 'arping', address: '192.168.1.100', count: 3, interface: 'eth0' },
    ],
    ['arping 10.0.0.1', { deed: 'arping', address: '10.0.0.1', count: 1, interface: undefined }],
    [
      'ip neigh flush 192.168.1.100',
      { deed: 'flush-neighbours', address: '192.168.1.100', interface: undefined },
    ],
    ['ip neigh flush dev eth0', { deed: 'flush-neighbours', address: undefined, interface: 'eth0' }],
    ['ip neigh flush all', { deed: 'flush-neighbours', address: undefined, interface: undefined }],
  ])('%s', (command, deed) => {
    expect(readShellCommand(command)).toEqual(deed);
  });

  test.each([
    ['', 'is no command'],
    ['reboot', 'is no command'],
    ['touch a b', 'does not name one file'],
    ['rm -rf /', 'does not name one file'],
    ['rm', 'does not name one file'],
    ['touch a; rm b', 'is more than one plain command'],
    ['touch $(id)', 'is more than one plain command'],
    ['touch a || reboot', 'is more than one plain command'],
    ['arping -c 3 -U 10.0.0.1', "has '-U'"],
    ['arping -c 0 10.0.0.1', 'does not say how often'],
    ['arping -c 3', 'names no address'],
    ['arping 10.0.0.1 10.0.0.2', "has '10.0.0.2'"],
    ['ip neigh flush', 'does not say which entries'],
    ['ip link set eth0 down', 'is no command'],
    ['systemctl stop keepalived', 'is no command'],
  ])("'%s' is refused: %s", (command, why) => {
    expect(() => readShellCommand(command)).toThrow(NotReplayable);
    expect(() => readShellCommand(command)).toThrow(`sh: '${command}' ${why}`);
  });
});
