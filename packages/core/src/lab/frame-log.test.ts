import { expect, test } from 'vitest';
import { defineLab } from './lab.js';

const pair = defineLab({
  name: 'pair',
  nodes: {
    a: { address: '10.0.0.1/24', client: { request: '10.0.0.2:9' } },
    b: { address: '10.0.0.2/24', echo: 9 },
  },
  links: [{ between: ['a', 'b'], delay: '50us' }],
  schedule: [{ at: '300ms', do: 'silent-cut', node: 'a' }],
  duration: '1s',
});

test('at -vv every frame that a host sends has a line, and a lost one says so', () => {
  const text = pair.run().text({ level: 'vv' });
  expect(text).toMatch(/0\.000000 {2}a frame +a > all: ARP who-has 10\.0\.0\.2 tell 10\.0\.0\.1/);
  expect(text.replace(/\s+/g, ' ')).toMatch(/b frame a > b: [^()]* \(lost: the cable is cut\)/);
});

test('the other levels only count them', () => {
  const text = pair.run().text();
  expect(text).not.toContain(' frame ');
  expect(text).toMatch(/\d+ frames: -vv/);
});
