import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { UserError } from '../../../errors';
import { projectRoot } from '../../../paths';

const python = join(projectRoot, '.venv', 'bin', 'python');
const keptLogLines = 12;

/**
 * Starts driver.py, sends it a request, and hears its events until it ends.
 *
 * @param hear may cancel what is under way; an error that it throws does so, and is thrown at the end
 * @throws UserError with the driver's last words if it does not end well
 */
export async function converse<Event>(
  request: Readonly<Record<string, unknown>>,
  hear: (event: Event, cancel: () => void) => void,
  signal?: AbortSignal,
): Promise<void> {
  // A process group of its own: a Ctrl-C in the terminal must reach it through this process alone.
  const child = spawn(python, [join(__dirname, 'driver.py')], { detached: true });
  const log: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log.push(...text.split('\n').filter((line) => line.trim() !== ''));
    log.splice(0, log.length - keptLogLines);
  });
  child.stdin.on('error', () => undefined);
  const cancel = (): void => void child.stdin.end('cancel\n');
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel);
  let broken: unknown;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (broken !== undefined) return;
    try {
      hear(JSON.parse(line) as Event, cancel);
    } catch (error) {
      broken = error;
      cancel();
    }
  });
  if (child.stdin.writable) child.stdin.write(`${JSON.stringify(request)}\n`);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  signal?.removeEventListener('abort', cancel);
  if (broken !== undefined) throw broken;
  if (status === 0 || signal?.aborted) return;
  throw new UserError(
    `The Ray cluster at ${String(request.address)} did not do it. Is it running (npx ccl cluster status)? ` +
      `Last words:\n${log.join('\n')}`,
  );
}
