import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const part = (name: string, file: string) =>
  fileURLToPath(new URL(`./packages/${name}/src/${file}.ts`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: {
      '@viplab/core/engine': part('core', 'engine/index'),
      '@viplab/core/network': part('core', 'network'),
      '@viplab/core': part('core', 'index'),
      '@viplab/config/reading': part('config', 'reading'),
      '@viplab/config': part('config', 'index'),
      '@viplab/check/lint': part('check', 'lint/index'),
      '@viplab/check/vitest': part('check', 'vitest/index'),
      '@viplab/check': part('check', 'index'),
      '@viplab/conformance': part('conformance', 'index'),
    },
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'examples/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
