import { type FieldValue, fieldOf, type ObservedEvent, textField } from './observation.js';

/** `.100` for 192.168.1.100: recordings are of one network, so the last number tells. */
const shortAddress = (address: string): string =>
  /^\d+(\.\d+){3}$/.test(address) ? address.slice(address.lastIndexOf('.')) : address;

/** The fields that an event's label says in this order; the rest is said behind them as `name=value`. */
const PLAIN: readonly string[] = ['node', 'instance', 'ip', 'dev', 'script', 'owner'];

/** What an event is called in the table: short, and different for different events. */
export function labelOf(
  event: Pick<ObservedEvent, 'kind' | 'fields'>,
  ownerOf: ReadonlyMap<string, string>,
): string {
  const { kind, fields } = event;
  const who = textField(event, 'node');
  const mac = (value: FieldValue | undefined): string =>
    value === null || value === undefined ? 'nobody' : (ownerOf.get(String(value)) ?? String(value));
  const to = textField(event, 'to');
  switch (kind) {
    case 'state':
    case 'group_state':
      return `${kind} ${who} ${textField(event, 'instance')} ${to}`;
    case 'garp':
      return `garp ${who} ${shortAddress(textField(event, 'ip'))}${mac(fieldOf(event, 'mac')) === who ? '' : ` is ${mac(fieldOf(event, 'mac'))}`}${fieldOf(event, 'op') === 'request' ? '' : ' reply'}`;
    case 'arp_request':
      return `arp_request ${who} ${shortAddress(textField(event, 'ip'))}${fieldOf(event, 'unicast') === true ? ' unicast' : ''}`;
    case 'arp_reply':
      return `arp_reply ${who} ${shortAddress(textField(event, 'ip'))} is ${mac(fieldOf(event, 'mac'))} to ${to}`;
    case 'arp_cache':
      return `arp_cache ${who} ${shortAddress(textField(event, 'ip'))} is ${mac(fieldOf(event, 'mac'))}`;
    case 'fdb':
      return `fdb ${mac(fieldOf(event, 'mac'))} at ${fieldOf(event, 'port') === null ? 'no port' : `port ${textField(event, 'port')}`}`;
    case 'vip_path':
      return `vip_path ${shortAddress(textField(event, 'ip'))} to ${fieldOf(event, 'port') === null ? 'nobody' : textField(event, 'port')}`;
    case 'addr':
      return `addr ${who} ${shortAddress(textField(event, 'ip'))} ${textField(event, 'op')}`;
    case 'link':
      return `link ${who} ${textField(event, 'dev')} ${fieldOf(event, 'running') === true ? 'up' : 'down'}`;
    case 'master_yields':
      // ucarp does not say to whom.
      return `master_yields ${who} ${textField(event, 'instance')}${to === '' ? '' : ` to ${shortAddress(to)}, ${textField(event, 'why')}`}`;
    case 'non_preferred':
      return `non_preferred ${who} ${textField(event, 'instance')}`;
    case 'lower_advert':
      return `lower_advert ${who} ${textField(event, 'instance')} ${textField(event, 'prio')} from ${shortAddress(textField(event, 'sender'))}`;
    case 'track_script':
      return `track_script ${who} ${textField(event, 'script')} ${fieldOf(event, 'result') === undefined ? `returns ${textField(event, 'rc')}` : textField(event, 'result')}`;
    default: {
      const plain = PLAIN.flatMap((name) =>
        fields[name] === undefined ? [] : [shortAddress(textField(event, name))],
      );
      const more = Object.entries(fields)
        .filter(([name]) => !PLAIN.includes(name) && name !== 'was')
        .map(([name, value]) => `${name}=${shortAddress(String(value))}`);
      return [kind, ...plain, ...more].join(' ');
    }
  }
}
