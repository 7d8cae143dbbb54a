import type { Scalar, Tensor1D, Tensor2D, TensorFlow } from '../platform/backend/tensor';

/**
 * Squared maximum mean discrepancy between the rows of x and of y, each [m, d], the biased estimate with the kernel
 * k(a, b) = exp(-|a - b|^2 / (2 sigma^2)): mean k(x, x) + mean k(y, y) - 2 mean k(x, y) (Gretton et al., JMLR 2012,
 * equation 5). In [0, 2]. Call it inside tf.tidy.
 *
 * @returns the value, and its gradient with respect to x, [m, d]:
 *   2 / (m^2 sigma^2) sum_j [k(x_i, x_j) (x_j - x_i) - k(x_i, y_j) (y_j - x_i)]
 */
export function squaredMmd(
  tf: TensorFlow,
  x: Tensor2D,
  y: Tensor2D,
  sigma = 1,
): { value: Scalar; gradient: Tensor2D } {
  const m = x.shape[0];
  const kernel = (a: Tensor2D, b: Tensor2D): Tensor2D => {
    const products = tf.matMul(a, b, false, true) as Tensor2D;
    const squares = (rows: Tensor2D): Tensor1D => rows.square().sum<Tensor1D>(1);
    const distances = squares(a)
      .expandDims<Tensor2D>(1)
      .add<Tensor2D>(squares(b))
      .sub<Tensor2D>(products.mul(2));
    return distances.mul<Tensor2D>(-1 / (2 * sigma * sigma)).exp<Tensor2D>();
  };
  const [xx, xy, yy] = [kernel(x, x), kernel(x, y), kernel(y, y)];
  const value = xx.mean<Scalar>().add<Scalar>(yy.mean()).sub<Scalar>(xy.mean().mul(2));
  const towards = (k: Tensor2D, rows: Tensor2D): Tensor2D =>
    (tf.matMul(k, rows) as Tensor2D).sub<Tensor2D>(x.mul(k.sum(1, true)));
  const gradient = towards(xx, x)
    .sub<Tensor2D>(towards(xy, y))
    .mul<Tensor2D>(2 / (m * m * sigma * sigma));
  return { value, gradient };
}
