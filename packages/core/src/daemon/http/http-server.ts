import type { Host } from '../../host/index.js';
import type { SocketId } from '../../host/tcp/socket-api.js';
import { type HttpRequest, readRequest } from '../../protocol/http-request.js';
import { isBodiless, reasonOf } from '../../protocol/http-status.js';
import { joinBytes, latin1Bytes } from '../../protocol/latin1.js';
import { Service, type ServiceOptions } from '../../service/service.js';

/** What a web server is made from. */
export interface HttpServerOptions extends ServiceOptions {
  /** The status of each path; others are 404, `/` is 200. Left out: every path is 200. */
  readonly paths?: Readonly<Record<string, number>>;
  /** What it answers to everything while it is sick; 500 if left out. */
  readonly sickStatus?: number;
}

/** While it starts up, and where a load balancer would have nobody (RFC 9110 §15.6.4). */
const STARTING_STATUS = 503;
const SICK_STATUS = 500;

/**
 * A web server whose answers name its host: HTTP/1.0 and 1.1, kept open as the client wishes, requests in a row
 * answered in a row. No Date and no Server field, so that equal states give equal bytes.
 */
export class HttpServer extends Service {
  private readonly paths: ReadonlyMap<string, number> | null;
  private readonly sickStatus: number;

  /** @throws RangeError for a status that is none */
  constructor(host: Host, options: HttpServerOptions) {
    super(host, options);
    this.paths = options.paths === undefined ? null : new Map([['/', 200], ...Object.entries(options.paths)]);
    this.sickStatus = options.sickStatus ?? SICK_STATUS;
    for (const status of [...(this.paths?.values() ?? []), this.sickStatus]) {
      if (!Number.isInteger(status) || status < 200 || status > 599)
        throw new RangeError(`${options.name}: ${status} is no HTTP status`);
    }
  }

  private statusOf(path: string): number {
    if (this.isWarmingUp) return STARTING_STATUS;
    if (this.health === 'sick') return this.sickStatus;
    return this.paths === null ? 200 : (this.paths.get(path) ?? 404);
  }

  protected override serve(socket: SocketId, _row: number, input: Uint8Array): number {
    const answers: Uint8Array[] = [];
    let used = 0;
    let isOver = false;
    while (!isOver && used < input.length) {
      const request = readRequest(input.subarray(used));
      if (request === null) break;
      if ('refusal' in request) {
        answers.push(this.answer(request.refusal, { method: 'GET', version: '1.1', keepsOpen: false }));
        used = input.length;
        isOver = true;
        break;
      }
      used += request.length;
      answers.push(this.answer(this.statusOf(request.path), request));
      isOver = !request.keepsOpen;
    }
    if (answers.length > 0) this.outbox.send(socket, joinBytes(...answers));
    if (isOver) this.hangUp(socket);
    return used;
  }

  private answer(
    status: number,
    { method, version, keepsOpen }: Pick<HttpRequest, 'method' | 'version' | 'keepsOpen'>,
  ): Uint8Array {
    const body = isBodiless(status) ? '' : `${this.host.name}\n`;
    const fields = [`HTTP/${version} ${status} ${reasonOf(status)}`];
    if (!isBodiless(status)) fields.push(`Content-Length: ${body.length}`);
    // Said where it is not the version's own habit (RFC 9112 §9.3).
    if (version === '1.1' && !keepsOpen) fields.push('Connection: close');
    if (version === '1.0' && keepsOpen) fields.push('Connection: keep-alive');
    return latin1Bytes(`${fields.join('\r\n')}\r\n\r\n${method === 'HEAD' ? '' : body}`);
  }
}
