import { defineLab, formatSeconds, type Report } from '@viplab/core';
import { examplesFolder, findExample } from './examples-folder.js';
import { readLabInput } from './lab-input.js';
import { processTerminal, type Terminal } from './terminal.js';

/** The three labs of the first five minutes: what is run, what it is called, and what to say if nothing happened. */
const LABS = [
  {
    example: 'segregated-vips',
    title: 'segregated-vips, n1 loses power and returns',
    calm: 'nobody noticed',
  },
  {
    example: 'equal-priority-flux',
    title: 'equal-priority-flux, healthy LAN',
    calm: 'whoever boots first wins',
  },
  {
    example: 'equal-priority-flux/multicast-lost-databases',
    title: 'equal-priority-flux, multicast lost',
    calm: 'nobody noticed',
  },
] as const;

const TITLE_WIDTH = 46;
const WORD_WIDTH = 10;

/** Runs the three labs and prints one line for each. */
export async function demo(terminal: Terminal): Promise<void> {
  if (examplesFolder() === undefined) throw new Error('the examples are not installed beside this command');
  for (const { example, title, calm } of LABS) {
    const { design } = await readLabInput([example], false);
    const { report } = defineLab(design).run({ seed: 1 });
    const word = report.verdict.word === 'no-flap' ? 'no flap' : report.verdict.word.toUpperCase();
    terminal.out(`${title.padEnd(TITLE_WIDTH)}${word.padEnd(WORD_WIDTH)}${remark(report, calm)}\n`);
  }
  const next = findExample('equal-priority-flux/multicast-lost-databases')?.name;
  terminal.out(`next    npx viplab run ${next} --connection\n`);
}

/** Who got hurt, in a few words. */
function remark(report: Report, calm: string): string {
  // Each client sees the same flips.
  const flips = Math.max(0, ...report.vips.flatMap(({ flux }) => flux.map(({ moves }) => moves.length)));
  const outages = report.clients.flatMap(({ outages: all }) => all);
  const longest = Math.max(0, ...outages.map(({ from, to }) => to - from));
  const failed = outages.reduce((sum, { attempts }) => sum + attempts, 0);
  const reset = report.connections.filter(({ broken }) => broken?.by === 'reset').length;
  const lost = reset > 0 ? `, ${reset} connections reset` : failed > 0 ? `, ${failed} requests lost` : '';
  if (flips > 0) return `${flips} flips${lost}`;
  return longest > 0 ? `${formatSeconds(longest, 2)} s without service at worst` : calm;
}

const isMain = process.argv[1] !== undefined && import.meta.url === new URL(`file://${process.argv[1]}`).href;
if (isMain) await demo(processTerminal());
