import type { Complaints } from '../../../diagnostic/complaints.js';
import type { Ipv4Address } from '../../../wire/address.js';
import { isLinkLocalMulticastIpv6, tryParseIp } from '../../../wire/ip-address.js';
import type { ConfiguredAddress, ConfiguredInterfaceAddress, SourcePlace } from './keepalived-config.js';
import type { Word } from './lexer.js';
import { readInteger, UINT_MAX } from './values.js';

/** Longest name of an interface (`IFNAMSIZ` without its closing zero). */
export const MAX_INTERFACE_NAME = 15;

/** Kernel scope numbers by name (iproute2 `rt_scopes`). */
const SCOPES: Readonly<Record<string, number>> = {
  global: 0,
  universe: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

/** Flags of an entry that take no value and change nothing that is simulated. */
const SILENT_FLAGS: ReadonlySet<string> = new Set([
  'home',
  '-nodad',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
]);

/** An IPv4 or IPv6 address as `inet_pton` takes it. */
export function parseAddress(text: string): ConfiguredAddress | undefined {
  const address = tryParseIp(text);
  if (address === undefined) return undefined;
  return typeof address === 'number' ? { family: 'inet', address } : { family: 'inet6', address };
}

/** Whether two configured addresses are the same. */
export const sameAddress = (one: ConfiguredAddress, other: ConfiguredAddress): boolean =>
  one.address === other.address;

/** What reading an address entry needs to know. */
export interface AddressEntryContext {
  readonly complaints: Complaints;
  /** `static_ipaddress`: `track_group` instead of `use_vmac`. */
  readonly isStatic: boolean;
  /** Tells whether an interface exists, and complains if it does not. */
  readonly interfaceExists: (word: Word, what: string) => boolean;
  readonly trackGroups: readonly string[];
}

interface EntryDraft {
  interface: string | undefined;
  scope: number;
  broadcast: ConfiguredInterfaceAddress['broadcast'];
  label: string | undefined;
  peer: ConfiguredAddress | undefined;
  tracked: boolean;
}

const SKIPPED = 'keepalived leaves this address out';

/**
 * Reads one line of `virtual_ipaddress`, `virtual_ipaddress_excluded` or `static_ipaddress` (`alloc_ipaddress`).
 *
 * @returns undefined if keepalived leaves the address out
 */
export function readAddressEntry(
  words: readonly Word[],
  context: AddressEntryContext,
): ConfiguredInterfaceAddress | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  const { complaints } = context;
  const slash = first.text.indexOf('/');
  const address = parseAddress(slash === -1 ? first.text : first.text.slice(0, slash));
  if (address === undefined) {
    complaints.add(first.place, 'bad-address', `'${first.text}' is not an IP address`, { means: SKIPPED });
    return undefined;
  }
  const longest = address.family === 'inet' ? 32 : 128;
  let prefixLength = longest;
  if (slash !== -1) {
    const reading = readInteger(first.text.slice(slash + 1), { minimum: 0, maximum: longest, lenient: true });
    prefixLength = reading.value ?? longest;
    if (reading.problem !== undefined) {
      complaints.add(first.place, 'bad-address', `'${first.text}' has no prefix length in 0..${longest}`, {
        means: `keepalived uses /${prefixLength}`,
      });
    }
  }
  const draft: EntryDraft = {
    interface: undefined,
    scope: 0,
    broadcast: undefined,
    label: undefined,
    peer: undefined,
    tracked: true,
  };
  for (let index = 1; index < words.length; ) {
    const used = readOption(words, index, address, draft, context);
    if (used === undefined) return undefined;
    index += used;
  }
  if (draft.peer !== undefined) {
    if (prefixLength !== longest) {
      complaints.add(first.place, 'conflict', 'a prefix length beside a peer', {
        means: 'keepalived uses the peer’s',
      });
    }
    prefixLength = longest;
    if (draft.broadcast !== undefined) {
      complaints.add(first.place, 'conflict', 'a broadcast address beside a peer', {
        means: 'keepalived drops the broadcast address',
      });
      draft.broadcast = undefined;
    }
  } else if ((draft.broadcast === '+' || draft.broadcast === '-') && prefixLength > 30) {
    complaints.add(first.place, 'conflict', `a /${prefixLength} has no broadcast address`, {
      means: 'keepalived sets none',
    });
    draft.broadcast = undefined;
  }
  if (address.family === 'inet6') dropWhatIpv6HasNot(first, draft, complaints);
  return { address, prefixLength, ...draft, origin: entryPlace(words) };
}

/** Reads one option; returns how many words it took, undefined if the whole address is left out. */
function readOption(
  words: readonly Word[],
  index: number,
  address: ConfiguredAddress,
  draft: EntryDraft,
  context: AddressEntryContext,
): number | undefined {
  const { complaints } = context;
  const option = words[index];
  const value = words[index + 1];
  if (option === undefined) return undefined;
  const takesValue = ['dev', 'scope', 'broadcast', 'brd', 'label', 'peer', 'preferred_lft'].includes(
    option.text,
  );
  if (!takesValue && !(option.text === 'track_group' && context.isStatic)) {
    if (option.text === 'no_track') draft.tracked = false;
    else if (option.text === 'use_vmac' && !context.isStatic) notModelled(option, complaints);
    else if (!SILENT_FLAGS.has(option.text)) {
      complaints.add(option.place, 'unknown-option', `unknown word '${option.text}' in an address`, {
        means: 'keepalived ignores it',
      });
    }
    return 1;
  }
  if (value === undefined) {
    complaints.add(option.place, 'missing-value', `'${option.text}' needs a value`, { means: SKIPPED });
    return undefined;
  }
  const leaveOut = (message: string): undefined => {
    complaints.add(value.place, 'bad-value', message, { means: SKIPPED });
    return undefined;
  };
  switch (option.text) {
    case 'dev':
      if (draft.interface !== undefined) return leaveOut('an address can be on one interface only');
      if (!context.interfaceExists(value, SKIPPED)) return undefined;
      draft.interface = value.text;
      return 2;
    case 'scope': {
      const scope = readScope(value.text);
      if (scope === undefined) {
        complaints.add(value.place, 'bad-value', `'${value.text}' is not a scope`, {
          means: 'keepalived uses scope global',
        });
      } else draft.scope = scope;
      return 2;
    }
    case 'broadcast':
    case 'brd': {
      if (address.family === 'inet6') return leaveOut('IPv6 has no broadcast addresses');
      const broadcast = value.text === '+' || value.text === '-' ? value.text : parseAddress(value.text);
      if (broadcast === undefined) return leaveOut(`'${value.text}' is not a broadcast address`);
      draft.broadcast = broadcast;
      return 2;
    }
    case 'label':
      if (value.text.length > MAX_INTERFACE_NAME)
        return leaveOut(`a label has at most ${MAX_INTERFACE_NAME} characters`);
      draft.label = value.text;
      return 2;
    case 'peer':
      readPeer(value, address, draft, complaints);
      return 2;
    case 'preferred_lft': {
      const reading = readInteger(value.text, { minimum: 0, maximum: UINT_MAX, lenient: true });
      if (value.text !== 'forever' && reading.problem !== undefined) {
        complaints.add(value.place, 'bad-value', `'${value.text}' is not a lifetime in seconds`, {
          means: 'keepalived ignores it',
        });
      }
      return 2;
    }
    default:
      if (!context.trackGroups.includes(value.text)) {
        complaints.add(value.place, 'unknown-name', `no track_group '${value.text}'`, {
          means: 'keepalived ignores it',
        });
      }
      return 2;
  }
}

function readScope(text: string): number | undefined {
  if (Object.hasOwn(SCOPES, text)) return SCOPES[text];
  return readInteger(text, { minimum: 0, maximum: 255, lenient: false }).value;
}

function readPeer(value: Word, address: ConfiguredAddress, draft: EntryDraft, complaints: Complaints): void {
  const peer = parseAddress(value.text);
  if (draft.peer !== undefined || peer === undefined || peer.family !== address.family) {
    const message =
      draft.peer !== undefined
        ? 'an address has one peer only'
        : peer === undefined
          ? `'${value.text}' is not an IP address`
          : 'the peer is of the other address family';
    complaints.add(value.place, 'bad-address', message, { means: 'keepalived ignores this peer' });
    return;
  }
  draft.peer = peer;
}

function dropWhatIpv6HasNot(first: Word, draft: EntryDraft, complaints: Complaints): void {
  if (draft.scope !== 0) {
    complaints.add(first.place, 'conflict', 'IPv6 addresses take no scope', {
      means: 'keepalived ignores it',
    });
    draft.scope = 0;
  }
  if (draft.label !== undefined) {
    complaints.add(first.place, 'conflict', 'IPv6 addresses take no label', {
      means: 'keepalived ignores it',
    });
    draft.label = undefined;
  }
}

function notModelled(option: Word, complaints: Complaints): void {
  complaints.add(option.place, 'not-modelled', `${option.text} matters here and is not modelled`, {
    severity: 'warning',
    means: 'the address is used as if the word were absent',
  });
}

function entryPlace(words: readonly Word[]): SourcePlace {
  const [first] = words;
  const last = words[words.length - 1];
  // An entry has at least its address.
  if (first === undefined || last === undefined) throw new RangeError('an address entry without a word');
  return { file: first.place.file, range: { start: first.place.range.start, end: last.place.range.end } };
}

/** Whether an address is one that adverts can be sent to: 224.0.0.0/4, or ff02::/16 with its scope link-local. */
export function isVrrpGroup(address: ConfiguredAddress): boolean {
  if (address.family === 'inet') return isIpv4Multicast(address.address);
  return isLinkLocalMulticastIpv6(address.address);
}

function isIpv4Multicast(address: Ipv4Address): boolean {
  return address >>> 28 === 0xe;
}
