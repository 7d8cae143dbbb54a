import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface FileServer {
  readonly url: string;
  /** Range headers of the requests so far; undefined for a request without. */
  readonly ranges: (string | undefined)[];
  /** May be changed between requests. */
  behavior: Behavior;
  close(): void;
}

export interface Behavior {
  content: Buffer;
  etag?: string;
  /** Whether Range is obeyed. */
  ranged?: boolean;
  /** Break the connection after so many bytes of a response. */
  cutAfter?: number;
  /** Bytes of the file that the client has safely: only when they are as many as were sent the connection breaks. */
  kept?: () => number;
  /** Stop sending (but keep the connection) after so many bytes. */
  stallAfter?: number;
  status?: number;
  /** Leave the length out. */
  chunked?: boolean;
  redirect?: string;
  /** What holds from the next request on. */
  next?: Behavior;
}

/** A web server on this machine that hands out one file under any path, as well or as badly as told. */
export async function serveFile(behavior: Behavior): Promise<FileServer> {
  const ranges: (string | undefined)[] = [];
  const state = { behavior };
  const server = createServer((request, response) => {
    const now = state.behavior;
    state.behavior = now.next ?? now;
    answer(request, response, now, ranges);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/file.bin`,
    ranges,
    get behavior() {
      return state.behavior;
    },
    set behavior(next) {
      state.behavior = next;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  behavior: Behavior,
  ranges: (string | undefined)[],
): void {
  const { content, etag, ranged = true, cutAfter, stallAfter, status, chunked, redirect } = behavior;
  ranges.push(request.headers.range);
  if (redirect !== undefined && request.url !== '/moved') {
    response.writeHead(302, { location: redirect }).end();
    return;
  }
  if (status !== undefined) {
    response.writeHead(status).end('no');
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const condition = request.headers['if-range'];
  const partial =
    ranged && request.headers.range !== undefined && (condition === undefined || condition === etag);
  if (partial && start >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    return;
  }
  const body = partial ? content.subarray(start) : content;
  response.writeHead(partial ? 206 : 200, {
    ...(etag === undefined ? {} : { etag }),
    ...(chunked === true ? {} : { 'content-length': body.length }),
    ...(partial ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
  });
  const limit = cutAfter ?? stallAfter;
  if (limit === undefined || limit >= body.length) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, limit), () => {
    const wanted = (partial ? start : 0) + limit;
    if (cutAfter !== undefined) breakOnce(response, () => behavior.kept?.() ?? wanted, wanted);
  });
}

/** What is still under way when a connection breaks is lost, and how much that is depends on the load of the machine. */
function breakOnce(response: ServerResponse, kept: () => number, wanted: number): void {
  if (kept() >= wanted) response.destroy();
  else if (!response.destroyed) setTimeout(() => breakOnce(response, kept, wanted), 5);
}
