import { type LabPlan, tryParseScriptCommand, type VrrpInstanceConfig } from '@viplab/core';
import type { Deed } from './fault.js';

type Host = LabPlan['hosts'][number];
type Script = NonNullable<Host['keepalived']>['config']['scripts'][number];

/** Something that the keepalived of a node checks, and what makes it fail and succeed again. */
export interface FailingCheck {
  /** For output: the script, process, file or port. */
  readonly what: string;
  readonly begin: Deed;
  readonly end: Deed;
}

/**
 * What the instances of a node track by `track_script` and `track_process`, each thing once, in the order of the
 * configuration. A script whose command the simulated machine understands fails when what it looks for goes; any other
 * fails because the lab says so. What is not there to begin with cannot fail. A `track_file` holds a number rather than a
 * check, and a tracked interface goes down when it is unplugged.
 */
export function failingChecks(host: Host): FailingCheck[] {
  const checks = new Map<string, FailingCheck>();
  for (const check of [...failingScripts(host), ...failingProcesses(host)])
    if (!checks.has(check.what)) checks.set(check.what, check);
  return [...checks.values()];
}

function failingScripts(host: Host): FailingCheck[] {
  const config = host.keepalived?.config;
  const tracked = trackedNames(host, 'trackScripts');
  const scripts = config?.scripts.filter(({ name }) => tracked.has(name)) ?? [];
  return scripts.flatMap((script) => failuresOf(host, script));
}

function failuresOf(host: Host, script: Script): FailingCheck[] {
  const command = tryParseScriptCommand(script.arguments);
  if (command === undefined) return [unknownScript(host.name, script.name)];
  switch (command.kind) {
    case 'process':
      return stopping(host, ({ name }) => name === command.name);
    case 'port':
      return stopping(host, ({ port }) => port === command.port);
    case 'file':
      return vanishing(host, command.path, command.exists);
    case 'constant':
      return [];
  }
}

function failingProcesses(host: Host): FailingCheck[] {
  const tracked = trackedNames(host, 'trackProcesses');
  const processes = host.keepalived?.config.trackProcesses.filter(({ name }) => tracked.has(name)) ?? [];
  return processes
    .filter(({ quorum }) => quorum > 0)
    .flatMap(({ process }) =>
      stopping(host, ({ name }) => name === process.slice(process.lastIndexOf('/') + 1)),
    );
}

/** What some instance, or its group, names. */
function trackedNames(
  host: Host,
  by: keyof Pick<VrrpInstanceConfig, 'trackScripts' | 'trackProcesses'>,
): Set<string> {
  const config = host.keepalived?.config;
  const all = [...(config?.instances ?? []), ...(config?.syncGroups ?? [])];
  return new Set(all.flatMap((block) => block[by].map(({ name }) => name)));
}

const unknownScript = (node: string, script: string): FailingCheck => ({
  what: script,
  begin: { do: 'script-result', node, script, good: false },
  end: { do: 'script-result', node, script, good: true },
});

function stopping(host: Host, isMeant: (service: Host['services'][number]) => boolean): FailingCheck[] {
  const node = host.name;
  return host.services.filter(isMeant).map(({ name: daemon }) => ({
    what: daemon,
    begin: { do: 'stop', node, daemon },
    end: { do: 'start', node, daemon },
  }));
}

function vanishing(host: Host, file: string, isWanted: boolean): FailingCheck[] {
  if (host.files.includes(file) !== isWanted) return [];
  const node = host.name;
  const remove: Deed = { do: 'remove-file', node, file };
  const create: Deed = { do: 'create-file', node, file };
  return [isWanted ? { what: file, begin: remove, end: create } : { what: file, begin: create, end: remove }];
}
