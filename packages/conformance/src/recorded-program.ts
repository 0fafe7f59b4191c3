import { NotReplayable } from './not-replayable.js';
import type { RecordedProcess } from './recording.js';

/** What a command line of a recording runs, as far as the simulator has a counterpart. */
export type RecordedProgram =
  | { readonly kind: 'keepalived'; readonly node: string; readonly file: string }
  | { readonly kind: 'ucarp'; readonly node: string; readonly command: string }
  | { readonly kind: 'server'; readonly node: string; readonly port: number }
  | {
      readonly kind: 'client';
      readonly node: string;
      readonly address: string;
      readonly port: number;
      /** `short`, `persist`, with the tag behind them where there is one: the names of the recorded attempts. */
      readonly modes: readonly string[];
    };

const KEEPALIVED = /^keepalived\s.*-f @RUN@\/(\S+)/;
const UCARP = /^ucarp\s/;
const SERVER = /tools\/server\.py \S+ (\d+)$/;
const CLIENT = /tools\/client\.py (\d{1,3}(?:\.\d{1,3}){3}) (\d+) ((?:short|persist|tag=\S+|\s)+)$/;

/**
 * Reads a command line.
 *
 * @throws NotReplayable naming a program that the simulator does not have.
 */
export function readProgram(name: string, { node, command }: RecordedProcess): RecordedProgram {
  const keepalived = KEEPALIVED.exec(command);
  if (keepalived?.[1] !== undefined) return { kind: 'keepalived', node, file: keepalived[1] };
  if (UCARP.test(command)) return { kind: 'ucarp', node, command };
  const server = SERVER.exec(command);
  if (server !== null) return { kind: 'server', node, port: Number(server[1]) };
  const client = CLIENT.exec(command);
  if (client !== null) {
    const words = (client[3] ?? '').trim().split(/\s+/);
    const tag = words.find((word) => word.startsWith('tag='))?.slice('tag='.length);
    const modes = words.filter((word) => word === 'short' || word === 'persist');
    return {
      kind: 'client',
      node,
      address: client[1] ?? '',
      port: Number(client[2]),
      modes: modes.map((mode) => (tag === undefined ? mode : `${mode} ${tag}`)),
    };
  }
  throw new NotReplayable(`process ${name}: the simulator has no counterpart of '${command}'`);
}
