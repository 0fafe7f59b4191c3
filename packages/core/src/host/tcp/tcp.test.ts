import { describe, expect, test } from 'vitest';
import { MICROSECOND, MILLISECOND, SECOND } from '../../engine/index.js';
import { eth0, ip, Lan } from '../lan.testing.js';
import { firstDifference, pattern, Talker } from './talk.testing.js';

const C = '10.0.0.1';
const S = '10.0.0.2';

function pair(delay = 50 * MICROSECOND) {
  const lan = new Lan({ delay });
  const c = lan.host('c', 1, [`${C}/24`]);
  const s = lan.host('s', 2, [`${S}/24`]);
  const link = lan.cable(eth0(c), eth0(s));
  return { lan, c, s, link, client: new Talker(c), server: new Talker(s) };
}

describe('a connection', () => {
  test('opens, carries bytes both ways and ends in good order', () => {
    const { lan, client, server, c, s } = pair();
    expect(server.sockets.listen(80)).toBe('listening');
    const socket = client.connect(ip(S), 80);
    lan.run(10 * MILLISECOND);
    expect(client.connected).toEqual([socket]);
    expect(server.accepted).toHaveLength(1);
    const other = server.accepted[0] as number;
    client.write(socket, pattern(5));
    server.write(other, pattern(7));
    lan.run(20 * MILLISECOND);
    expect(server.heardFrom(other)).toEqual(pattern(5));
    expect(client.heardFrom(socket)).toEqual(pattern(7));
    client.sockets.close(socket);
    lan.run(30 * MILLISECOND);
    expect(server.ended).toEqual([other]);
    server.sockets.close(other);
    lan.run(2 * SECOND);
    expect(c.tcp.connections().map(({ state }) => state)).toEqual(['TIME_WAIT']);
    expect(s.tcp.connections()).toEqual([]);
    lan.run(62 * SECOND);
    expect(c.tcp.connections()).toEqual([]);
    expect(client.failures).toEqual([]);
    expect(server.failures).toEqual([]);
  });

  test('carries a megabyte, whole', () => {
    const { lan, client, server } = pair();
    server.sockets.listen(80);
    const socket = client.connect(ip(S), 80);
    const bytes = pattern(1_000_000);
    lan.run(MILLISECOND);
    client.write(socket, bytes);
    lan.run(3 * SECOND);
    expect(firstDifference(server.heardFrom(server.accepted[0] as number), bytes)).toBe(-1);
    expect(lan.trace.filter('tcp.retransmitted')).toEqual([]);
  });

  test.each([10_000, 50_000, 200_000])('carries a megabyte through a cable that loses %i ppm', (loss) => {
    const { lan, client, server, link } = pair();
    server.sockets.listen(80);
    const socket = client.connect(ip(S), 80);
    lan.run(MILLISECOND);
    link.setLoss(loss);
    const bytes = pattern(1_000_000);
    client.write(socket, bytes);
    lan.run(1800 * SECOND);
    expect(firstDifference(server.heardFrom(server.accepted[0] as number), bytes)).toBe(-1);
    expect(lan.trace.filter('tcp.retransmitted').length).toBeGreaterThan(5);
  });
});
