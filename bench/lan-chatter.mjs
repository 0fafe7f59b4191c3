import { Timer } from '../packages/core/dist/engine/index.js';
import { secondsOf } from './engine-cases.mjs';
import { addressOf, star } from './star.mjs';

const PORT = 9;
const PERIOD = 1_000_000;
/** Simulated seconds. */
const SPAN = 10;

/** Every host sends 64 bytes to its neighbour every millisecond; counted in frames over one cable each. */
export function chatter(count, asBytes, listenTo = () => {}) {
  const { engine, trace, hosts } = star(count, asBytes);
  listenTo(trace);
  let delivered = 0;
  const perHost = (SPAN * 1e9) / PERIOD;
  hosts.forEach((host, index) => {
    const socket = host.udpSocket(null, { port: PORT }, () => delivered++);
    socket.open();
    const neighbour = addressOf((index + 1) % count);
    const payload = Uint8Array.from({ length: 64 }, () => index);
    let sent = 0;
    const timer = new Timer(engine, `${host.name}/send`, host.domain, () => {
      socket.send(neighbour, PORT, payload);
      if (++sent < perHost) timer.arm(PERIOD);
    });
    timer.arm(1000 + ((15_625 * index) % PERIOD));
  });
  const seconds = secondsOf(() => engine.runUntil((SPAN + 1) * 1e9));
  if (delivered !== count * perHost) throw new Error(`${delivered} datagrams arrived of ${count * perHost}`);
  return (delivered * 2) / seconds / 1e6;
}

export const bench = {
  unit: 'M frame-hops/s',
  cases: {
    'representations n=64': () => chatter(64, false),
    'bytes n=64': () => chatter(64, true),
  },
  peers: [
    ['csma', 'csma', 0],
    ['simple, checksums', 'simple', 1],
  ].map(([title, link, checksum]) => ({
    name: `ns-3 ${title} n=64`,
    against: ['representations n=64', 'bytes n=64'],
    program: 'lan-chatter',
    arguments: ['n=64', `t=${SPAN}`, `link=${link}`, `checksum=${checksum}`],
    value: (result) => (result.delivered * 2) / result.run_s / 1e6,
  })),
};
