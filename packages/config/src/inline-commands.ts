/*
 * What stands in lab.yaml where a path may stand: a text of several lines is never a path.
 */

/** Whether a text is `ifconfig` lines rather than a path. */
export const isCarpCommands = (text: string): boolean =>
  text.includes('\n') || /^\s*(?:\/sbin\/)?ifconfig\s/.test(text);

/** Whether a text is a command line of ucarp rather than a path. */
export const isUcarpCommand = (text: string): boolean =>
  text.includes('\n') || /^\s*(?:\S*\/)?ucarp\s/.test(text) || / -a /.test(text);
