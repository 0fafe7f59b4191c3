/** What statuses are called (RFC 9110 §15). */
const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  304: 'Not Modified',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
};

/** What a status is called. */
export const reasonOf = (status: number): string => REASONS[status] ?? 'Unknown';

/** Whether an answer of this status has no body, whatever its fields say (RFC 9110 §6.4.1). */
export const isBodiless = (status: number): boolean =>
  (status >= 100 && status < 200) || status === 204 || status === 304;
