import { Engine, SeededChoices } from '../packages/core/dist/engine/index.js';
import { Host } from '../packages/core/dist/host/index.js';
import { Link } from '../packages/core/dist/link/index.js';
import { Switch } from '../packages/core/dist/switch/index.js';
import { Trace } from '../packages/core/dist/trace/index.js';
import { formatIpv4, ipv4Cidr } from '../packages/core/dist/wire/index.js';

/**
 * `count` hosts around one switch, each on its own cable of 1 Gb/s and 1 µs, in 10.0.0.0/16.
 *
 * @param cable - what is different about the cables
 */
export function star(count, asBytes, cable = {}) {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  const ports = Array.from({ length: count }, (_, index) => `p${index}`);
  const hub = new Switch(engine, trace, 'sw', { ports });
  const hosts = ports.map((port, index) => {
    const host = new Host(engine, trace, {
      name: `h${index}`,
      interfaces: [
        {
          name: 'eth0',
          mac: 0x02_00_00_00_00_00 + index,
          addresses: [ipv4Cidr(`${formatIpv4(addressOf(index))}/16`)],
        },
      ],
    });
    new Link(engine, trace, `cable${index}`, host.interface('eth0'), hub.port(port), {
      delay: 1_000,
      bandwidth: 1_000_000_000,
      asBytes,
      ...cable,
    });
    return host;
  });
  return { engine, trace, hosts };
}

/** 10.0.0.1 and up. */
export const addressOf = (index) => 0x0a_00_00_01 + index;
