import type { Cause } from '@viplab/core';

/** A cause as a person would say it: `n1 loses power`. */
export function causeInWords({
  action,
  target,
  detail,
}: Pick<Cause, 'action' | 'target' | 'detail'>): string {
  const daemon = detail.split(' ')[0] === '' ? 'keepalived' : (detail.split(' ')[0] ?? 'keepalived');
  switch (action) {
    case 'power-off':
      return `${target} loses power`;
    case 'power-on':
      return `${target} gets its power back and boots`;
    case 'unplug':
      return `${target}'s cable${ofInterface(detail)} is pulled`;
    case 'plug':
      return `${target}'s cable${ofInterface(detail)} is plugged in again`;
    case 'stop':
      return `${daemon} on ${target} is stopped (SIGTERM)`;
    case 'start':
      return `${daemon} on ${target} is started`;
    case 'restart':
      return `${daemon} on ${target} is restarted`;
    case 'kill-9':
      return `${daemon} on ${target} is killed (kill -9): its addresses stay in the kernel`;
    case 'freeze':
      return detail === ''
        ? `${target} freezes, as a paused virtual machine`
        : `${daemon} on ${target} is frozen (SIGSTOP); the kernel goes on`;
    case 'thaw':
      return detail === '' ? `${target} goes on` : `${daemon} on ${target} goes on`;
    case 'silent-cut':
      return `${target}'s cable${ofInterface(detail)} passes nothing any more, and nobody's carrier shows it`;
    case 'one-way-loss':
      return target.includes(' to ')
        ? `${kindOfLoss(detail)} from ${target} are lost, and nothing the other way`
        : `${kindOfLoss(detail)} to ${target} are lost, and nothing from it`;
    case 'drop-multicast':
      return detail.startsWith('224.0.0.18 ')
        ? `${target} stops passing VRRP's multicast, as IGMP snooping without a querier does; no other loss`
        : `${target} stops passing a multicast group: ${detail}`;
    case 'shutdown':
      return `${target} is shut down in good order`;
    case 'interface-down':
      return `${detail === '' ? `${target}'s interface` : `${detail} of ${target}`} is set down`;
    case 'interface-up':
      return `${detail === '' ? `${target}'s interface` : `${detail} of ${target}`} is set up`;
    case 'carp-state':
      return `${target} is told${whichHost(detail)} to be ${lastWord(detail)} (ifconfig … state)`;
    case 'carp-demote':
      return `CARP on ${target} is ${detail.startsWith('-') ? 'no longer demoted' : 'demoted'} (${detail === '' ? '+1' : detail})`;
    case 'send-errors':
      return detail === 'working' ? `${target} can send again` : `what ${target} sends fails`;
    case 'set-sysctl':
      return `${detail} is set on ${target}`;
    case 'signal':
      return `${daemon} on ${target} gets ${lastWord(detail)}`;
    case 'heal':
      return target === 'lab'
        ? 'the loss ends: all passes again'
        : `the loss at ${target} ends: all passes again`;
    case 'script-result':
      return `the script ${detail.replace(/ (good|bad)$/, ' says $1')} on ${target}`;
    default:
      return [action, target, detail].filter((word) => word !== '').join(' ');
  }
}

const lastWord = (detail: string): string => (detail.split(' ').at(-1) ?? '').toUpperCase();

/** `carp0`, `em0 vhid 1`: the virtual host that a forced state is about, if it is said. */
const whichHost = (detail: string): string => {
  const words = detail.split(' ').slice(0, -1).join(' ');
  return words === '' ? '' : ` on ${words}`;
};

const ofInterface = (detail: string): string => (detail === '' ? '' : ` of ${detail}`);

const LOSSES: Readonly<Record<string, string>> = {
  vrrp: 'adverts',
  arp: 'ARP frames',
  multicast: 'multicasts',
};

const kindOfLoss = (detail: string): string => LOSSES[detail] ?? 'all frames';
