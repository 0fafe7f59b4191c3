import { Command, type Help, InvalidArgumentError, Option } from 'commander';
import type { RunOptions } from './commands/run.js';
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
      ['CONF', 'keepalived.conf, told by its content; one node for each file'],
      ['nothing', 'the lab.yaml that is here'],
    ],
    'Actions of --at (the same as in the schedule of lab.yaml)': [
      ['machines', 'power-off NODE, power-on, freeze, thaw'],
      ['daemons', 'stop NODE [DAEMON], start, restart, kill-9; the DAEMON is keepalived if none is named'],
      ['cables', 'unplug NODE[:INTERFACE], plug, silent-cut, set-loss NODE 5%, set-delay NODE 5ms'],
      ['traffic', 'one-way-loss FROM TO [vrrp|arp|multicast|all], drop-multicast [NODE], heal [NODE]'],
      [
        'what scripts see',
        'script-result NODE SCRIPT good|bad, create-file NODE FILE, remove-file NODE FILE',
      ],
      [
        'kernel',
        'add-address NODE ADDRESS, remove-address, arping NODE ADDRESS [COUNT], flush-neighbours NODE',
      ],
      ['clock', 'clock-drift NODE 200ppm'],
    ],
  },
};

const INIT_HELP: CommandHelp = {
  examples: [
    [
      'viplab init n1/keepalived.conf n2/keepalived.conf',
      'lab.yaml with all that run infers from these files, to be edited, and lab.test.ts',
    ],
    ['viplab init equal-priority-flux my-lesson', 'a copy of an example in the folder my-lesson'],
    ['viplab init', 'a pair of nodes to start from: lab.yaml, n1/keepalived.conf, n2/keepalived.conf'],
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
  addRun(program, terminal, done);
  addInit(program, terminal, done);
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
    .option('--mermaid', 'print the run as a Mermaid sequence diagram')
    .option('--out <dir>', 'write run.json, captures, diagram and logs to this folder')
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
