import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { conformanceJson } from './case-json.js';
import { agrees, type CaseReport, reportCase } from './case-report.js';
import { caseTable, totalLine } from './case-table.js';
import { RecordingError } from './recorded-json.js';
import { readRecording } from './recording.js';

/** Exit codes of the command. */
export const EXIT = { agrees: 0, differs: 1, badInput: 2 } as const;

const USAGE = `usage: pnpm conformance [--json] [FOLDER ...]

Replays recordings of real daemons in the simulator and compares, event by event.
FOLDER is in the recordings' format (events.json, timeline.json, config/, runs/); default: all shipped ones.
exit code: 0 everything modelled agrees, 1 something differs, 2 bad input`;

/** What the command needs of its surroundings. */
export interface CommandSurroundings {
  /** Where the shipped recordings are. */
  readonly shipped: string;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

/** Runs the command and returns its exit code. */
export function conformanceCommand(
  args: readonly string[],
  { shipped, print, complain }: CommandSurroundings,
): number {
  const options = args.filter((arg) => arg.startsWith('-'));
  if (options.includes('--help') || options.includes('-h')) {
    print(USAGE);
    return EXIT.agrees;
  }
  const unknown = options.find((option) => option !== '--json');
  if (unknown !== undefined) {
    complain(`unknown option ${unknown}`);
    complain(USAGE);
    return EXIT.badInput;
  }
  const asJson = options.includes('--json');
  const given = args.filter((arg) => !arg.startsWith('-'));
  const folders = given.length > 0 ? given : shippedFolders(shipped);
  const reports: CaseReport[] = [];
  try {
    for (const folder of folders) {
      const report = reportCase(readRecording(folder));
      reports.push(report);
      if (!asJson) for (const line of [...caseTable(report), '']) print(line);
    }
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    complain(error.message);
    return EXIT.badInput;
  }
  print(asJson ? JSON.stringify(conformanceJson(reports), null, 1) : totalLine(reports));
  return reports.every(agrees) ? EXIT.agrees : EXIT.differs;
}

/** The folders of the shipped recordings, in order. */
export function shippedFolders(shipped: string): string[] {
  return readdirSync(shipped, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(shipped, entry.name))
    .sort();
}
