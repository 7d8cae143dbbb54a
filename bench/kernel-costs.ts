import type { TensorFlow } from '../src/platform/backend/tensor';

type Execute = (name: string, ...rest: unknown[]) => unknown;

/**
 * Shares of the time that a piece of work spends in TensorFlow's kernels, by name, the three largest first; empty if the
 * backend is not native.
 */
export function largestCosts(tf: TensorFlow, work: () => void): readonly (readonly [string, number])[] {
  if (tf.getBackend() !== 'tensorflow') return [];
  const backend = tf.backend() as unknown as Record<
    'executeSingleOutput' | 'executeMultipleOutputs',
    Execute
  >;
  const spent = new Map<string, number>();
  const originals = { ...pick(backend) };
  const timed =
    (execute: Execute): Execute =>
    (name, ...rest) => {
      const start = process.hrtime.bigint();
      const result = execute.call(backend, name, ...rest);
      spent.set(name, (spent.get(name) ?? 0) + Number(process.hrtime.bigint() - start));
      return result;
    };
  backend.executeSingleOutput = timed(originals.executeSingleOutput);
  backend.executeMultipleOutputs = timed(originals.executeMultipleOutputs);
  const start = process.hrtime.bigint();
  work();
  const total = Number(process.hrtime.bigint() - start);
  Object.assign(backend, originals);
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([name, time]) => [name, time / total] as const);
}

function pick(backend: Record<'executeSingleOutput' | 'executeMultipleOutputs', Execute>) {
  const { executeSingleOutput, executeMultipleOutputs } = backend;
  return { executeSingleOutput, executeMultipleOutputs };
}
