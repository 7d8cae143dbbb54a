import type { Window } from './kernels';
import { attributeMaker, type NativeBackend } from './native-operations';
import type { Tensor, Tensor4D, TensorFlow } from './tensor';

/** Whether the windows are 2 x 2, lie side by side and cover the whole of x. */
export function isPoolingByPairs({ size, stride, pad }: Window, x: Tensor4D): boolean {
  const [, height, width] = x.shape;
  return size === 2 && stride === 2 && pad[0] + pad[1] === 0 && height % 2 === 0 && width % 2 === 0;
}

/**
 * The gradient of max pooling over 2 x 2 windows, with the bits of TensorFlow's MaxPoolGrad, which looks for the largest
 * value of each window one value at a time and takes twice as long. Here whole arrays are compared: the left value of each
 * pair with the right one, then the larger one of the upper pair with that of the lower pair. Of equal values the first
 * one gets the gradient, left before right and upper before lower, as there.
 *
 * @returns the function (x, dy) => dx; x as [batch, 2 h, 2 w, channels], dy as [batch, h, w, channels]
 */
export function poolGradientByPairs(
  tf: TensorFlow,
  backend: NativeBackend,
): (x: Tensor4D, dy: Tensor4D) => Tensor4D {
  const attribute = attributeMaker(backend);
  const float = [attribute('T', 'TYPE', backend.binding.TF_FLOAT)];
  const halves = [...float, attribute('num_split', 'INT', 2)];
  const joined = [...float, attribute('N', 'INT', 2), attribute('Tidx', 'TYPE', backend.binding.TF_INT32)];
  const run = (name: string, ...inputs: Tensor[]): Tensor => backend.executeSingleOutput(name, float, inputs);
  const split = (x: Tensor, size: number, columns: Tensor): Tensor[] =>
    backend.executeMultipleOutputs('Split', halves, [columns, x.reshape([-1, 2 * size])], 2);
  const join = (first: Tensor, second: Tensor, size: number, columns: Tensor): Tensor =>
    backend.executeSingleOutput('ConcatV2', joined, [
      first.reshape([-1, size]),
      second.reshape([-1, size]),
      columns,
    ]);
  /** dy where `isFirst`, and dy elsewhere. */
  const deal = (isFirst: Tensor, dy: Tensor): [Tensor, Tensor] => {
    const first = run('Select', isFirst, dy, run('ZerosLike', dy));
    return [first, run('Sub', dy, first)];
  };
  return (x, dy) =>
    tf.tidy(() => {
      const [, , width, channels] = dy.shape;
      const row = width * channels;
      const columns = tf.scalar(1, 'int32');
      const [left, right] = split(x, channels, columns);
      const [upper, lower] = split(run('Maximum', left, right), row, columns);
      const dRows = deal(run('GreaterEqual', upper, lower), dy.reshape([-1, row]));
      const dPairs = join(...dRows, row, columns).reshape([-1, channels]);
      const dColumns = deal(run('GreaterEqual', left, right), dPairs);
      return join(...dColumns, channels, columns).reshape(x.shape) as Tensor4D;
    });
}
