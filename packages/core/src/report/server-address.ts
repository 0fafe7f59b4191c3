/** The address of a server written as `address:port`: `192.168.1.100:8080`, `[2001:db8::100]:5432`. */
export function addressOfServer(server: string): string {
  if (server.startsWith('[')) return server.slice(1, server.indexOf(']'));
  const colon = server.lastIndexOf(':');
  return colon < 0 ? server : server.slice(0, colon);
}

/** The port of a server written as `address:port`; empty if there is none. */
export function portOfServer(server: string): string {
  const colon = server.lastIndexOf(':');
  return colon < 0 || server.endsWith(']') ? '' : server.slice(colon + 1);
}
