import { type TcpClientChoice, tcpClient } from '../daemon/client/tcp-client.js';
import { UdpClient } from '../daemon/client/udp-client.js';
import { EchoServer } from '../daemon/echo/echo-server.js';
import { HttpServer } from '../daemon/http/http-server.js';
import { PostgresServer } from '../daemon/postgres/postgres-server.js';
import { Ucarp } from '../daemon/ucarp/ucarp.js';
import type { Host, Process } from '../host/index.js';
import { isIpv6 } from '../wire/index.js';
import type { ClientPlan, HostPlan } from './plan.js';
import { UserProgram } from './program.js';

/** Puts the programs of a host onto it, keepalived aside: in the order of `daemonsOf`, by the names of the schedule. */
export function buildPrograms(
  host: Host,
  plan: HostPlan,
  countsIdentification: boolean,
): Map<string, Process> {
  const programs = new Map<string, Process>();
  for (const { config, ...options } of plan.ucarps)
    programs.set(options.name, new Ucarp(host, config, { ...options, countsIdentification }));
  for (const { name, port } of plan.services)
    programs.set(name, new EchoServer(host, { name, port: port === 0 ? null : port }));
  for (const program of plan.programs) programs.set(program.name, new UserProgram(host, program));
  if (plan.postgres !== null)
    programs.set('postgres', new PostgresServer(host, { name: 'postgres', ...plan.postgres }));
  if (plan.http !== null) {
    const { paths, ...rest } = plan.http;
    programs.set(
      'http',
      new HttpServer(host, { name: 'http', ...rest, ...(paths === null ? {} : { paths }) }),
    );
  }
  for (const port of plan.echoPorts)
    programs.set(`echo:${port}`, new EchoServer(host, { name: `echo:${port}`, port }));
  plan.clients.forEach((client, index) => {
    programs.set(index === 0 ? 'client' : `client/${index + 1}`, buildClient(host, client));
  });
  return programs;
}

function buildClient(host: Host, { name, target, port, every, timeout, from, tcp }: ClientPlan): Process {
  const limit = timeout === null ? {} : { timeout };
  const common = { name, port, every, from, ...limit };
  if (tcp === null) {
    if (isIpv6(target)) throw new RangeError(`${name} asks ${target}: UDP is over IPv4 alone here`);
    return new UdpClient(host, { ...common, target });
  }
  const { kind, size, retry, speak, keepAlive, userTimeout } = tcp;
  const options = {
    ...common,
    target,
    speak,
    ...(keepAlive === null ? {} : { keepAlive }),
    ...(userTimeout === null ? {} : { userTimeout }),
  };
  const design: TcpClientChoice = kind === 'pool' ? { ...options, kind, size, retry } : { ...options, kind };
  return tcpClient(host, design);
}
