/**
 * What one share of a virtual address is called that several hosts hold at a time, each for some clients:
 * `192.0.2.10 (1/2)`. An address that is not shared is its own label.
 */
export const shareLabel = (address: string, index: number, count: number): string =>
  `${address} (${index + 1}/${count})`;

/** The address of a label. */
export const addressOfLabel = (label: string): string => {
  const space = label.indexOf(' ');
  return space < 0 ? label : label.slice(0, space);
};
