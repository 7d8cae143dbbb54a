import { fillNormals } from '../../src/platform/math/normal-stream';
import { randomStream } from '../../src/platform/math/random';

/** Standard normal numbers, one a call. */
export function normalStream(seed: number): () => number {
  const stream = randomStream({ seed, role: 'evaluation', purpose: 'synthetic' });
  const one = new Float64Array(1);
  return () => {
    fillNormals(one, stream);
    return one[0];
  };
}
