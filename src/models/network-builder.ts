import { badInput } from '../errors';
import { randomStream } from '../platform/math/random';
import { drawWeights, type Fans, type InitializerName } from './initializers';
import type { ModelKey, NetworkArrays, TensorInfo } from './network';

type InfoWithoutTorch = Omit<TensorInfo, 'torchShape'>;

/**
 * Collects the arrays of a network while its layers are made. The order of the calls is PyTorch's order of parameters;
 * the order of the weighted layers gives each its own stream of random numbers.
 */
export class NetworkBuilder {
  readonly parameters: TensorInfo[] = [];
  readonly buffers: TensorInfo[] = [];
  hasBatchNorm = false;
  hasConvolutions = false;
  private dropouts = 0;
  private readonly drawn: {
    readonly weight: number;
    readonly bias: number | null;
    readonly initializer: InitializerName;
    readonly fans: Fans;
  }[] = [];
  private readonly parameterValues = new Map<number, number>();
  private readonly bufferValues: number[] = [];

  constructor(
    /** How convolutions and hidden dense layers start. */
    readonly initializer: InitializerName,
  ) {}

  /** Registers the weight, and the bias if there is one, of a dense or convolution layer. Returns their numbers. */
  weighted(
    name: string,
    shape: readonly number[],
    {
      bias,
      fans,
      initializer = this.initializer,
    }: { bias: boolean; fans: Fans; initializer?: InitializerName },
  ): { weight: number; bias: number | null } {
    const weightNumber = add(this.parameters, { name: `${name}.weight`, shape, role: 'weight' });
    const biasNumber = bias
      ? add(this.parameters, { name: `${name}.bias`, shape: [shape[shape.length - 1]], role: 'bias' })
      : null;
    this.drawn.push({ weight: weightNumber, bias: biasNumber, initializer, fans });
    return { weight: weightNumber, bias: biasNumber };
  }

  /** Registers a parameter whose values all start equal. */
  constant(info: InfoWithoutTorch, value: number): number {
    const number = add(this.parameters, info);
    this.parameterValues.set(number, value);
    return number;
  }

  /** Registers a buffer whose values all start equal. */
  buffer(info: InfoWithoutTorch, value: number): number {
    this.bufferValues.push(value);
    return add(this.buffers, info);
  }

  nextDropout(): number {
    return this.dropouts++;
  }

  initial(key: ModelKey): NetworkArrays {
    const largest = Math.max(0, ...this.parameters.map(elements));
    if (largest > mostWeights) {
      throw badInput(
        'the number of weights of a layer',
        largest,
        `must be at most ${mostWeights}, which take 4 GB`,
        'Choose a narrower network',
      );
    }
    const parameters: Float32Array[] = this.parameters.map(() => new Float32Array(0));
    this.parameterValues.forEach((value, number) => {
      parameters[number] = new Float32Array(elements(this.parameters[number])).fill(value);
    });
    this.drawn.forEach(({ weight, bias, initializer, fans }, layer) => {
      const stream = randomStream({ ...key, purpose: 'weights', step: layer });
      const size = elements(this.parameters[weight]);
      const biases = bias === null ? 0 : elements(this.parameters[bias]);
      const values = drawWeights(initializer, stream, { size, biases, ...fans });
      parameters[weight] = values.weights;
      if (bias !== null) parameters[bias] = values.biases;
    });
    const buffers = this.bufferValues.map((value, i) =>
      new Float32Array(elements(this.buffers[i])).fill(value),
    );
    return { parameters, buffers };
  }
}

function add(list: TensorInfo[], info: InfoWithoutTorch): number {
  return list.push({ ...info, torchShape: torchShapeOf(info.shape) }) - 1;
}

/** [in, out] to [out, in]; [height, width, in, out] to [out, in, height, width]. */
function torchShapeOf(shape: readonly number[]): readonly number[] {
  if (shape.length === 2) return [shape[1], shape[0]];
  if (shape.length === 4) return [shape[3], shape[2], shape[0], shape[1]];
  return shape;
}

/** Of one layer. */
const mostWeights = 2 ** 30;

/** Number of values of a tensor. */
export function elements({ shape }: { readonly shape: readonly number[] }): number {
  return shape.reduce((product, size) => product * size, 1);
}
