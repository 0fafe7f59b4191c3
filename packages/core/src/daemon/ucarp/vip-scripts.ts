import type { Host, Interface } from '../../host/index.js';
import { formatIp } from '../../wire/index.js';
import * as line from './log-lines.js';
import type { UcarpConfig, VipScript } from './ucarp-config.js';

/** Of an address without a length, as `ip addr add` takes it. */
const WHOLE = 32;

/**
 * Runs an up or down script (spawn.c `spawn_handler`). ucarp waits for it; here it takes no time. What fails, such as
 * adding what is there, fails without consequence.
 */
export function runScript(
  host: Host,
  face: Interface,
  config: UcarpConfig,
  script: VipScript | null,
  log: (text: string) => void,
): void {
  if (script === null) return;
  log(line.spawning(script.path, config.interface, formatIp(config.address), config.extra));
  for (const { op, address, prefixLength, interface: name } of script.changes) {
    const at = name === null ? face : host.interface(name);
    if (at === undefined) continue;
    const which = address ?? config.address;
    if (op === 'add') host.addAddress(at, { address: which, prefixLength: prefixLength ?? lengthAt(at) });
    else host.removeAddress(at, which, prefixLength);
  }
}

/** That of the interface's first address. */
const lengthAt = (face: Interface): number => face.addresses()[0]?.prefixLength ?? WHOLE;
