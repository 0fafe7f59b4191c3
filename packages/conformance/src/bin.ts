#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { conformanceCommand } from './command.js';

process.exitCode = conformanceCommand(process.argv.slice(2), {
  shipped: fileURLToPath(new URL('../recordings', import.meta.url)),
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
});
