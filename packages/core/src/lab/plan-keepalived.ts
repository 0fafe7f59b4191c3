import { matchesPath } from '../daemon/keepalived/configuration/file-name-pattern.js';
import { readKeepalivedConf } from '../daemon/keepalived/configuration/reader.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { MILLISECOND } from '../engine/index.js';
import type { KeepalivedDesign } from './design.js';
import type { Problems } from './design-problem.js';
import type { KeepalivedPlan } from './plan.js';
import type { Draft, ReadSpan } from './plan-draft.js';

/** keepalived from launch to first state, as recorded on a machine of two cores. */
const DEFAULT_LAUNCH = { min: 30 * MILLISECOND, max: 150 * MILLISECOND };

/** Reads a host's keepalived.conf with what it includes. */
export function planKeepalived(
  draft: Draft,
  problems: Problems,
  diagnostics: Diagnostic[],
  span: ReadSpan,
): KeepalivedPlan | null {
  const given = draft.design.keepalived;
  if (given === undefined) return null;
  const design: KeepalivedDesign = typeof given === 'string' ? { conf: given } : given;
  const file = design.file ?? `${draft.name}/keepalived.conf`;
  const includes = design.includes ?? {};
  const read = readKeepalivedConf(design.conf, {
    file,
    hostName: draft.name,
    likeDaemon: design.likeDaemon ?? false,
    ...(draft.design.interfaces === undefined
      ? {}
      : { interfaces: ['lo', ...Object.keys(draft.design.interfaces)] }),
    resolveInclude: (pattern, fromFile) => {
      const folder = fromFile.includes('/') ? fromFile.slice(0, fromFile.lastIndexOf('/') + 1) : '';
      const wanted = pattern.startsWith('/') ? pattern : normalise(folder + pattern);
      return Object.entries(includes)
        .filter(([name]) => matchesPath(name, wanted))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, text]) => ({ file: name, text }));
    },
  });
  diagnostics.push(...read.diagnostics);
  if (read.config.instances.length === 0 && !read.diagnostics.some(({ severity }) => severity === 'error')) {
    problems.warning(
      ['nodes', draft.name, 'keepalived'],
      'lab/no-instance',
      `${file} has no vrrp_instance: keepalived runs and does nothing`,
    );
  }
  const path = ['nodes', draft.name, 'keepalived', 'ready'];
  const ready = design.ready;
  const launch =
    ready === undefined
      ? DEFAULT_LAUNCH
      : typeof ready === 'object' && 'length' in ready
        ? { min: span(ready[0], 0, path), max: span(ready[1], 0, path) }
        : { min: span(ready, 0, path), max: span(ready, 0, path) };
  if (launch.min > launch.max) problems.error(path, 'lab/bad-range', 'the range ends before it begins');
  return {
    config: read.config,
    file,
    launch,
    behaviour: design.behaviour ?? 'keepalived-2.2.7',
    autostart: design.autostart ?? true,
  };
}

/** `a/./b/../c` → `a/c`. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}
