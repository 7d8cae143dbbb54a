import { existsSync, statSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';

/** What tells whether a server still has the version that a partial file is from. */
export interface Validator {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** A download that failed; `again` if trying once more may help. */
export class HttpFailure extends Error {
  constructor(
    message: string,
    readonly again: boolean,
  ) {
    super(message);
  }
}

export interface DownloadOptions {
  readonly url: string;
  /** Where the bytes go; what is there already is continued if `resume` is given. */
  readonly part: string;
  readonly resume?: Validator;
  readonly expectedBytes?: number;
  readonly signal?: AbortSignal;
  onStart(validator: Validator): void;
  onProgress(progress: { received: number; total?: number; resumedAt: number }): void;
}

const idleMilliseconds = 60_000;
const maxRedirects = 5;
/** A file whose publisher states no size must end somewhere. */
const maxBytes = 300 * 2 ** 30;

/**
 * Loads an address into a file, from where the file ends if the server can. Plain http and https; the body is taken as
 * it is (no decompression), so that ranges and checksums mean the file itself.
 *
 * @throws HttpFailure
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { part, resume, expectedBytes, onStart } = options;
  let start = resume !== undefined && existsSync(part) ? statSync(part).size : 0;
  // A partial file with more than there should be is of no use.
  if (expectedBytes !== undefined && start > expectedBytes) start = 0;
  if (start > 0 && start === expectedBytes) return;
  const response = await request(options, start);
  const status = response.statusCode ?? 0;
  if (status === 416 && start > 0) {
    response.destroy();
    // Either everything is there, or the file at the server has changed: start over.
    if (totalOf(response) === start) return;
    truncateSync(part, 0);
    return download({ ...options, resume: undefined });
  }
  if (status !== 200 && status !== 206) {
    response.destroy();
    throw new HttpFailure(
      `the server answered ${status} ${response.statusMessage ?? ''}`.trim(),
      status >= 500,
    );
  }
  if (status === 206 && rangeStart(response) !== start) {
    response.destroy();
    throw new HttpFailure(`the server sent another range than was asked for`, false);
  }
  const resumedAt = status === 206 ? start : 0;
  onStart({ etag: strongEtag(response), lastModified: response.headers['last-modified'] });
  await receive(response, resumedAt, options);
}

async function receive(
  response: IncomingMessage,
  resumedAt: number,
  options: DownloadOptions,
): Promise<void> {
  const { part, expectedBytes, onProgress } = options;
  const total = totalOf(response) ?? expectedBytes;
  if (expectedBytes !== undefined && total !== expectedBytes) {
    response.destroy();
    throw new HttpFailure(
      `the server has ${total} bytes, but the published file has ${expectedBytes}`,
      false,
    );
  }
  const file = await open(part, resumedAt > 0 ? 'r+' : 'w');
  let received = resumedAt;
  let shown = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (received + chunk.length > (total ?? maxBytes)) {
        throw new HttpFailure(`the server sent more than ${total ?? maxBytes} bytes`, false);
      }
      await file.write(chunk, 0, chunk.length, received);
      received += chunk.length;
      if (received - shown > 2 ** 18) {
        shown = received;
        onProgress({ received, total, resumedAt });
      }
    }
  } catch (error) {
    throw explained(error);
  } finally {
    response.destroy();
    await file.close();
  }
  if (total !== undefined && received !== total) {
    throw new HttpFailure(`the connection ended after ${received} of ${total} bytes`, true);
  }
  onProgress({ received, total, resumedAt });
}

function request(
  options: DownloadOptions,
  start: number,
  redirects = 0,
  url = options.url,
): Promise<IncomingMessage> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'ccl-lab' };
  if (start > 0) {
    headers.range = `bytes=${start}-`;
    const validator = options.resume?.etag ?? options.resume?.lastModified;
    if (validator !== undefined) headers['if-range'] = validator;
  }
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    const sent = get(url, { headers, signal: options.signal, timeout: idleMilliseconds }, (response) => {
      const { location } = response.headers;
      const moved = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) && location !== undefined;
      if (!moved) return resolve(response);
      response.resume();
      if (redirects >= maxRedirects) return reject(new HttpFailure('it redirects without end', false));
      const next = target(location, url);
      if (next === undefined) return reject(new HttpFailure(`it redirects to ${location}`, false));
      request(options, start, redirects + 1, next).then(resolve, reject);
    });
    sent.on('timeout', () =>
      sent.destroy(new HttpFailure(`nothing was heard for ${idleMilliseconds / 1000} seconds`, true)),
    );
    sent.on('error', (error) => reject(explained(error)));
  });
}

/** Where a redirect leads; undefined if that is no web address. */
function target(location: string, from: string): string | undefined {
  try {
    const { href, protocol } = new URL(location, from);
    return ['http:', 'https:'].includes(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}

/** Errors of the connection become failures in words; those of the disk pass. */
function explained(error: unknown): unknown {
  if (error instanceof HttpFailure) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  const noAddress = ['ENOTFOUND', 'EAI_AGAIN'].includes(code);
  if (noAddress) return new HttpFailure(`no such host, or no network (${code})`, false);
  const unreachable = ['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'ERR_INVALID_URL'].includes(code);
  if (unreachable) return new HttpFailure(`it cannot be reached (${code})`, false);
  const broken = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ABORT_ERR', 'ERR_STREAM_PREMATURE_CLOSE'].includes(
    code,
  );
  if (broken || message === 'aborted')
    return new HttpFailure(`the connection broke (${code || message})`, true);
  if (/CERT|SSL|TLS/.test(code)) return new HttpFailure(`its certificate is not accepted (${code})`, false);
  return error;
}

/** Weak entity tags must not be used for ranges. */
function strongEtag({ headers }: IncomingMessage): string | undefined {
  return headers.etag?.startsWith('W/') === true ? undefined : headers.etag;
}

function rangeStart({ headers }: IncomingMessage): number | undefined {
  const match = /^bytes (\d+)-/.exec(headers['content-range'] ?? '');
  return match === null ? undefined : Number(match[1]);
}

/** Size of the whole file as the server says it. */
function totalOf({ headers, statusCode }: IncomingMessage): number | undefined {
  const ranged = /\/(\d+)$/.exec(headers['content-range'] ?? '');
  if (ranged !== null) return Number(ranged[1]);
  const length = headers['content-length'];
  return statusCode === 200 && length !== undefined ? Number(length) : undefined;
}
