import { describeExample, listExamples } from '../examples-folder.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { wrap } from '../help.js';
import { MAX_WIDTH, type Terminal } from '../terminal.js';

/** Lists the labs that come with viplab: name, one sentence, what to predict. */
export function examples(terminal: Terminal): ExitCode {
  const found = listExamples();
  if (found.length === 0) {
    terminal.err('no examples are installed beside this command\n');
    return EXIT.badInput;
  }
  for (const example of found) {
    const { about, predict } = describeExample(example);
    const lines = [
      ...(about === '' ? [] : wrap(about, MAX_WIDTH - 4)),
      ...(predict === undefined ? [] : wrap(`Predict: ${predict}`, MAX_WIDTH - 4)),
    ];
    terminal.out([example.name, ...lines.map((line) => `    ${line}`), ''].join('\n'));
  }
  const first = found.find(({ name }) => name === 'segregated-vips') ?? found[0];
  terminal.err(
    `run one:  viplab run ${first?.name}      copy one to edit:  viplab init ${first?.name} my-lab\n`,
  );
  return EXIT.good;
}
