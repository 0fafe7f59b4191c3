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
  ['README', 'hello', undefined],
])('%s with %j is %s', (path, text, kind) => {
  expect(configurationKind(path, text)).toBe(kind);
});
