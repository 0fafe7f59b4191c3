import { readAddressEntry } from '../address-entry.js';
import type { WordLine } from '../draft.js';
import { INT_MAX, readDecimal, MICROSECONDS_PER_SECOND as SECOND } from '../values.js';
import { GLOBAL_DEFS } from './global-defs.js';
import { type Block, type Keyword, type Statement, seconds, silent, table, text } from './keyword.js';
import { checkRule } from './routes.js';
import { trackFileKeyword } from './track-file.js';
import { sslKeyword, virtualServerGroupKeyword, virtualServerKeyword } from './virtual-server.js';
import { vrrpInstanceKeyword } from './vrrp-instance.js';
import { vrrpScriptKeyword } from './vrrp-script.js';
import { syncGroupKeyword } from './vrrp-sync-group.js';
import { trackProcessKeyword } from './vrrp-track-process.js';

const staticAddresses: Keyword = {
  effect: 'modelled',
  read(statement) {
    const { reading } = statement;
    reading.readValueBlock(statement, (line) => {
      const entry = readAddressEntry(line.words, {
        complaints: reading.complaints,
        isStatic: true,
        interfaceExists: (word, means) => reading.interfaceExists(word, means),
        trackGroups: reading.draft.trackGroups,
      });
      if (entry !== undefined) reading.draft.staticAddresses.push(entry);
    });
  },
};

const unread = (what: string, check?: (statement: Statement, line: WordLine) => void): Keyword => ({
  effect: 'silent',
  read(statement) {
    statement.reading.complaints.add(
      statement.keyword.place,
      'not-modelled',
      `${statement.keyword.text} matters here and is not modelled`,
      {
        severity: 'warning',
        means: `the node runs as if the block were absent: ${what}`,
      },
    );
    statement.reading.readValueBlock(statement, (line) => check?.(statement, line));
  },
});

const GARP_GROUP: Block = {
  name: 'garp_group',
  keywords: table({
    garp_interval: seconds({ minimum: 0, maximum: INT_MAX, lenient: true }, (statement, value) => {
      const group = lastGarpGroup(statement);
      if (group !== undefined) group.garpIntervalUs = value;
    }),
    gna_interval: seconds({ minimum: 0, maximum: INT_MAX, lenient: true }, (statement, value) => {
      const group = lastGarpGroup(statement);
      if (group !== undefined) group.gnaIntervalUs = value;
    }),
    interface: text((statement, value) => addGarpInterfaces(statement, [value])),
    interfaces: {
      effect: 'modelled',
      read(statement) {
        const names = statement.reading.readNames(statement);
        if (names !== undefined) addGarpInterfaces(statement, names);
        else {
          statement.reading.complaints.add(statement.keyword.place, 'empty', 'interfaces names none', {
            means: 'keepalived logs this',
          });
        }
      },
    },
  }),
  end(reading) {
    const { garpGroups } = reading.draft;
    const group = garpGroups[garpGroups.length - 1];
    if (group === undefined || group.garpIntervalUs !== UNSET || group.gnaIntervalUs !== UNSET) return;
    garpGroups.pop();
    const { file, range } = group.origin;
    reading.complaints.add(
      { file, range },
      'incomplete',
      'garp_group has neither garp_interval nor gna_interval',
      {
        means: 'keepalived logs this and forgets the block',
      },
    );
  },
};

/** Marks an interval of a garp_group that was not written. */
export const UNSET = -1;

const lastGarpGroup = (statement: Statement) =>
  statement.reading.draft.garpGroups[statement.reading.draft.garpGroups.length - 1];

function addGarpInterfaces(statement: Statement, names: Statement['words']): void {
  const { draft, complaints } = statement.reading;
  const group = lastGarpGroup(statement);
  if (group === undefined) return;
  for (const name of names) {
    if (!statement.reading.interfaceExists(name, 'keepalived logs this and leaves the interface out'))
      continue;
    if (draft.garpGroups.some((other) => other.interfaces.includes(name.text))) {
      complaints.add(name.place, 'duplicate', `${name.text} is in a garp_group already`, {
        means: 'keepalived keeps the first',
      });
    } else group.interfaces = [...group.interfaces, name.text];
  }
}

/** One line of `interface_up_down_delays` (`alloc_if_up_down_delay`); wrong numbers are logged, and no error for `-t`. */
function readDelays(statement: Statement, line: WordLine): void {
  const [name, down, up] = line.words;
  const { complaints, draft } = statement.reading;
  if (name === undefined) return;
  if (!statement.reading.interfaceExists(name, 'keepalived does not run with this file')) {
    statement.reading.fatal = true;
    return;
  }
  const delays: number[] = [];
  for (const word of [down, up]) {
    if (word === undefined) continue;
    const reading = readDecimal(word.text, 6, { minimum: 0, maximum: 255 * SECOND, lenient: true });
    if (reading.problem !== undefined) {
      complaints.add(word.place, 'out-of-range', `a delay of ${word.text} is out of range 0..255`, {
        means:
          reading.value === undefined ? 'keepalived logs this and sets no delay' : 'keepalived logs this',
      });
    }
    if (reading.value === undefined) return;
    delays.push(reading.value);
  }
  if (down === undefined) {
    complaints.add(name.place, 'missing-value', `${name.text} needs a delay`, {
      severity: 'warning',
      means: 'keepalived sets none',
    });
    return;
  }
  draft.interfaceDelays.push({
    interface: name.text,
    downDelayUs: delays[0] ?? 0,
    upDelayUs: delays[1] ?? 0,
  });
}

const BFD_INSTANCE: Block = {
  name: 'bfd_instance',
  subject: (draft) => draft.bfdInstances[draft.bfdInstances.length - 1],
  keywords: table(
    Object.fromEntries(
      [
        ...[
          'source_ip',
          'neighbor_ip',
          'neighbour_ip',
          'min_rx',
          'min_tx',
          'idle_tx',
          'multiplier',
          'passive',
          'ttl',
          'hoplimit',
        ],
        ...['max_hops', 'weight', 'vrrp', 'checker'],
      ].map((name) => [name, silent]),
    ),
  ),
};

const STATIC_TRACK_GROUP: Block = {
  name: 'track_group',
  keywords: table({
    group: { effect: 'silent', read: (statement) => statement.reading.readNames(statement) },
  }),
};

/** Everything that may stand outside of blocks (`vrrp_init_keywords`, `init_global_keywords`). */
export const ROOT: Block = {
  name: '',
  keywords: table({
    global_defs: { effect: 'modelled', block: GLOBAL_DEFS },
    vrrp_instance: vrrpInstanceKeyword,
    vrrp_sync_group: syncGroupKeyword,
    vrrp_script: vrrpScriptKeyword,
    vrrp_track_process: trackProcessKeyword,
    track_file: trackFileKeyword,
    vrrp_track_file: {
      ...trackFileKeyword,
      read(statement) {
        statement.reading.complaints.add(
          statement.keyword.place,
          'deprecated',
          'vrrp_track_file is now track_file',
          {
            severity: 'warning',
            means: 'keepalived logs this and obeys',
          },
        );
        trackFileKeyword.read?.(statement);
      },
    },
    track_group: {
      effect: 'silent',
      block: STATIC_TRACK_GROUP,
      read(statement) {
        const name = statement.words[1];
        const known = name !== undefined && statement.reading.draft.trackGroups.includes(name.text);
        if (name === undefined || statement.words.length > 2 || known) {
          statement.reading.complaints.add(
            (name ?? statement.keyword).place,
            known ? 'duplicate' : 'bad-name',
            known ? `track_group ${name.text} exists already` : 'track_group takes one name',
            {
              means: 'keepalived logs this and passes over the block',
            },
          );
          statement.reading.skipBlock();
        } else statement.reading.draft.trackGroups.push(name.text);
      },
    },
    static_ipaddress: staticAddresses,
    static_routes: unread('its static routes are not set'),
    static_rules: unread('its static rules are not set', checkRule),
    garp_group: {
      effect: 'modelled',
      block: GARP_GROUP,
      read(statement) {
        const { place } = statement.keyword;
        statement.reading.draft.garpGroups.push({
          interfaces: [],
          garpIntervalUs: UNSET,
          gnaIntervalUs: UNSET,
          origin: place,
        });
      },
    },
    interface_up_down_delays: {
      effect: 'modelled',
      read: (statement) => statement.reading.readValueBlock(statement, (line) => readDelays(statement, line)),
    },
    linkbeat_interfaces: {
      effect: 'silent',
      read: (statement) => statement.reading.readValueBlock(statement, () => undefined),
    },
    bfd_instance: {
      effect: 'silent',
      block: BFD_INSTANCE,
      read(statement) {
        const name = statement.words[1];
        statement.reading.complaints.add(
          statement.keyword.place,
          'not-modelled',
          'bfd_instance matters here and is not modelled',
          {
            severity: 'warning',
            means: 'the node runs as if the block were absent: no BFD session is kept',
          },
        );
        if (name !== undefined) statement.reading.draft.bfdInstances.push(name.text);
      },
    },
    virtual_server: virtualServerKeyword,
    virtual_server_group: virtualServerGroupKeyword,
    SSL: sslKeyword,
    linkbeat_use_polling: silent,
    net_namespace: silent,
    net_namespace_ipvs: silent,
    namespace_with_ipsets: silent,
    use_pid_dir: silent,
    instance: silent,
    child_wait_time: silent,
  }),
};
