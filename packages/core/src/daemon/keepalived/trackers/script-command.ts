import type { LocalSystem } from './tracking.js';

/**
 * The check commands that mean something to a simulated host. Whatever else a `vrrp_script` runs is not understood:
 * its results are the lab's to give.
 */
export type ScriptCommand =
  | { readonly kind: 'process'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string; readonly exists: boolean }
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  | { readonly kind: 'constant'; readonly good: boolean };

const SHELLS = new Set(['sh', 'bash', 'dash']);
/** What a shell would make something of: such a line is not understood. */
const SHELL_SYNTAX = /[|&;<>()$`\\"'*?{}]/;
/** Options of curl and nc that take the next word. */
const WITH_VALUE = new Set([
  '-w',
  '-m',
  '-o',
  '-A',
  '-H',
  '-i',
  '--max-time',
  '--connect-timeout',
  '--output',
  '--header',
]);

const programOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/**
 * Understands a command line.
 *
 * @param words - as keepalived splits it, the program first
 * @returns undefined for anything that the simulated host cannot know the result of
 *
 * @example
 * ```ts
 * tryParseScriptCommand(['/usr/bin/killall', '-0', 'haproxy']); // { kind: 'process', name: 'haproxy' }
 * ```
 */
export function tryParseScriptCommand(words: readonly string[]): ScriptCommand | undefined {
  const [path = '', ...rest] = words;
  // keepalived hands a command that it does not split over as one word.
  if (rest.length === 0 && path.includes(' ')) return parseShellLine(path);
  const program = programOf(path);
  if (SHELLS.has(program))
    return rest[0] === '-c' && rest.length === 2 ? parseShellLine(rest[1] ?? '') : undefined;
  switch (program) {
    case 'true':
      return { kind: 'constant', good: true };
    case 'false':
      return { kind: 'constant', good: false };
    case 'exit':
      return rest.length === 1 && /^\d+$/.test(rest[0] ?? '')
        ? { kind: 'constant', good: Number(rest[0]) === 0 }
        : undefined;
    case 'killall':
      return rest.includes('-0') ? processNamed(rest) : undefined;
    case 'pidof':
    case 'pgrep':
      return processNamed(rest);
    case 'test':
      return parseTest(rest);
    case '[':
      return rest.at(-1) === ']' ? parseTest(rest.slice(0, -1)) : undefined;
    case 'nc':
    case 'ncat':
    case 'netcat':
      return parsePortProbe(rest);
    case 'curl':
    case 'wget':
      return parseUrlProbe(rest);
    default:
      return undefined;
  }
}

function parseShellLine(text: string): ScriptCommand | undefined {
  const words = text.trim().split(/\s+/);
  // Quotes around a whole word are harmless.
  const plain = words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
  if (plain.length === 0 || plain.some((word) => SHELL_SYNTAX.test(word))) return undefined;
  const isExec = plain[0] === 'exec';
  return plain[0] === '' ? undefined : tryParseScriptCommand(isExec ? plain.slice(1) : plain);
}

function operandsOf(words: readonly string[]): string[] {
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) operands.push(word);
    else if (WITH_VALUE.has(word)) index++;
  }
  return operands;
}

function processNamed(words: readonly string[]): ScriptCommand | undefined {
  const names = words.filter((word) => !word.startsWith('-'));
  const [name] = names;
  return name !== undefined && names.length === 1 ? { kind: 'process', name: programOf(name) } : undefined;
}

function parseTest(words: readonly string[]): ScriptCommand | undefined {
  const negated = words[0] === '!';
  const [operator, path, ...more] = negated ? words.slice(1) : words;
  if (path === undefined || more.length > 0 || (operator !== '-e' && operator !== '-f')) return undefined;
  return { kind: 'file', path, exists: !negated };
}

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65535 ? port : undefined;
}

function parsePortProbe(words: readonly string[]): ScriptCommand | undefined {
  if (!words.some((word) => /^-[a-zA-Z]*z/.test(word))) return undefined;
  const [host, portText, ...more] = operandsOf(words);
  const port = portOf(portText ?? '');
  return host === undefined || port === undefined || more.length > 0
    ? undefined
    : { kind: 'port', host, port };
}

function parseUrlProbe(words: readonly string[]): ScriptCommand | undefined {
  const [url = '', ...more] = operandsOf(words);
  const match = /^(?:(https?):\/\/)?([A-Za-z0-9.-]+)(?::(\d+))?(?:\/\S*)?$/.exec(url);
  if (match === null || more.length > 0) return undefined;
  const port = portOf(match[3] ?? (match[1] === 'https' ? '443' : '80'));
  return port === undefined ? undefined : { kind: 'port', host: match[2] ?? '', port };
}

/**
 * What the command says on this machine.
 *
 * @returns undefined where it depends on another machine
 */
export function resultOf(command: ScriptCommand, system: LocalSystem): boolean | undefined {
  switch (command.kind) {
    case 'constant':
      return command.good;
    case 'process':
      return system.countProcesses(command.name) > 0;
    case 'file':
      return system.hasFile(command.path) === command.exists;
    case 'port':
      return system.isLocal(command.host) ? system.isListening(command.port) : undefined;
  }
}
