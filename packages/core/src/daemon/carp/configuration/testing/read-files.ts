import type { CarpInterfaceConfig } from '../../../../host/carp/carp-config.js';
import { formatIp, formatIpCidr } from '../../../../wire/index.js';
import { type CarpFilesRead, type ReadCarpOptions, readCarpFiles } from '../read-carp-files.js';

/** Complaints as one would quote them: `error f:1:3-5 message [conf/code]`. */
export const complaintsOf = ({ diagnostics }: CarpFilesRead): string[] =>
  diagnostics.map(({ severity, file, range, message, code }) => {
    const { start, end } = range;
    return `${severity} ${file}:${start.line}:${start.column}-${end.column} ${message} [${code}]`;
  });

/** What is complained about, without places. */
export const messagesOf = ({ diagnostics }: CarpFilesRead): string[] =>
  diagnostics.map(({ severity, message }) => `${severity}: ${message}`);

/** An interface in one line: `carp0 on em0 1:100 base 1 pass x 192.0.2.1/24`. */
export function summaryOf(config: CarpInterfaceConfig): string {
  const parts = [
    `${config.name} on ${config.parent}`,
    config.nodes.map(({ vhid, advskew }) => `${vhid}:${advskew}`).join(','),
    `base ${config.advbase}`,
    `pass '${config.password}'`,
    config.addresses.map(formatIpCidr).join(' '),
  ];
  if (config.balancing !== 'none') parts.push(`balancing ${config.balancing}`);
  if (config.peer !== null) parts.push(`peer ${formatIp(config.peer)}`);
  if (config.peerIpv6 !== null) parts.push(`peer6 ${config.peerIpv6}`);
  if (config.initialState !== null) parts.push(`state ${config.initialState}`);
  if (!config.isUp) parts.push('down');
  if (config.vrrp !== null) parts.push(`vrrp ${config.vrrp.priority}/${config.vrrp.intervalCs}`);
  return parts.join(' ');
}

/** Reads files and gives the interfaces in short. */
export const summariesOf = (read: CarpFilesRead): string[] => read.config.interfaces.map(summaryOf);

/** What stands at the place of each setting of the first interface. */
export function originsOf(
  files: Readonly<Record<string, string>>,
  options: ReadCarpOptions = {},
): Record<string, string> {
  const [first] = readCarpFiles(files, options).config.interfaces;
  return Object.fromEntries(
    Object.entries(first?.origin ?? {}).map(([key, { file, range }]) => {
      const line = [...((files[file] ?? '').split('\n')[range.start.line - 1] ?? '')];
      return [key, line.slice(range.start.column - 1, range.end.column - 1).join('')];
    }),
  );
}
