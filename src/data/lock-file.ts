import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from '../errors';
import { explainedWriteError } from '../formats/write-file';

/**
 * Does work that two processes must not do at once. A lock whose process is gone is taken over.
 *
 * @param what for the message, e.g. «a download of x.tgz»
 * @throws UserError if another living process holds the lock
 */
export async function withLock<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
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

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
