import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted, UserError } from '../errors';
import { explainedWriteError, isAlive, makeFolder, writeFileWhole } from '../platform/formats/write-file';
import { checkPublished, faultOf } from './content-hash';
import type { SourceFile } from './dataset';
import { download, HttpFailure, type Validator } from './http-download';

/** Tells how far a download is: every 256 KiB and at the end. */
export type FetchProgress = (event: {
  readonly file: string;
  readonly received: number;
  /** Undefined while the server has not said it. */
  readonly total?: number;
  /** Bytes that were there from an earlier try. */
  readonly resumedAt: number;
}) => void;

export interface FetchFileOptions {
  readonly file: SourceFile;
  /** Where the file comes to lie. */
  readonly target: string;
  /** Addresses to try in this order. */
  readonly urls: readonly string[];
  readonly onProgress?: FetchProgress;
  readonly signal?: AbortSignal;
  /** How often a broken connection is taken up again. */
  readonly retries?: number;
  /** Milliseconds before the first retry; doubled each time. */
  readonly wait?: number;
}

/** What a partial file belongs to; a server may have another version when the rest is asked for. */
interface Partial {
  readonly url: string;
  readonly validator: Validator;
}

/**
 * Fetches a file: takes up a partial one where the server can (HTTP ranges), checks size and published checksum, and
 * only then gives it its name. What was received stays beside it as `NAME.part` when the work is cut off.
 *
 * @returns `present` if a right file was there already
 * @throws UserError if no address answers, or the content is not the published one; Interrupted if `signal` aborts
 */
export async function fetchFile(options: FetchFileOptions): Promise<'present' | 'fetched'> {
  const { file, target } = options;
  if (existsSync(target)) {
    await checkPublished(target, file);
    return 'present';
  }
  try {
    makeFolder(dirname(target));
  } catch (error) {
    throw explainedWriteError(target, error);
  }
  await withLock(`${target}.lock`, `a download of ${file.name}`, () => fromAnyAddress(options));
  return 'fetched';
}

async function fromAnyAddress(options: FetchFileOptions): Promise<void> {
  const { file, target, urls } = options;
  const failures: string[] = [];
  for (const url of preferred(urls, target)) {
    try {
      await fromAddress(url, options);
      await acceptPartial(file, target);
      return;
    } catch (error) {
      if (!(error instanceof HttpFailure) && !(error instanceof UserError)) throw error;
      failures.push(`${url}: ${error.message}`);
    }
  }
  throw new UserError(
    [
      `${file.name} could not be fetched.`,
      ...failures.map((failure) => `  ${failure}`),
      ...(partialBytes(target) > 0
        ? ['What was received is kept; the same command goes on from there.']
        : []),
      `By hand: load ${file.name} from`,
      ...[...new Set([...urls, ...file.urls])].map((url) => `  ${url}`),
      `and put it at`,
      `  ${target}`,
    ].join('\n'),
  );
}

/** The address that a partial file came from first. */
function preferred(urls: readonly string[], target: string): readonly string[] {
  const last = readPartial(target)?.url;
  return last !== undefined && urls.includes(last) ? [last, ...urls.filter((url) => url !== last)] : urls;
}

async function fromAddress(url: string, options: FetchFileOptions): Promise<void> {
  const { target, file, onProgress, signal, retries = 4, wait = 1000 } = options;
  for (let attempt = 0; ; attempt++) {
    const before = partialBytes(target);
    try {
      await download({
        url,
        part: `${target}.part`,
        resume: readPartial(target)?.url === url ? readPartial(target)?.validator : undefined,
        expectedBytes: file.bytes,
        signal,
        onStart: (validator) =>
          writeFileWhole(`${target}.part.json`, JSON.stringify({ url, validator } satisfies Partial)),
        onProgress: (progress) => onProgress?.({ file: file.name, ...progress }),
      });
      return;
    } catch (error) {
      if (signal?.aborted === true) {
        throw new Interrupted(`fetching ${file.name} was stopped; the same command goes on from there`);
      }
      if (!(error instanceof HttpFailure)) throw explainedWriteError(target, error);
      // A connection that brought something may break as often as it likes.
      if (partialBytes(target) > before) attempt = -1;
      if (!error.again || attempt >= retries) throw error;
      await sleep(wait * 2 ** Math.max(0, attempt), undefined, { signal }).catch(() => undefined);
    }
  }
}

function partialBytes(target: string): number {
  return existsSync(`${target}.part`) ? statSync(`${target}.part`).size : 0;
}

function readPartial(target: string): Partial | undefined {
  if (partialBytes(target) === 0) return undefined;
  try {
    return JSON.parse(readFileSync(`${target}.part.json`, 'utf8')) as Partial;
  } catch {
    return undefined;
  }
}

/** Checks a whole download and gives it its name; a wrong one is deleted, since it cannot be mended. */
async function acceptPartial(file: SourceFile, target: string): Promise<void> {
  const part = `${target}.part`;
  const fault = await faultOf(part, file);
  if (fault !== null) {
    [part, `${part}.json`].forEach((path) => rmSync(path, { force: true }));
    throw new UserError(`what it sent ${fault} (deleted)`);
  }
  await rename(part, target);
  rmSync(`${part}.json`, { force: true });
}

/**
 * Does work that two processes must not do at once. A lock whose process is gone is taken over.
 *
 * @param what for the message, e.g. «a download of x.tgz»
 * @throws UserError if another living process holds the lock
 */
async function withLock<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  take(path, what);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string, what: string): void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw explainedWriteError(path, error);
      const holder = Number(readFileSync(path, 'utf8'));
      if (isAlive(holder)) {
        throw new UserError(
          `${what} is under way already (process ${holder}). Wait for it; if there is no such process, delete ${path}.`,
        );
      }
      rmSync(path, { force: true });
    }
  }
  throw new UserError(`${what} is under way already: ${path} was taken just now. Wait for it.`);
}
