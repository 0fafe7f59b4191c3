import { describe, expect, test } from 'vitest';
import { resultOf, tryParseScriptCommand } from './script-command.js';
import type { LocalSystem } from './tracking.js';

const system: LocalSystem = {
  countProcesses: (name) => (name === 'haproxy' ? 1 : 0),
  hasFile: (path) => path === '/tmp/down',
  isListening: (port) => port === 80,
  isLocal: (host) => host === 'localhost' || host === '10.0.0.1',
};
const run = (...words: string[]): boolean | undefined => {
  const command = tryParseScriptCommand(words);
  return command === undefined ? undefined : resultOf(command, system);
};

describe('commands that a simulated host can judge', () => {
  test.each<[boolean, string[]]>([
    [true, ['killall', '-0', 'haproxy']],
    [true, ['/usr/bin/killall', '-q', '-0', '/usr/sbin/haproxy']],
    [false, ['killall', '-0', 'nginx']],
    [true, ['/bin/pidof', 'haproxy']],
    [false, ['/usr/bin/pgrep', '-x', 'nginx']],
    [true, ['test', '-e', '/tmp/down']],
    [false, ['/usr/bin/test', '!', '-e', '/tmp/down']],
    [true, ['[', '-f', '/tmp/down', ']']],
    [false, ['[', '!', '-f', '/tmp/down', ']']],
    [false, ['/bin/sh', '-c', '[ ! -f /tmp/down ]']],
    [true, ['/bin/bash', '-c', 'killall -0 haproxy']],
    [true, ['/bin/sh', '-c', "test -e '/tmp/down'"]],
    [true, ['nc', '-z', '-w', '2', 'localhost', '80']],
    [false, ['/bin/nc', '-zv', '10.0.0.1', '81']],
    [true, ['curl', '-sf', '-m', '2', 'http://localhost/health']],
    [false, ['/usr/bin/curl', '--max-time', '2', 'https://10.0.0.1:8443/']],
    [true, ['/bin/true']],
    [false, ['/usr/bin/false']],
    [false, ['/bin/sh', '-c', 'exit 1']],
    [true, ['exit', '0']],
    [true, ['killall -0 haproxy']],
  ])('%s: %j', (expected, words) => {
    expect(run(...words)).toBe(expected);
  });
});

describe('commands that it cannot judge', () => {
  test.each([
    [[]],
    [['']],
    [['/usr/local/bin/check.sh']],
    [['killall', 'haproxy']],
    [['killall', '-0']],
    [['killall', '-0', 'one', 'two']],
    [['/bin/sh', '-c', 'killall -0 haproxy || killall -0 nginx']],
    [['/bin/sh', '-c', 'test -e $FILE']],
    [['/bin/sh', '-c', '']],
    [['/bin/sh', '/tmp/script']],
    [['test', '-x', '/tmp/down']],
    [['[', '-f', '/tmp/down']],
    [['nc', 'localhost', '80']],
    [['nc', '-z', 'localhost', '99999']],
    [['nc', '-z', 'localhost', 'http']],
    [['curl', 'ftp://localhost/']],
    [['exit', 'x']],
  ])('%j', (words) => {
    expect(tryParseScriptCommand(words)).toBeUndefined();
  });

  test('a port of another machine', () => {
    expect(run('nc', '-z', '10.0.0.9', '80')).toBeUndefined();
  });
});
