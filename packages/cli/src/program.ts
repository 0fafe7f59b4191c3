import { Command, type Help, InvalidArgumentError, Option } from 'commander';
import type { CheckOptions } from './commands/check.js';
import type { ExplainOptions } from './commands/explain.js';
import type { LintOptions } from './commands/lint.js';
import type { MergeOptions } from './commands/merge.js';
import type { RunOptions } from './commands/run.js';
import type { SweepOptions } from './commands/sweep.js';
import type { ExitCode } from './exit-code.js';
import { type CommandHelp, formatCommandHelp, MAIN_HELP } from './help.js';
import type { Terminal } from './terminal.js';
import { version } from './version.js';

const RUN_HELP: CommandHelp = {
  examples: [
    [
      'viplab run n1/keepalived.conf n2/keepalived.conf',
      'two files, nothing else: the network around them is inferred and printed',
    ],
    [
      "viplab run lab.yaml --at '10s power-off n1' --at '25s power-on n1' --until 45s",
      'a lab with two more lines of schedule',
    ],
    [
      'viplab run equal-priority-flux/multicast-lost --out out',
      'an example; everything about the run is written to out/',
    ],
  ],
  sections: {
    'LAB, CONF': [
      ['LAB', 'a lab.yaml, a folder that has one, or the name of an example (viplab examples)'],
      [
        'CONF',
        'keepalived.conf; files of CARP: hostname.if(5), rc.conf, sysctl.conf, ifconfig lines, config.xml of pfSense or OPNsense; a script that starts ucarp. One node for each; the files of CARP of one folder are one',
      ],
      ['nothing', 'the lab.yaml that is here'],
    ],
    'Actions of --at (the same as in the schedule of lab.yaml)': [
      ['machines', 'power-off NODE, power-on, shutdown, freeze, thaw'],
      [
        'daemons',
        'stop NODE [DAEMON], start, restart, kill-9; the DAEMON is keepalived if none is named, else ucarp; signal NODE ucarp USR1|USR2',
      ],
      ['servers', 'set-health NODE DAEMON healthy|sick|hung|slow|dead'],
      ['cables', 'unplug NODE[:INTERFACE], plug, silent-cut, set-loss NODE 5%, set-delay NODE 5ms'],
      ['traffic', 'one-way-loss FROM TO [vrrp|arp|multicast|all], drop-multicast [NODE], heal [NODE]'],
      ['one frame', 'lose-next NODE vrrp|arp'],
      [
        'what scripts see',
        'script-result NODE SCRIPT good|bad, create-file NODE FILE, remove-file NODE FILE',
      ],
      [
        'kernel',
        'add-address NODE ADDRESS, remove-address, arping NODE ADDRESS [COUNT], flush-neighbours NODE',
      ],
      [
        'interfaces',
        'interface-down NODE:INTERFACE, interface-up, send-errors NODE [off], set-sysctl NODE NAME VALUE',
      ],
      ['CARP', 'carp-state NODE init|backup|master [VHID], carp-demote NODE [BY] [GROUP]'],
      ['clock', 'clock-drift NODE 200ppm'],
    ],
  },
};

const CHECK_HELP: CommandHelp = {
  examples: [
    [
      'viplab check n1/keepalived.conf n2/keepalived.conf',
      'clean faults and their repairs decide; the grey ones are tried too and said one by one',
    ],
    [
      'viplab check lab.yaml --faults drop-multicast --lose 2 --latency 50us..500us',
      'one kind of fault, two lost control frames, and a range of delays',
    ],
    ['viplab check lab.yaml --require proved --json', 'in CI: anything less than a proof ends with 3'],
  ],
  sections: {
    'Faults of --faults, separated by commas': [
      ['clean', 'power-off, unplug, stop, check-fails, shutdown: what a sound pair must survive'],
      ['grey', 'kill-9, freeze, stall, silent-cut, one-way-loss, drop-multicast: each for itself'],
      ['carp-state, carp-demote', 'what an operator does to CARP'],
      ['all, none', 'everything; or nothing but the boot'],
    ],
  },
};

const LINT_HELP: CommandHelp = {
  examples: [
    ['viplab lint n1/keepalived.conf n2/keepalived.conf', 'what the two files get wrong between them'],
    [
      'viplab lint lab.yaml --strict --format github',
      'in CI: warnings count too, findings become annotations',
    ],
    ['viplab lint track-script-too-light', 'an example; viplab explain CODE says more about a finding'],
  ],
  sections: {
    'To accept a finding, above its line in the configuration file': [
      [
        '# viplab: accept CODE because REASON',
        'the reason is required; one that accepts nothing is reported',
      ],
    ],
  },
};

const EXPLAIN_HELP: CommandHelp = {
  examples: [
    ['viplab explain vrrp/equal-priority', 'why it matters, the smallest files that show it, and its cures'],
    ['viplab explain vrrp/weight-too-light --run', 'the run of those files, second by second'],
    ['viplab explain headless', 'a word of the reports'],
  ],
};

const SWEEP_HELP: CommandHelp = {
  examples: [
    [
      'viplab sweep lab.yaml --runs 10000',
      "the lab's schedule with 10 000 seeds; without a schedule, random clean faults and repairs",
    ],
    [
      'viplab sweep lab.yaml --runs 1000000 --shard 3/8 --out part3.jsonl',
      'one of eight machines; typed again it goes on where it was interrupted',
    ],
    [
      'viplab sweep n1/keepalived.conf n2/keepalived.conf --faults grey --budget 10min',
      'as much as fits in ten minutes',
    ],
  ],
  sections: {
    'Faults of --faults, separated by commas': [
      ['clean', 'power-off, unplug, stop, check-fails, shutdown: what a sound pair must survive'],
      ['grey', 'kill-9, freeze, stall, silent-cut, one-way-loss, drop-multicast'],
      ['carp-state, carp-demote', 'what an operator does to CARP'],
      ['all, none', 'everything; or nothing but the boot'],
    ],
  },
};

const MERGE_HELP: CommandHelp = {
  examples: [
    [
      'viplab merge part*.jsonl',
      'the parts of a sweep as one answer; what is missing, and the command that makes it',
    ],
    ['viplab merge part*.jsonl --out all.jsonl', 'and as one file, the same for every division into shards'],
    ['viplab merge part*.jsonl --json', 'for a program'],
  ],
};

const INIT_HELP: CommandHelp = {
  examples: [
    [
      'viplab init n1/keepalived.conf n2/keepalived.conf',
      'lab.yaml with all that run infers from these files, to be edited, and lab.test.ts',
    ],
    ['viplab init equal-priority-flux my-lesson', 'a copy of an example in the folder my-lesson'],
    [
      'viplab init',
      'the same of the files that are here; where there are none, a pair of nodes to start from',
    ],
  ],
};

const EXAMPLES_HELP: CommandHelp = {
  examples: [
    ['viplab examples', 'their names, one sentence each, and what to predict before running'],
    ['viplab run segregated-vips', 'a name is a LAB'],
    ['viplab init segregated-vips my-lab', 'a copy to edit'],
  ],
};

/** Builds the command line. What a command needs is loaded when it is called, so that help and errors are instant. */
export function buildProgram(terminal: Terminal, done: (code: ExitCode) => void): Command {
  const program = new Command('viplab');
  program
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureHelp({ formatHelp: () => MAIN_HELP })
    .helpOption('-h, --help', 'this help')
    .option('--no-color', 'no colour')
    .version(version(), '-V, --version', 'the version');
  addCheck(program, terminal, done);
  addRun(program, terminal, done);
  addLint(program, terminal, done);
  addSweep(program, terminal, done);
  addMerge(program, terminal, done);
  addInit(program, terminal, done);
  addExplain(program, terminal, done);
  addExamples(program, terminal, done);
  return program;
}

function addCommand(program: Command, usage: string, description: string, help: CommandHelp): Command {
  return program
    .command(usage)
    .description(description)
    .helpOption('-h, --help', 'this help')
    .configureHelp({
      formatHelp: (command: Command, helper: Help) => formatCommandHelp(command, helper, help),
    });
}

function addCheck(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'check', 'a proof, or the shortest story of how it breaks', CHECK_HELP)
    .argument('[lab-or-conf...]', 'LAB|CONF...')
    .usage('[options] LAB | CONF...')
    .option('--faults <kinds>', 'what may go wrong (default: clean decides, then each grey one)')
    .option('--lose <n>', 'up to so many control frames may be lost too (default: 0)')
    .option(
      '--latency <lo..hi>',
      "the delay of each frame on each cable, such as 50us..500us (default: the lab's)",
    )
    .option('--nodes <names>', 'only these nodes fail (default: all that may hold a VIP)')
    .option('--connections', "asks too that no client's connection breaks; held at best, not proved")
    .option('--client-outage <duration>', 'asks too that no client is without service for longer')
    .option('--budget <duration>', 'ends with what it has after this much time (default: 60s)')
    .option('--seed <n>', 'the first seed where runs are random (default: 1)', parseSeed)
    .option('--runs <n>', 'how many random runs where not all can be explored (default: 2000)')
    .addOption(
      new Option('--require <what>', 'ends with 3 if less was reached: proved, or held').choices([
        'proved',
        'held',
      ]),
    )
    .option('--strict', 'what breaks under a grey fault ends with 1 too')
    .option('--json', 'print JSON and nothing else')
    .option('--out <dir>', 'write a counterexample to this folder (default: .viplab/DIGEST)')
    .addOption(
      new Option('--emit <form>', 'print the counterexample as a test of vitest').choices(['vitest']),
    )
    .option('--replay <token>', 'the random runs that this token names, with the same --faults')
    .option('--portable', 'print tokens with the whole lab inside, for bug reports')
    .option('-q, --quiet', 'the answer and what it rests on only')
    .option('--ascii', 'print ASCII characters only')
    .option('--no-color', 'no colour; NO_COLOR and pipes have none anyway')
    .option('--like-daemon', 'carry on with errors in a configuration, exactly as the daemon would')
    .action(async (inputs: string[], _: unknown, command: Command) => {
      const { check } = await import('./commands/check.js');
      done(await check(inputs, command.optsWithGlobals<CheckOptions>(), terminal));
    });
}

function addRun(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  const more = (_: string, before: number): number => before + 1;
  addCommand(program, 'run', 'one run of a lab, second by second', RUN_HELP)
    .argument('[lab-or-conf...]', 'LAB|CONF...')
    .usage('[options] LAB | CONF...')
    .option('--seed <n>', 'what is left to chance comes from this number (default: 1)', parseSeed)
    .option('--until <duration>', "how long, such as 45s (default: the lab's, else 60s)")
    .option(
      '--at <line>',
      "one more line of schedule, such as '10s power-off n1'; repeatable",
      (line: string, before: readonly string[] | undefined) => [...(before ?? []), line],
    )
    .option('--json', 'print JSON and nothing else')
    .option(
      '--pcap [file]',
      'write what each switch saw as a capture: sw1.pcapng, or FILE for the first switch',
    )
    .option('--log [node]', "print the daemons' own log lines, of all nodes or one")
    .option(
      '--connection [which]',
      'print the life of one connection: c1#3, or the worst of c1, or the worst of all',
    )
    .option('--mermaid', 'print the run, or that connection, as a Mermaid sequence diagram')
    .option('--out <dir>', 'write run.json, captures, diagrams and logs to this folder')
    .option('-q, --quiet', 'the two answers only')
    .option('-v, --verbose', 'more: adverts, gratuitous ARP, ARP and CAM tables; -vv: every frame', more, 0)
    .option('--lanes <which>', 'all: draw every lane of a big lab (default: those that change)')
    .option('--ascii', 'draw with ASCII characters only')
    .option('--no-color', 'no colour; NO_COLOR and pipes have none anyway')
    .option('--like-daemon', 'carry on with errors in a configuration, exactly as the daemon would')
    .option(
      '--replay <token>',
      'the run that this token names; of an example, of lab.yaml here and of a run that ended with 1 no files are needed',
    )
    .option('--portable', 'print the token with the whole lab inside, for bug reports')
    .addOption(
      new Option('--format <format>', 'how diagnostics are printed: text, or github for CI annotations')
        .choices(['text', 'github'])
        .default('text'),
    )
    .action(async (inputs: string[], _: unknown, command: Command) => {
      const { run } = await import('./commands/run.js');
      // --no-color is an option of the whole program too, which takes it wherever it stands.
      done(await run(inputs, command.optsWithGlobals<RunOptions>(), terminal));
    });
}

function addLint(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'lint', 'what can be said across the files without running them', LINT_HELP)
    .argument('[lab-or-conf...]', 'LAB|CONF...')
    .usage('[options] LAB | CONF...')
    .option('--strict', 'a warning ends with 1 too')
    .option('--json', 'print JSON and nothing else')
    .option('--like-daemon', 'carry on with errors in a configuration, exactly as the daemon would')
    .option('--no-color', 'no colour; NO_COLOR and pipes have none anyway')
    .addOption(
      new Option('--format <format>', 'how findings are printed: text, or github for CI annotations')
        .choices(['text', 'github'])
        .default('text'),
    )
    .action(async (inputs: string[], _: unknown, command: Command) => {
      const { lint } = await import('./commands/lint.js');
      done(await lint(inputs, command.optsWithGlobals<LintOptions>(), terminal));
    });
}

function addExplain(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'explain', 'a finding of lint, or a word of the reports', EXPLAIN_HELP)
    .argument('[code-or-word]', 'CODE|WORD; nothing: the list of both')
    .usage('[options] CODE | WORD')
    .option('--run', 'run the smallest files that show it')
    .option('--ascii', 'draw with ASCII characters only')
    .option('--no-color', 'no colour; NO_COLOR and pipes have none anyway')
    .action(async (subject: string | undefined, _: unknown, command: Command) => {
      const { explain } = await import('./commands/explain.js');
      done(await explain(subject, command.optsWithGlobals<ExplainOptions>(), terminal));
    });
}

function addSweep(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'sweep', 'many runs of a lab, counted; all of them or one part of many', SWEEP_HELP)
    .argument('[lab-or-conf...]', 'LAB|CONF...')
    .usage('[options] LAB | CONF...')
    .option('--runs <n>', 'runs of the whole sweep, all shards together (default: 2000)')
    .option('--seed <n>', 'what is left to chance comes from this number (default: 1)', parseSeed)
    .option('--shard <i/n>', 'only the i-th of n parts (default: 1/1)')
    .option('--workers <n>', 'threads (default: one for each core); the result does not depend on it')
    .option('--budget <duration>', 'ends with what it has after this much time, such as 60s (default: none)')
    .option('--out <file>', 'lines of JSON, written as it goes; a file of the same sweep is resumed')
    .option(
      '--faults <kinds>',
      "what may happen, in place of the lab's schedule (default: that schedule; of a lab without one: clean)",
    )
    .option('--lose <n>', 'up to so many control frames may be lost too (default: 0)')
    .option('--json', 'print the summary as JSON and nothing else')
    .option('-q, --quiet', 'no notes about the input')
    .option('--like-daemon', 'carry on with errors in a configuration, exactly as the daemon would')
    .option('--no-color', 'no colour; NO_COLOR and pipes have none anyway')
    .action(async (inputs: string[], _: unknown, command: Command) => {
      const { sweep } = await import('./commands/sweep.js');
      done(await sweep(inputs, command.optsWithGlobals<SweepOptions>(), terminal));
    });
}

function addMerge(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'merge', 'joins the files of a sweep, in any order, overlapping or not', MERGE_HELP)
    .argument('[file...]', 'FILE...')
    .usage('[options] FILE...')
    .option('--out <file>', 'write the joined sweep to this file')
    .option('--force', 'overwrite it if it exists')
    .option('--json', 'print the summary as JSON and nothing else')
    .option('--no-color', 'no colour; NO_COLOR and pipes have none anyway')
    .action(async (files: string[], _: unknown, command: Command) => {
      const { merge } = await import('./commands/merge.js');
      done(merge(files, command.optsWithGlobals<MergeOptions>(), terminal));
    });
}

function addInit(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'init', 'write a commented lab.yaml to start from, or copy an example', INIT_HELP)
    .argument('[lab-or-conf...]', 'LAB|CONF... or EXAMPLE [DIR]')
    .usage('[options] [CONF... | EXAMPLE [DIR]]')
    .option('--force', 'overwrite files that exist; without it nothing is ever overwritten')
    .option('--no-color', 'no colour')
    .action(async (inputs: string[], options: { readonly force?: boolean }) => {
      const { init } = await import('./commands/init.js');
      done(await init(inputs, options, terminal));
    });
}

function addExamples(program: Command, terminal: Terminal, done: (code: ExitCode) => void): void {
  addCommand(program, 'examples', 'labs that come with viplab', EXAMPLES_HELP)
    .option('--no-color', 'no colour')
    .action(async () => {
      const { examples } = await import('./commands/examples.js');
      done(examples(terminal));
    });
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed))
    throw new InvalidArgumentError('A seed is a whole number from 0.');
  return seed;
}
