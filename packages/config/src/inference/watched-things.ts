import { type KeepalivedConfig, tryParseScriptCommand } from '@viplab/core';

/** What the checks of a keepalived need so that they succeed. */
export interface WatchedThings {
  /** Programs by process name, with the port they listen on (0: none). */
  readonly services: Readonly<Record<string, number>>;
  /** Files that are there. */
  readonly files: readonly string[];
}

/**
 * What a keepalived looks for. A healthy machine has it; without it every node would be in FAULT from the start, and a
 * lab that was inferred would show nothing else.
 */
export function watchedThings(config: KeepalivedConfig): WatchedThings {
  const services = new Map<string, number>();
  const files = new Set<string>();
  for (const script of config.scripts) {
    const command = tryParseScriptCommand(script.arguments);
    if (command?.kind === 'process') services.set(command.name, services.get(command.name) ?? 0);
    if (command?.kind === 'port') services.set(`port-${command.port}`, command.port);
    if (command?.kind === 'file' && command.exists) files.add(command.path);
  }
  for (const { process: program } of config.trackProcesses) {
    const name = program.slice(program.lastIndexOf('/') + 1);
    if (name !== '') services.set(name, services.get(name) ?? 0);
  }
  return { services: Object.fromEntries(services), files: [...files] };
}
