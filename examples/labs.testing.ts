import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadLab } from '@viplab/config';
import { formatSeconds, type Lab, type Run } from '@viplab/core';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Every lab of this folder, as `folder/file.yaml`, in order. */
export const EXAMPLES: readonly string[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
  .flatMap((entry) =>
    readdirSync(`${FOLDER}${entry.name}`)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => `${entry.name}/${file}`),
  )
  .sort();

/** The whole path of an example. */
export const pathOf = (example: string): string => `${FOLDER}${example}`;

/** Reads an example, `garp-lost/lab.yaml`. */
export const loadExample = (example: string): Promise<Lab> => loadLab(pathOf(example));

/** What an example's test pins of its run: enough to notice any change, few enough lines to be read. */
export interface Outcome {
  readonly verdict: string;
  readonly isExpected: boolean;
  /** `3.474 n1 VI_1 MASTER`: of VRRP MASTER and FAULT, of CARP MASTER and INIT. */
  readonly states: readonly string[];
  /** `.100 13.084 n1 to n2, power-off`: from one settled owner to another, and why. */
  readonly handovers: readonly string[];
  /** `.100 3.484 to the end`: two owners at once. */
  readonly dual: readonly string[];
  readonly headless: readonly string[];
  /** `c1 .100 10.145 to 13.145, 15 attempts, timeout` */
  readonly outages: readonly string[];
  /** Moves of the clients' landing, of MAC addresses in the CAM tables, and of the clients' ARP entries. */
  readonly moves: { readonly landing: number; readonly cam: number; readonly arp: number };
  /** Of the trace: any event, field or nanosecond that changes changes this. */
  readonly digest: string;
}

/** `.100`; an IPv6 address as it is. */
const short = (address: string): string =>
  address.includes(':') ? address : address.slice(address.lastIndexOf('.'));

/** The outcome of a run. Instants are seconds from the start. */
export function outcomeOf(run: Run): Outcome {
  const { report } = run;
  const span = (from: number, to: number): string =>
    `${formatSeconds(from)} to ${to >= run.until ? 'the end' : formatSeconds(to)}`;
  return {
    verdict: report.verdict.words.join(', '),
    isExpected: report.verdict.isExpected,
    states: run.trace.events.flatMap((event) => {
      const isTold =
        (event.name === 'vrrp.state' && (event.to === 'MASTER' || event.to === 'FAULT')) ||
        (event.name === 'carp.state' && event.to !== 'BACKUP');
      return isTold ? `${formatSeconds(event.time)} ${event.node} ${event.instance} ${event.to}` : [];
    }),
    handovers: report.vips.flatMap(({ address, handovers }) =>
      handovers.map(
        ({ at, from, to, cause }) =>
          `${short(address)} ${formatSeconds(at)} ${from} to ${to}, ${cause?.action ?? 'no cause'}`,
      ),
    ),
    dual: report.vips.flatMap(({ address, dual }) =>
      dual.map(({ from, to }) => `${short(address)} ${span(from, to)}`),
    ),
    headless: report.vips.flatMap(({ address, headless }) =>
      headless.map(({ from, to }) => `${short(address)} ${span(from, to)}`),
    ),
    outages: report.clients.flatMap(({ name, outages }) =>
      outages.map(
        ({ target, from, to, attempts, kind }) =>
          `${name} ${short(target)} ${span(from, to)}, ${attempts} attempts, ${kind}`,
      ),
    ),
    moves: {
      landing: report.vips.reduce((sum, { landingMoves }) => sum + landingMoves.length, 0),
      cam: report.switches.reduce((sum, { moves }) => sum + moves.length, 0),
      arp: report.clients.reduce((sum, { arpChanges }) => sum + arpChanges.length, 0),
    },
    digest: run.digest,
  };
}

/** What the neighbour entry of a node for an address held one after another: MAC addresses, null where none. */
export const macsOf = (run: Run, node: string, address: string): readonly (string | null)[] =>
  run.trace
    .filter('arp.learned')
    .filter((event) => event.node === node && event.address === address)
    .map(({ mac }) => mac);

/** Where the frames of a node to an address arrived, each place once per stay: `13.085 n2`. */
export const landingsOf = (run: Run, node: string, address: string): readonly string[] =>
  run.trace
    .filter('vip.landed')
    .filter((event) => event.node === node && event.address === address)
    .map(({ time, at }) => `${formatSeconds(time)} ${at ?? 'nowhere'}`);
