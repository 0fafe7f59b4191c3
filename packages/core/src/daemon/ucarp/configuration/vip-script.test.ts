import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Complaints } from '../../../diagnostic/complaints.js';
import { formatIp, ipv4Address } from '../../../wire/index.js';
import { readUcarpCommand } from './read-ucarp-command.js';
import { readVipScript } from './vip-script.js';

function read(text: string, vip = '192.168.1.100') {
  const complaints = new Complaints();
  const { changes } = readVipScript({ path: './up', file: 'n1/up', text }, ipv4Address(vip), complaints);
  return {
    changes: changes.map(({ op, address, prefixLength, interface: name }) =>
      [op, address === null ? 'VIP' : formatIp(address), prefixLength ?? 'any', name ?? 'own'].join(' '),
    ),
    complaints: complaints.all.map(({ message, range }) => `${range.start.line}: ${message}`),
  };
}

describe('what is understood', () => {
  test.each([
    ['ip addr add $2/24 dev $1', 'add VIP 24 own'],
    ['/sbin/ip address add "$2"/24 dev "$1"', 'add VIP 24 own'],
    ['ip -4 a a ${2}/24 brd + dev ${1} label ${1}:vip', 'add VIP 24 own'],
    ['ip addr replace dev eth1 $2/32', 'add VIP 32 eth1'],
    ['ip addr add $2 dev $1', 'add VIP 32 own'],
    ['sudo ip addr add 10.0.0.7/255.255.255.0 dev $1', 'add 10.0.0.7 24 own'],
    ['ip addr del $2/24 dev $1 && echo gone', 'remove VIP 24 own'],
    ['ip a d $2 dev $1 2>/dev/null || true', 'remove VIP any own'],
    ['ifconfig $1:ucarp $2 netmask 255.255.255.0 up', 'add VIP 24 own'],
    ['/sbin/ifconfig "$1":254 "$2" netmask 255.255.255.128', 'add VIP 25 own'],
    ['ifconfig $1:0 $2 up', 'add VIP 24 own'],
    ['ifconfig $1 inet $2 alias netmask 0xffffffff', 'add VIP 32 own'],
    ['ifconfig $1 alias $2 netmask 255.255.255.255', 'add VIP 32 own'],
    ['ifconfig $1:ucarp down', 'remove VIP any own'],
    ['ifconfig $1 -alias $2', 'remove VIP any own'],
  ])('%s', (line, change) => {
    expect(read(`#!/bin/sh\n${line}\n`)).toEqual({ changes: [change], complaints: [] });
  });

  test('a netmask by class where none is given', () => {
    expect(read('ifconfig $1:0 $2 up', '10.0.0.9').changes).toEqual(['add VIP 8 own']);
    expect(read('ifconfig $1:0 $2 up', '172.16.0.9').changes).toEqual(['add VIP 16 own']);
  });

  test('variables, and lines that do nothing to a network', () => {
    expect(
      read(
        '#!/bin/sh\nset -e\nexec 2>/dev/null\nIF=$1\nVIP="$2"\nlogger "up $VIP"\nip addr add $VIP/24 dev $IF\nexit 0\n',
      ),
    ).toEqual({ changes: ['add VIP 24 own'], complaints: [] });
  });
});

describe('what is not', () => {
  test.each([
    ['arping -U -c 3 -I $1 $2', '1: arping -U -c 3 -I $1 $2 is not modelled'],
    ['ip route add default via 10.0.0.1', '1: ip route add default via 10.0.0.1 is not modelled'],
    ['ip addr flush dev $1', '1: ip addr flush dev $1 is not modelled'],
    ['ip addr add $2/24', '1: ip addr add $2/24 is not modelled'],
    ['ip addr add $2/99 dev $1', '1: ip addr add $2/99 dev $1 is not modelled'],
    ['ifconfig $1 $2 netmask 255.255.255.0', '1: ifconfig $1 $2 netmask 255.255.255.0 is not modelled'],
    ['ifconfig $1:0 $2 netmask 255.0.255.0', '1: ifconfig $1:0 $2 netmask 255.0.255.0 is not modelled'],
    ['systemctl start nginx', '1: systemctl start nginx is not modelled'],
  ])('%s', (line, complaint) => {
    expect(read(line)).toEqual({ changes: [], complaints: [complaint] });
  });

  test('branches are told, and what is in them is done', () => {
    expect(read('if grep -q x /etc/y; then\n  ip addr add $2/24 dev $1\nfi')).toEqual({
      changes: ['add VIP 24 own'],
      complaints: ['1: what if decides is not modelled'],
    });
  });
});

test('whatever is written, it is read', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      'ucarp',
      '-i',
      'eth0',
      '-s',
      '10.0.0.1',
      '--',
      '-v1',
      '$2',
      '"',
      "'",
      '\\',
      '\n',
      '--ad=',
      '-u',
      '#',
      '${',
      '`',
    ),
  );
  fc.assert(
    fc.property(
      fc.array(word).map((words) => words.join(' ')),
      (text) => {
        readUcarpCommand(text, { file: 'x', scripts: { x: text } });
        readUcarpCommand(`ucarp -a 10.0.0.9 -u x ${text}`, { file: 'x', scripts: { x: text } });
        read(text);
      },
    ),
    { numRuns: 300 },
  );
});
