import { expect, test } from 'vitest';
import { configurationKind } from './configuration-kind.js';

test.each([
  ['lab.yaml', '', 'lab'],
  ['x.yml', 'vrrp_instance', 'lab'],
  ['x', 'nodes:\n  n1: {}\n', 'lab'],
  ['a.conf', '# router bgp 1\nvrrp_instance VI_1 {\n}\n', 'keepalived'],
  ['a', '  global_defs {\n}\n', 'keepalived'],
  ['keepalived.conf', '', 'keepalived'],
  ['a.conf', 'vrrp_instnace VI_1 {', 'keepalived'],
  ['a.cfg', 'global\n    maxconn 100\ndefaults\n    mode tcp\n', 'haproxy'],
  ['haproxy.cfg', '', 'haproxy'],
  ['a.conf', 'events {\n}\nhttp {\n server { listen 80; }\n}\n', 'nginx'],
  ['a.conf', 'frr version 8.1\nhostname r1\nrouter bgp 65001\n', 'frr'],
  ['a.conf', 'router id 10.0.0.1;\nprotocol bgp up {\n}\n', 'bird'],
  ['hostname.em0', 'dhcp\n', 'carp'],
  ['fw1/hostname.carp0', '', 'carp'],
  ['rc.conf', 'hostname="fw1"\n', 'carp'],
  ['a', 'ifconfig_em0_alias0="inet vhid 1 pass x alias 192.0.2.1/32"\n', 'carp'],
  ['a.sh', '#!/bin/sh\n/sbin/ifconfig em0 vhid 1 pass x alias 192.0.2.1/32\n', 'carp'],
  ['a.txt', 'inet 192.0.2.1 255.255.255.0 NONE vhid 1 carpdev em0\n', 'carp'],
  ['x.conf', 'net.inet.carp.preempt=1\n', 'carp'],
  ['config-fw1.xml', '<?xml version="1.0"?>\n<!-- a -->\n<opnsense>\n', 'carp'],
  ['x.xml', '<?xml version="1.0"?>\n<html>\n', undefined],
  ['a', 'ucarp -i eth0 -v 1 -p x -a 192.168.1.100 -s 192.168.1.11\n', 'ucarp'],
  ['a.sh', '#!/bin/sh\nexec /usr/sbin/ucarp \\\n  -v 1\n', 'ucarp'],
  ['a.sh', '#!/bin/sh\nip addr add 192.168.1.100/24 dev eth0\n', undefined],
  ['README', 'hello', undefined],
])('%s with %j is %s', (path, text, kind) => {
  expect(configurationKind(path, text)).toBe(kind);
});
