/** What a file of a BSD host is, told by its name. */
export type FileKind =
  | { readonly kind: 'hostname'; readonly interface: string }
  | { readonly kind: 'rc' }
  | { readonly kind: 'sysctl' }
  | { readonly kind: 'loader' }
  | { readonly kind: 'script' };

/**
 * The kind of a file. What stands in front of the name, behind a `.`, `-` or `_`, does not count: `n1.hostname.carp0`.
 */
export function fileKind(name: string): FileKind {
  const parts = name.split(/[/\\]/);
  const base = parts[parts.length - 1] ?? '';
  const folder = parts[parts.length - 2] ?? '';
  const face = /(?:^|[-._])hostname\.(.+)$/.exec(base)?.[1];
  if (face !== undefined) return { kind: 'hostname', interface: face };
  if (/(?:^|[-._])rc\.conf(?:\.local)?$/.test(base) || folder === 'rc.conf.d') return { kind: 'rc' };
  if (/(?:^|[-._])sysctl\.conf(?:\.local)?$/.test(base) || folder === 'sysctl.conf.d')
    return { kind: 'sysctl' };
  if (/(?:^|[-._])loader\.conf(?:\.local)?$/.test(base) || folder === 'loader.conf.d')
    return { kind: 'loader' };
  return { kind: 'script' };
}
