import type { Diagnostic } from '../../../../diagnostic/diagnostic.js';
import type { VrrpInstanceConfig } from '../keepalived-config.js';
import { readKeepalivedConf } from '../reader.js';

/** Lines that make an instance complete. */
export const ENOUGH = `interface eth0
virtual_router_id 51
virtual_ipaddress {
  192.168.1.100/24
}`;

/** Reads one instance made of {@link ENOUGH} and the given lines. */
export function readInstance(
  lines: string,
  around: { readonly before?: string; readonly after?: string } = {},
): { instance: VrrpInstanceConfig; diagnostics: readonly Diagnostic[]; fatal: boolean } {
  const text = `${around.before ?? ''}\nvrrp_instance VI_1 {\n${ENOUGH}\n${lines}\n}\n${around.after ?? ''}\n`;
  const { config, diagnostics } = readKeepalivedConf(text, { file: 'keepalived.conf' });
  const [instance] = config.instances;
  if (instance === undefined) throw new Error('no instance was read');
  return { instance, diagnostics, fatal: config.fatal };
}

/** `severity code: message` of each diagnostic. */
export function briefly(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map((each) => `${each.severity} ${each.code}: ${each.message}`);
}
