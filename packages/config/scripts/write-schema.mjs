// Writes schema/lab.schema.json from the built package; run it after a change of lab-schema.ts.
import { writeFileSync } from 'node:fs';
import { labJsonSchema } from '../dist/lab-yaml/lab-schema.js';

writeFileSync(
  new URL('../schema/lab.schema.json', import.meta.url),
  `${JSON.stringify(labJsonSchema(), null, 2)}\n`,
);
