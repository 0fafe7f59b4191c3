import { type ComplaintDetails, Complaints, replaceAt } from '../../../diagnostic/complaints.js';
import type { Diagnostic } from '../../../diagnostic/diagnostic.js';
import { suggest } from '../../../diagnostic/suggest.js';
import type { Word } from '../../../shell/placed-text.js';
import { type Ipv4Address, ipv4Address, isMulticast, tryParseIpv4, VRRP_GROUP } from '../../../wire/index.js';
import { encodeUtf8 } from '../../../wire/utf8.js';
import type { UcarpConfig, VipScript } from '../ucarp-config.js';
import { type FoundCommand, findCommand } from './find-command.js';
import { getoptLong, type Parsed } from './getopt.js';
import { lowBits, strtoul } from './strtoul.js';
import { FACILITIES, OPTION_RULES } from './ucarp-options.js';
import { readVipScript } from './vip-script.js';

/** What can be told to the reader beside the command. */
export interface ReadUcarpOptions {
  /** The name under which the text appears in diagnostics. */
  readonly file: string;
  /** Texts of up and down scripts and of a password file, by the path that the command names. */
  readonly scripts?: Readonly<Record<string, string>>;
  /** The host's interfaces in order, where they are known. */
  readonly interfaces?: readonly string[];
  /** Carry on as ucarp would: what makes it exit is a warning, and nothing runs. */
  readonly likeDaemon?: boolean;
}

/** What came of reading a ucarp command. */
export interface UcarpCommandRead {
  /** Null: ucarp exits at once. */
  readonly config: UcarpConfig | null;
  /** Scripts that are named and whose text is not there: they are taken to add and remove the virtual address. */
  readonly assumedScripts: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const LONGEST_INTERFACE = 15; // net/if.h IFNAMSIZ, with the zero at its end
const LONGEST_PASSWORD = 19; // ip_carp.h CARP_KEY_LEN, with the zero at its end
const LONGEST_PASSFILE_LINE = 511; // ucarp.c: char buf[512U]
const MOST_VHID = 255;
const MOST_BYTE = 255;

const EXITS = 'ucarp logs this and exits with code 1: nobody runs';
const PRINTS_USAGE = 'ucarp prints its usage and exits with code 0: nobody runs, and nothing says so';

/**
 * Reads a ucarp command line with the scripts that it names: every option of ucarp 1.5.2, short or long, in a command
 * line, a shell script or a systemd unit.
 *
 * @example
 * ```ts
 * const { config, diagnostics } = readUcarpCommand(
 *   'ucarp -i eth0 -s 192.168.1.11 -v 1 -p secret -a 192.168.1.100 -u ./vip-up.sh -d ./vip-down.sh',
 *   { file: 'n1/ucarp' },
 * );
 * ```
 */
export function readUcarpCommand(text: string, options: ReadUcarpOptions): UcarpCommandRead {
  return new CommandReader(options).read(text);
}

class CommandReader {
  private readonly complaints = new Complaints();
  private readonly assumed: string[] = [];
  private readonly origin = new Map<string, Word['place']>();
  private isFatal = false;

  private interface: Word | null = null;
  private source: Ipv4Address | undefined;
  private group: Ipv4Address = VRRP_GROUP;
  private vhid = 0;
  private password: string | null = null;
  private address: Ipv4Address | undefined;
  private advbase = 1;
  private advskew = 0;
  private deadRatio = 3;
  private upScript: Word | null = null;
  private downScript: Word | null = null;
  private extra: string | null = null;
  private readonly flags = new Set<string>();

  constructor(private readonly options: ReadUcarpOptions) {}

  read(text: string): UcarpCommandRead {
    const command = findCommand(this.options.file, text, this.complaints);
    const config = command === null ? null : this.readCommand(command);
    const { likeDaemon = false } = this.options;
    return {
      config: command === null || this.isFatal ? null : config,
      assumedScripts: this.assumed,
      diagnostics: this.complaints.all.map((found) =>
        likeDaemon && found.severity === 'error' ? { ...found, severity: 'warning' as const } : found,
      ),
    };
  }

  /** A complaint about what makes ucarp exit. */
  private fatal(
    place: Word['place'],
    code: string,
    message: string,
    means: string,
    details: Omit<ComplaintDetails, 'means' | 'severity'> = {},
  ): void {
    this.isFatal = true;
    this.complaints.add(place, code, message, { ...details, means });
  }

  private readCommand(command: FoundCommand): UcarpConfig | null {
    const { program } = command;
    this.origin.set('command', program.place);
    const parsed = getoptLong(command.arguments, OPTION_RULES);
    if (parsed.length === 0)
      this.fatal(program.place, 'missing-value', 'ucarp without options', PRINTS_USAGE);
    for (const part of parsed) this.take(part);
    if (this.isFatal) return null;
    return this.complete(program.place);
  }

  private take(part: Parsed): void {
    if (part.kind === 'option') {
      this.origin.set(part.rule.letter, (part.argument ?? part.word).place);
      if (part.argument === null) this.takeFlag(part.rule.letter, part.word);
      else this.takeValue(part.rule.letter, part.argument);
      return;
    }
    const { place } = part.word;
    if (part.kind === 'operand') {
      if (part.word.unknown === null)
        this.complaints.warn(
          place,
          'extra-words',
          `unexpected '${part.word.text}'`,
          'ucarp takes no notice of it',
        );
      else this.unknown(part.word);
      return;
    }
    const { text, candidates } = part;
    const message = {
      unknown: `ucarp has no option ${text}`,
      ambiguous: `${text} could be ${candidates.join(', ')}`,
      'missing-argument': `${text} needs a value`,
      'needless-argument': `${text} takes no value`,
    }[part.kind];
    const near =
      text === '-m'
        ? '--mcastip'
        : suggest(
            text,
            OPTION_RULES.map(({ name }) => `--${name}`),
          );
    const hint = part.kind === 'unknown' && near !== undefined ? `did you mean ${near}?` : undefined;
    this.fatal(place, part.kind === 'unknown' ? 'unknown-keyword' : 'bad-value', message, PRINTS_USAGE, {
      hint,
    });
  }

  private takeFlag(letter: string, word: Word): void {
    if (letter === 'h') this.fatal(word.place, 'bad-value', 'ucarp is asked for help', PRINTS_USAGE);
    this.flags.add(letter);
  }

  /** What only a running shell could tell. */
  private unknown(word: Word): void {
    this.fatal(
      word.place,
      'unknown-value',
      `${word.unknown} is not known here`,
      'the shell puts something in its place that cannot be told from this text: write the value',
    );
  }

  private takeValue(letter: string, word: Word): void {
    if (word.unknown !== null) {
      this.unknown(word);
      return;
    }
    const { text } = word;
    switch (letter) {
      case 'i':
        this.interface = word;
        break;
      case 's':
        this.source = this.addressOf(word);
        break;
      case 'm':
        this.group = this.addressOf(word) ?? this.group;
        break;
      case 'a':
        this.address = this.addressOf(word);
        break;
      case 'v':
        this.takeVhid(word);
        break;
      case 'p':
        this.password = text;
        break;
      case 'o':
        this.takePassFile(word);
        break;
      case 'b':
        this.advbase = this.byteOf(word, 'advbase');
        break;
      case 'k':
        this.advskew = this.byteOf(word, 'advskew');
        break;
      case 'r':
        this.takeDeadRatio(word);
        break;
      case 'u':
        this.upScript = word;
        break;
      case 'd':
        this.downScript = word;
        break;
      case 'f':
        if (!FACILITIES.includes(text.toLowerCase()))
          this.complaints.warn(
            word.place,
            'bad-value',
            `there is no syslog facility '${text}'`,
            'ucarp logs this and goes on with daemon',
          );
        break;
      default:
        this.extra = text;
    }
  }

  private addressOf(word: Word): Ipv4Address | undefined {
    const address = tryParseIpv4(word.text);
    if (address === undefined) {
      const bare = /^(\d+\.\d+\.\d+\.\d+)\/\d+$/.exec(word.text)?.[1];
      this.fatal(word.place, 'bad-value', `'${word.text}' is not an IPv4 address`, EXITS, {
        ...(bare === undefined ? {} : { cures: [replaceAt(word.place, bare)] }),
      });
    }
    return address;
  }

  private takeVhid(word: Word): void {
    const { value, isWhole } = strtoul(word.text);
    if (value < 1 || value > MOST_VHID) {
      this.fatal(word.place, 'out-of-range', `vhid ${word.text} is out of range 1..255`, EXITS);
      return;
    }
    this.vhid = value;
    this.noteReading(word, 'vhid', value, isWhole);
  }

  /** advbase and advskew are kept in an unsigned char. */
  private byteOf(word: Word, name: 'advbase' | 'advskew'): number {
    const { value, isWhole } = strtoul(word.text);
    const kept = lowBits(word.text, 8);
    if (value > MOST_BYTE)
      this.complaints.warn(
        word.place,
        'out-of-range',
        `${name} ${word.text} is out of range 0..255`,
        `ucarp keeps 8 bits of it without a word: it runs with ${name} ${kept}`,
      );
    else this.noteReading(word, name, kept, isWhole);
    return kept;
  }

  /** A number that is read otherwise than it looks. */
  private noteReading(word: Word, name: string, value: number, isWhole: boolean): void {
    const { text, place } = word;
    if (!isWhole)
      this.complaints.warn(place, 'bad-value', `'${text}' is not a number`, `ucarp reads ${name} ${value}`);
    else if (/^\+?0\d/.test(text))
      this.complaints.warn(
        place,
        'bad-value',
        `${text} is octal`,
        `ucarp reads ${name} ${value}, since a number that begins with 0 is`,
      );
  }

  private takeDeadRatio(word: Word): void {
    const ratio = lowBits(word.text, 32);
    if (ratio === 0) {
      this.fatal(word.place, 'out-of-range', `dead ratio ${word.text} is zero`, EXITS);
      return;
    }
    this.deadRatio = ratio;
    this.noteReading(word, 'dead ratio', ratio, strtoul(word.text).isWhole);
  }

  private takePassFile(word: Word): void {
    const text = this.fileOf(word.text);
    if (text === undefined) {
      this.fatal(
        word.place,
        'missing-file',
        `the password file ${word.text} is not there`,
        'without it ucarp exits with code 1; give its text beside the command',
      );
      return;
    }
    if (text === '') this.fatal(word.place, 'bad-value', `${word.text} is empty`, EXITS);
    this.password = (text.split('\n')[0] ?? '').slice(0, LONGEST_PASSFILE_LINE);
  }

  /** The text of a file by the path that the command names, `./` in front or not. */
  private fileOf(path: string): string | undefined {
    const { scripts = {} } = this.options;
    const plain = (name: string): string => name.replace(/^(\.\/)+/, '');
    if (Object.hasOwn(scripts, path)) return scripts[path];
    const found = Object.entries(scripts).find(([name]) => plain(name) === plain(path));
    return found?.[1];
  }

  // ---- what `main` and `docarp` check at the end, in their order

  private complete(command: Word['place']): UcarpConfig | null {
    const iface = this.interfaceName(command);
    const missing = (what: string, letter: string): void =>
      this.fatal(
        this.origin.get(letter) ?? command,
        'missing-value',
        `ucarp needs ${what}: -${letter}`,
        EXITS,
      );
    if (this.vhid === 0) missing('a virtual host id', 'v');
    const password = this.password ?? '';
    if (password === '') missing('a password', 'p');
    else this.checkPassword(password, command);
    if (this.advbase === 0 && this.advskew === 0)
      this.fatal(
        this.origin.get('b') ?? this.origin.get('k') ?? command,
        'bad-value',
        'advbase 0 and advskew 0 leave no time between adverts',
        EXITS,
      );
    else if (this.advbase === MOST_BYTE && this.advskew === MOST_BYTE)
      this.complaints.warn(
        this.origin.get('k') ?? command,
        'bad-value',
        'advbase 255 with advskew 255 is a farewell',
        'ucarp sends one advert when it becomes master and none after it',
      );
    // 0.0.0.0 is as good as none.
    if ((this.source ?? 0) === 0) missing('a source address', 's');
    if ((this.address ?? 0) === 0) missing('a virtual address', 'a');
    if (!this.flags.has('M') && !isMulticast(this.group))
      this.fatal(
        this.origin.get('m') ?? command,
        'bad-value',
        'the group is no multicast address',
        'ucarp cannot join it (IP_ADD_MEMBERSHIP) and exits with code 2',
      );
    const upScript = this.scriptOf(this.upScript, 'add');
    const downScript = this.scriptOf(this.downScript, 'remove');
    this.checkScripts(command, upScript, downScript);
    if (this.isFatal) return null;
    return {
      interface: iface,
      source: this.source ?? ipv4Address(0),
      multicastGroup: this.group,
      vhid: this.vhid,
      password,
      address: this.address ?? ipv4Address(0),
      advbase: this.advbase,
      advskew: this.advskew,
      deadRatio: this.deadRatio,
      preempt: this.flags.has('P'),
      neutral: this.flags.has('n'),
      downAtExit: this.flags.has('z'),
      ignoresLinkState: this.flags.has('S'),
      noMulticast: this.flags.has('M'),
      upScript,
      downScript,
      extra: this.extra,
      origin: Object.fromEntries(this.origin),
    };
  }

  private interfaceName(command: Word['place']): string {
    const known = this.options.interfaces;
    const word = this.interface;
    if (word === null || word.text === '') {
      const first = known?.[0] ?? 'eth0';
      this.complaints.warn(
        word?.place ?? command,
        'no-interface',
        'no interface is given: -i',
        `ucarp takes the first one that libpcap finds: ${first} here`,
      );
      return first;
    }
    const { text, place } = word;
    if (text.length > LONGEST_INTERFACE)
      this.fatal(place, 'bad-value', `interface name ${text} is too long`, 'ucarp exits with code 2');
    else if (known !== undefined && !known.includes(text)) {
      const near = suggest(text, known);
      this.fatal(
        place,
        'unknown-interface',
        `there is no interface '${text}'`,
        'ucarp finds no MAC address and exits with code 2',
        { hint: near === undefined ? undefined : `did you mean ${near}?` },
      );
    }
    return text;
  }

  private checkPassword(password: string, command: Word['place']): void {
    const bytes = encodeUtf8(password).length;
    if (bytes > LONGEST_PASSWORD)
      this.fatal(
        this.origin.get('p') ?? this.origin.get('o') ?? command,
        'bad-value',
        `a password of ${bytes} bytes is too long`,
        `ucarp takes ${LONGEST_PASSWORD} at most and exits with code 2`,
      );
  }

  private scriptOf(word: Word | null, op: 'add' | 'remove'): VipScript | null {
    if (word === null || word.text === '') return null;
    const path = word.text;
    const text = this.fileOf(path);
    if (text !== undefined && this.address !== undefined)
      return readVipScript({ path, file: path, text }, this.address, this.complaints);
    this.assumed.push(path);
    return { path, changes: [{ op, address: null, prefixLength: null, interface: null }] };
  }

  private checkScripts(command: Word['place'], up: VipScript | null, down: VipScript | null): void {
    if (up === null)
      this.complaints.warn(
        command,
        'no-script',
        'no script is run when it becomes master: -u',
        'ucarp adds no address by itself: a master advertises and announces it, and nobody has it',
      );
    if (down === null)
      this.complaints.warn(
        command,
        'no-script',
        'no script is run when it becomes backup: -d',
        'ucarp removes no address by itself: a master that yields keeps it, and two hosts have it',
      );
  }
}
