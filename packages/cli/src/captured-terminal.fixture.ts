import { main } from './main.js';

/** What a command printed, and its exit code. */
export interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process with a terminal that keeps what is printed. */
export async function viplab(
  words: readonly string[],
  place: { readonly columns?: number; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Captured> {
  let out = '';
  let err = '';
  const code = await main(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns: place.columns,
    errorColumns: undefined,
    env: place.env ?? {},
  });
  return { code, out, err };
}

/** The columns of the widest line. */
export const widest = (text: string): number => Math.max(...text.split('\n').map((line) => [...line].length));

/** A keepalived.conf with one instance per VIP. */
export const keepalivedConf = (priority: number, vips: readonly string[] = ['192.168.1.100/24']): string =>
  vips
    .map(
      (vip, index) => `vrrp_instance VI_${index + 1} {
    state BACKUP
    interface eth0
    virtual_router_id ${51 + index}
    priority ${priority}
    virtual_ipaddress {
        ${vip}
    }
}
`,
    )
    .join('');
