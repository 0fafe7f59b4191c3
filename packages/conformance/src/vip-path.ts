import { fieldOf, type ObservedEvent, textField } from './observation.js';

/** The node whose frames are followed, and on which all recorded clients run. */
export const CLIENT_NODE = 'c1';

/**
 * Where a frame from the client to each virtual address goes: its neighbour entry followed by the switch's table, as
 * the recorder works it out from the same two kinds of events.
 */
export function vipPaths(
  events: readonly ObservedEvent[],
  ownerOf: ReadonlyMap<string, string>,
): ObservedEvent[] {
  const table = new Map<string, string | null>();
  const entries = new Map<string, string | null>();
  const last = new Map<string, string | null>();
  const paths: ObservedEvent[] = [];
  for (const event of events) {
    if (event.kind === 'fdb')
      table.set(textField(event, 'mac'), (fieldOf(event, 'port') as string | null | undefined) ?? null);
    else if (event.kind === 'arp_cache' && fieldOf(event, 'node') === CLIENT_NODE) {
      entries.set(textField(event, 'ip'), (fieldOf(event, 'mac') as string | null | undefined) ?? null);
    } else continue;
    for (const [ip, mac] of entries) {
      const port = mac === null ? null : (table.get(mac) ?? ownerOf.get(mac) ?? null);
      if (last.has(ip) && last.get(ip) === port) continue;
      last.set(ip, port);
      paths.push({ time: event.time, kind: 'vip_path', fields: { ip, port } });
    }
  }
  return paths;
}
