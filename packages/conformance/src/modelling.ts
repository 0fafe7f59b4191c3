import { type ObservedEvent, textField } from './observation.js';
import type { RecordedRun, Recording } from './recording.js';

/** Kinds of the recordings that the simulator can show. */
const MODELLED: ReadonlySet<string> = new Set([
  'state',
  'group_state',
  'advert_timeout',
  'master_yields',
  'lower_advert',
  'non_preferred',
  'prio0_sent',
  'prio0_received',
  'priority',
  'track_script',
  'addr',
  'link',
  'garp',
  'arp_request',
  'arp_reply',
  'arp_cache',
  'fdb',
  'vip_path',
  'rst',
]);

/** Why the simulator cannot show the other kinds. */
const REASONS: Readonly<Record<string, string>> = {
  neigh: "the kernel's notices of neighbour states",
};

/**
 * Whether the simulator can show an event, or why it cannot.
 *
 * What the recorder does to a host to imitate a loss of power (it takes the carrier away and empties the kernel
 * while the host goes on), and what that host still says, is no event of a host that has lost power.
 */
export function modelling(event: ObservedEvent, recording: Recording, run: RecordedRun): 'modelled' | string {
  if (!MODELLED.has(event.kind)) return REASONS[event.kind] ?? 'no counterpart';
  if (event.kind === 'addr' || event.kind === 'link' || event.kind === 'rst') {
    const node = textField(event, 'node');
    const isOff = run.actions.some(
      ({ action, args, began }, index) =>
        action === 'power_off' &&
        args[0] === node &&
        event.time >= began &&
        event.time <= powerOnAfter(run, index, node, recording),
    );
    if (isOff) return "the recorder's imitation of a power cut";
  }
  return 'modelled';
}

/** The end of the next power_on of a node, or of the recording. */
function powerOnAfter(run: RecordedRun, index: number, node: string, recording: Recording): number {
  const on = run.actions.slice(index).find(({ action, args }) => action === 'power_on' && args[0] === node);
  return on?.ended ?? recording.duration;
}
