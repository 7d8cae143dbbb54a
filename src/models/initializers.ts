import type { RandomStream } from '../platform/math/random';

/**
 * How the start weights of convolutions and hidden dense layers are drawn, for a layer whose outputs each see `fanIn`
 * inputs and whose inputs each reach `fanOut` outputs:
 *
 * - pytorch: weights and biases uniform on +-1 / sqrt(fanIn), what nn.Linear and nn.Conv2d do by themselves
 * - he-in, he-out: normal with variance 2 / fanIn or 2 / fanOut, biases 0 (He et al., ICCV 2015; torchvision's ResNets and
 *   VGGs take fanOut, its DenseNets fanIn)
 * - glorot: uniform on +-sqrt(6 / (fanIn + fanOut)), biases 0 (Glorot and Bengio, AISTATS 2010)
 *
 * The output layer is always drawn as by `pytorch`.
 */
export const initializerNames = ['pytorch', 'he-in', 'he-out', 'glorot'] as const;

export type InitializerName = (typeof initializerNames)[number];

export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Start weights of a layer: `size` weights and `biases` biases. */
export function drawWeights(
  name: InitializerName,
  stream: RandomStream,
  { size, biases, fanIn, fanOut }: Fans & { readonly size: number; readonly biases: number },
): { weights: Float32Array; biases: Float32Array } {
  switch (name) {
    case 'pytorch': {
      const bound = 1 / Math.sqrt(fanIn);
      return { weights: uniforms(stream, size, bound), biases: uniforms(stream, biases, bound) };
    }
    case 'glorot':
      return {
        weights: uniforms(stream, size, Math.sqrt(6 / (fanIn + fanOut))),
        biases: new Float32Array(biases),
      };
    case 'he-in':
      return { weights: normals(stream, size, Math.sqrt(2 / fanIn)), biases: new Float32Array(biases) };
    case 'he-out':
      return { weights: normals(stream, size, Math.sqrt(2 / fanOut)), biases: new Float32Array(biases) };
  }
}

/** Uniform on [-bound, bound). */
function uniforms({ uniform }: RandomStream, size: number, bound: number): Float32Array {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) values[i] = bound * (2 * uniform() - 1);
  return values;
}

/** Normal with mean 0, by Box and Muller's method on 32-bit uniforms. */
function normals({ uint32 }: RandomStream, size: number, deviation: number): Float32Array {
  const values = new Float32Array(size);
  for (let i = 0; i < size; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log((uint32() + 0.5) / 2 ** 32));
    const angle = (2 * Math.PI * uint32()) / 2 ** 32;
    values[i] = radius * Math.cos(angle);
    // Past the end of an odd size nothing is written.
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}
