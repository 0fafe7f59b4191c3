import { type IpAddress, tryParseIpv4, tryParseIpv6 } from '../wire/index.js';

/** Reads `192.168.1.100:8080` or `[2001:db8::100]:8080`; undefined if it is neither, or the port is not 1 to 65535. */
export function tryParseIpPort(
  text: string,
): { readonly address: IpAddress; readonly port: number } | undefined {
  const [, ipv6, ipv4, digits = ''] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const address = ipv6 === undefined ? tryParseIpv4(ipv4 ?? '') : tryParseIpv6(ipv6);
  const port = Number(digits);
  return address === undefined || port < 1 || port > 65_535 ? undefined : { address, port };
}
