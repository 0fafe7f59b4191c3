import { Timer } from '../packages/core/dist/engine/index.js';
import { ipv4Address, vrrpV2Advertisement } from '../packages/core/dist/wire/index.js';
import { secondsOf } from './engine-cases.mjs';
import { addressOf, star } from './star.mjs';

const CLIENTS = 100;
const PORT = 80;
const VRRP = 112;
const PERIOD = 100_000_000;
const ADVERT = 1_000_000_000;
/** Simulated seconds. */
const SPAN = 60;

/** Two routers advertise each second, a hundred clients ask one server each 100 ms; in simulated seconds a second. */
function heartbeat(asBytes) {
  const { engine, hosts } = star(CLIENTS + 3, asBytes);
  const group = ipv4Address('224.0.0.18');
  let answers = 0;
  let adverts = 0;
  const server = hosts[CLIENTS];
  const service = server.udpSocket(null, { port: PORT }, (datagram, packet) => {
    service.send(packet.source, datagram.sourcePort, datagram.payload);
  });
  service.open();
  for (let index = 0; index < CLIENTS; index++) {
    const socket = hosts[index].udpSocket(null, { port: 1024 + index }, () => answers++);
    socket.open();
    const question = new Uint8Array(64);
    const timer = new Timer(engine, `${hosts[index].name}/ask`, hosts[index].domain, () => {
      socket.send(addressOf(CLIENTS), PORT, question);
      timer.arm(PERIOD);
    });
    timer.arm(1000 + 1_000_000 * index);
  }
  for (let router = 0; router < 2; router++) {
    const host = hosts[CLIENTS + 1 + router];
    const raw = host.rawSocket(null, { protocol: VRRP, groups: [group] }, () => adverts++);
    raw.open();
    const payload = vrrpV2Advertisement(51, 100, 1, [addressOf(200)]);
    const timer = new Timer(engine, `${host.name}/advertise`, host.domain, () => {
      host.send({ destination: group, protocol: VRRP, ttl: 255, payload, interface: host.interface('eth0') });
      timer.arm(ADVERT);
    });
    timer.arm(500 + 500_000_000 * router);
  }
  const seconds = secondsOf(() => engine.runUntil(SPAN * 1e9));
  // The last question may still wait for its answer.
  const asked = CLIENTS * SPAN * 10;
  if (answers < asked - CLIENTS || adverts < 2 * SPAN - 2)
    throw new Error(`${answers} answers, ${adverts} adverts`);
  return SPAN / seconds;
}

export const bench = {
  unit: 'simulated s/s',
  cases: { representations: () => heartbeat(false), bytes: () => heartbeat(true) },
  peers: [
    ['csma', 'csma', 0],
    ['simple, checksums', 'simple', 1],
  ].map(([title, link, checksum]) => ({
    name: `ns-3 ${title}`,
    against: ['representations', 'bytes'],
    program: 'vip-heartbeat',
    arguments: [`n=${CLIENTS}`, `t=${SPAN}`, `link=${link}`, `checksum=${checksum}`],
    value: (result) => SPAN / result.run_s,
  })),
};
