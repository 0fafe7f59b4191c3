import { expect, test } from 'vitest';
import { nameNodes } from './node-names.js';

test.each([
  [['n1/keepalived.conf', 'n2/keepalived.conf'], 'folder', ['n1', 'n2']],
  [
    ['./lab/n1/etc/keepalived/keepalived.conf', './lab/n2/etc/keepalived/keepalived.conf'],
    'folder',
    ['n1', 'n2'],
  ],
  [['a.conf', 'b.conf'], 'file', ['a', 'b']],
  [['conf/lb1.conf', 'conf/lb2.conf'], 'file', ['lb1', 'lb2']],
  [['x/keepalived.conf', 'y/x/keepalived.conf'], 'order', ['n1', 'n2']],
  [['keepalived.conf'], 'order', ['n1']],
  [['a.conf', 'a.conf'], 'order', ['n1', 'n2']],
  [['sw1/keepalived.conf', 'c1/keepalived.conf'], 'order', ['n1', 'n2']],
  [['../node one/keepalived.conf', '../näh/keepalived.conf'], 'folder', ['node-one', 'n-h']],
])('%j are named by %s: %j', (paths, from, names) => {
  expect(nameNodes(paths)).toEqual(names.map((name) => ({ name, from })));
});
