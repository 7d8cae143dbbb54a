import { Interrupted } from '../../errors';
import { WorkerCrashed } from '../../experiments/executors/worker-process';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/**
 * Runs work with a signal that Ctrl-C, a closed terminal or a polite kill aborts; a second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  signals.forEach((name) => process.on(name, stop));
  try {
    return await work(controller.signal);
  } catch (error) {
    // A terminal sends the signal to the whole group, and a worker that is still starting ends by it.
    if (controller.signal.aborted && error instanceof WorkerCrashed) throw new Interrupted('Interrupted.');
    throw error;
  } finally {
    signals.forEach((name) => process.removeListener(name, stop));
  }
}
