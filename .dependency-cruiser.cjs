// Arrows run downward only. Floors of packages/core/src, lowest first; each may import the floors under it.
const floors = ['engine', 'diagnostic', 'shell', 'trace', 'wire', 'protocol', 'link', 'switch', 'host', 'service', 'daemon', 'report', 'lab'];
const above = (floor) => floors.slice(floors.indexOf(floor) + 1);

const upward = floors
  .filter((floor) => above(floor).length > 0)
  .map((floor) => ({
    name: `${floor}-knows-only-what-is-under-it`,
    severity: 'error',
    from: { path: `^packages/core/src/${floor}/`, pathNot: '\\.(test|testing|arbitrary|fixture)\\.ts$|/testing/' },
    to: { path: `^packages/core/src/(${above(floor).join('|')})/` },
  }));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'no-circles', severity: 'error', from: { pathNot: '^packages/core/src/engine/' }, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    {
      name: 'core-depends-on-no-other-package',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '\\.(test|testing|arbitrary|fixture)\\.ts$|/testing/' },
      to: { path: ['^packages/(config|check|cli|conformance)', 'node_modules/(?!.*(seedrandom|mnemonist|@noble\\/hashes))'] },
    },
    {
      name: 'core-needs-no-node',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '\\.(test|testing|arbitrary|fixture)\\.ts$|/testing/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'config-is-under-the-command-line', severity: 'error', from: { path: '^packages/config' }, to: { path: '^packages/(check|cli|conformance)' } },
    { name: 'check-knows-core-only', severity: 'error', from: { path: '^packages/check', pathNot: '\\.(test|testing|fixture)\\.ts$' }, to: { path: '^packages/(config|cli|conformance)' } },
    {
      name: 'report-reads-the-trace-only',
      severity: 'error',
      from: { path: '^packages/core/src/report/', pathNot: '\\.(test|testing|arbitrary|fixture)\\.ts$|/testing/' },
      to: { path: '^packages/core/src/(link|switch|host|daemon)/' },
    },
    {
      name: 'daemons-do-not-know-each-other',
      severity: 'error',
      from: { path: '^packages/core/src/daemon/([^/]+)/', pathNot: '\\.(test|testing|arbitrary|fixture)\\.ts$|/testing/' },
      to: { path: '^packages/core/src/daemon/', pathNot: '^packages/core/src/daemon/$1/' },
    },
    { name: 'nothing-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|fixtures|examples)/' },
    tsConfig: { fileName: 'tsconfig.check.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
    moduleSystems: ['es6'],
  },
};
