import type { InstanceDraft } from '../draft.js';
import { INT_MAX, MAX_UNSIGNED_SECONDS, MICROSECONDS_PER_SECOND as SECOND, UINT_MAX } from '../values.js';
import { ignored, instanceOf, mark, set } from './instance-statement.js';
import { type Block, boolean, flag, integer, type Keyword, seconds, table, text } from './keyword.js';

/** `authentication { … }` of VRRPv2. */
export const AUTHENTICATION: Block = {
  name: 'authentication',
  subject: (draft) => draft.instances[draft.instances.length - 1]?.name,
  origin: (draft) => draft.instances[draft.instances.length - 1]?.origin,
  keywords: table({
    auth_type: text((statement, value) => {
      if (value.text === 'PASS' || value.text === 'AH') instanceOf(statement).authenticationType = value.text;
      else {
        statement.reading.complaints.add(
          value.place,
          'bad-value',
          `'${value.text}' is not an authentication type: PASS or AH`,
          {
            means: 'keepalived logs this and ignores the line',
          },
        );
      }
    }),
    auth_pass: text((statement, value) => {
      const bytes = utf8Prefix(value.text, MAX_PASSWORD_BYTES);
      if (bytes !== value.text) {
        statement.reading.complaints.add(
          value.place,
          'auth-truncated',
          'auth_pass is longer than 8 characters',
          {
            means: `keepalived uses the first 8 only: ${bytes}`,
            cures: [{ title: `auth_pass ${bytes}`, edits: [{ range: value.place.range, text: bytes }] }],
          },
        );
      }
      instanceOf(statement).password = bytes;
    }),
  }),
};

/** RFC 2338 §5.3.10: eight octets of authentication data. */
const MAX_PASSWORD_BYTES = 8;

/** As much of a text as fits in so many bytes of UTF-8, whole characters only. */
function utf8Prefix(value: string, bytes: number): string {
  let length = 0;
  let result = '';
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    if (length > bytes) return result;
    result += character;
  }
  return result;
}

const repeats = (
  maximum: number,
  apply: (instance: InstanceDraft, value: number) => void,
  zeroIsOne: boolean,
): Keyword => integer({ minimum: 0, maximum, lenient: true }, set(apply), { zeroIsOne });

const wholeSeconds = (apply: (instance: InstanceDraft, microseconds: number) => void): Keyword =>
  integer({ minimum: 0, maximum: MAX_UNSIGNED_SECONDS, lenient: true }, (statement, value) =>
    apply(instanceOf(statement), value * SECOND),
  );

/** Who becomes master, and when. */
export const ELECTION: Readonly<Record<string, Keyword>> = {
  state: text((statement, value) => {
    const instance = instanceOf(statement);
    const { complaints } = statement.reading;
    if (value.text === 'MASTER') instance.configuredState = 'MASTER';
    else if (value.text === 'BACKUP' && instance.configuredState === 'MASTER') {
      complaints.add(value.place, 'duplicate', 'state MASTER was given already', {
        means: 'keepalived keeps MASTER',
      });
    } else {
      if (value.text !== 'BACKUP') {
        complaints.add(value.place, 'bad-value', `'${value.text}' is not a state: MASTER or BACKUP`, {
          means: 'keepalived logs this and uses BACKUP',
          cures: [{ title: 'state BACKUP', edits: [{ range: value.place.range, text: 'BACKUP' }] }],
        });
      }
      instance.configuredState = 'BACKUP';
    }
  }),
  virtual_router_id: integer(
    { minimum: 1, maximum: 255, lenient: false },
    set((instance, value) => (instance.virtualRouterId = value)),
  ),
  priority: integer(
    { minimum: 1, maximum: 255, lenient: false },
    set((instance, value) => (instance.priority = value)),
    {
      otherwise: {
        means: 'keepalived logs this and uses 100',
        apply: (statement) => {
          instanceOf(statement).priority = 100;
        },
      },
    },
  ),
  advert_int: seconds(
    { minimum: 10_000, maximum: 255 * SECOND, lenient: true },
    set((instance, value) => (instance.advertIntervalUs = value)),
  ),
  version: integer({ minimum: 2, maximum: 3, lenient: true }, (statement, value) => {
    const instance = instanceOf(statement);
    const version = value === 3 ? 3 : 2;
    const conflict =
      (instance.version ?? version) !== version || (version === 2 && instance.family === 'inet6');
    if (conflict) {
      statement.reading.complaints.add(
        statement.words[1]?.place ?? statement.keyword.place,
        'conflict',
        `version ${version} conflicts with what was said before`,
        {
          means: 'keepalived logs this and ignores the line',
        },
      );
    } else instance.version = version;
  }),
  native_ipv6: flag((statement) => {
    const instance = instanceOf(statement);
    if (instance.family === 'inet') {
      statement.reading.complaints.add(
        statement.keyword.place,
        'wrong-family',
        'native_ipv6 beside IPv4 addresses',
        {
          means: 'keepalived logs this and ignores the line',
        },
      );
      return;
    }
    instance.family = 'inet6';
    instance.version = 3;
  }),
  nopreempt: mark((instance) => (instance.nopreempt = true)),
  preempt: mark((instance) => (instance.nopreempt = false)),
  preempt_delay: seconds(
    { minimum: 0, maximum: 1000 * SECOND, lenient: true },
    set((instance, value) => (instance.preemptDelayUs = value)),
    {
      otherwise: {
        means: 'keepalived logs this and uses 0',
        apply: (statement) => {
          instanceOf(statement).preemptDelayUs = 0;
        },
      },
    },
  ),
  // `off` switches it on as well: vrrp_skip_check_adv_addr_handler sets the flag for any boolean.
  skip_check_adv_addr: boolean((statement, value) => {
    instanceOf(statement).skipCheckAdvertAddress = true;
    if (value) return;
    const word = statement.words[1];
    statement.reading.complaints.add(
      word?.place ?? statement.keyword.place,
      'no-effect',
      'skip_check_adv_addr cannot be switched off',
      {
        severity: 'warning',
        means: 'keepalived switches it on for any value',
      },
    );
  }),
  strict_mode: boolean(set((instance, value) => (instance.strict = value))),
  lower_prio_no_advert: boolean(set((instance, value) => (instance.lowerPriorityNoAdvert = value))),
  higher_prio_send_advert: boolean(set((instance, value) => (instance.higherPrioritySendAdvert = value))),
  down_timer_adverts: integer(
    { minimum: 1, maximum: 100, lenient: true },
    set((instance, value) => (instance.downTimerAdverts = value)),
  ),
  accept: mark((instance) => (instance.accept = true)),
  no_accept: mark((instance) => (instance.accept = false)),
};

/** The gratuitous ARPs of a master. */
export const GARP: Readonly<Record<string, Keyword>> = {
  garp_master_delay: wholeSeconds((instance, value) => (instance.garpMasterDelayUs = value)),
  garp_master_repeat: repeats(UINT_MAX, (instance, value) => (instance.garpMasterRepeat = value), true),
  garp_master_refresh: integer(
    { minimum: 0, maximum: UINT_MAX, lenient: true },
    set((instance, value) => (instance.garpMasterRefreshUs = value * SECOND)),
    {
      otherwise: {
        means: 'keepalived logs this and uses 0: no refresh',
        apply: (statement) => {
          instanceOf(statement).garpMasterRefreshUs = 0;
        },
      },
    },
  ),
  garp_master_refresh_repeat: repeats(
    UINT_MAX,
    (instance, value) => (instance.garpMasterRefreshRepeat = value),
    true,
  ),
  garp_lower_prio_delay: wholeSeconds((instance, value) => (instance.garpLowerPriorityDelayUs = value)),
  garp_lower_prio_repeat: repeats(
    INT_MAX,
    (instance, value) => (instance.garpLowerPriorityRepeat = value),
    false,
  ),
  garp_extra_if: ignored('no periodic gratuitous ARP leaves by further interfaces'),
  vmac_garp_intvl: {
    ...ignored('no periodic gratuitous ARP leaves by further interfaces'),
    read: (statement) =>
      statement.reading.complaints.add(
        statement.keyword.place,
        'deprecated',
        'vmac_garp_intvl is now garp_extra_if',
        {
          means: 'keepalived logs this and obeys',
          cures: [
            {
              title: 'garp_extra_if',
              edits: [{ range: statement.keyword.place.range, text: 'garp_extra_if' }],
            },
          ],
        },
      ),
  },
};
