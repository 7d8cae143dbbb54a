import { attributeMaker, type Attribute, type NativeBackend } from './native-operations';
import type { Tensor, TensorFlow } from './tensor';

/** SGD as PyTorch's: with g = gradient + weightDecay w, v <- momentum v + g, w <- w - lr v (Nesterov: lr (g + momentum v)). */
export interface SgdSettings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

let made = 0;

/** Whether `InPlaceSgd` works: it needs TensorFlow's own variables. */
export function hasInPlaceSgd(tf: TensorFlow): boolean {
  return tf.getBackend() === 'tensorflow';
}

/**
 * SGD on variables of the native backend, which are changed where they stand: where weights do not fit in a processor's
 * cache, each tensor that is made on the way costs as much as the update itself.
 *
 * Owner of a few scalars. A variable is known by the tensor that `variable` gives, which has no values of its own.
 */
export class InPlaceSgd {
  private readonly backend: NativeBackend;
  private readonly attribute: ReturnType<typeof attributeMaker>;
  private readonly type: readonly Attribute[];
  private readonly updateAttributes: readonly Attribute[];
  private readonly momentumAttributes: readonly (readonly Attribute[])[];
  private readonly removeAttributes: readonly Attribute[];
  private scalars: { readonly key: string; readonly tensors: Scalars } | null = null;

  constructor(private readonly tf: TensorFlow) {
    this.backend = tf.backend() as unknown as NativeBackend;
    this.attribute = attributeMaker(this.backend);
    const { TF_FLOAT: float } = this.backend.binding;
    this.type = [this.attribute('dtype', 'TYPE', float)];
    this.updateAttributes = [
      this.attribute('T', 'TYPE', float),
      this.attribute('use_locking', 'BOOL', false),
    ];
    this.momentumAttributes = [false, true].map((nesterov) => [
      ...this.updateAttributes,
      this.attribute('use_nesterov', 'BOOL', nesterov),
    ]);
    this.removeAttributes = [this.attribute('ignore_lookup_error', 'BOOL', true)];
  }

  /** A variable with this value, which is disposed; `remove` frees it. */
  variable(value: Tensor): Tensor {
    const attributes = [
      ...this.type,
      this.attribute('shape', 'SHAPE', value.shape),
      this.attribute('container', 'STRING', ''),
      this.attribute('shared_name', 'STRING', `ccl-lab-${made++}`),
    ];
    const variable = this.backend.executeSingleOutput('VarHandleOp', attributes, []);
    this.run('AssignVariableOp', this.type, [variable, value]);
    value.dispose();
    return this.tf.keep(variable);
  }

  /** The value, uncopied. Dispose it before the next update, which otherwise has to copy the variable. */
  read(variable: Tensor): Tensor {
    return this.backend.executeSingleOutput('ReadVariableOp', this.type, [variable]);
  }

  /**
   * One update of a weight and its velocity, with the bits of the formula worked out term by term: momentum v, then
   * + gradient, then + weightDecay w. The gradient is disposed.
   */
  update(weight: Tensor, velocity: Tensor, gradient: Tensor, settings: SgdSettings): void {
    const { nesterov, weightDecay } = settings;
    const { rate, inertia, decay, zero, minusDecay } = this.scalarsOf(settings);
    // At rate 0 this kernel leaves the weight as it is.
    this.momentumStep(false, [weight, velocity, zero, gradient, inertia]);
    if (weightDecay > 0) this.descend(velocity, minusDecay, this.read(weight));
    if (nesterov) {
      const direction = this.tf.tidy(() => {
        const pulled = weightDecay > 0 ? [this.read(weight).mul(decay)] : [];
        return this.tf.addN([gradient, ...pulled, this.read(velocity).mul(inertia)]);
      });
      this.descend(weight, rate, direction);
    } else {
      this.descend(weight, rate, this.read(velocity));
    }
    gradient.dispose();
  }

  /** The same in fewer passes over memory, for stacks of models: weight decay goes into the old velocity, which rounds otherwise. */
  updateFolded(weight: Tensor, velocity: Tensor, gradient: Tensor, settings: SgdSettings): void {
    const { momentum, nesterov, weightDecay } = settings;
    const { rate, inertia, decay, pull } = this.scalarsOf(settings);
    let slope = gradient;
    if (weightDecay > 0) {
      const value = this.read(weight);
      if (momentum > 0 && !nesterov) {
        // momentum (v + weightDecay / momentum w) = momentum v + weightDecay w, with no tensor in between.
        this.descend(velocity, pull, value);
      } else {
        const pulled = value.mul(decay);
        slope = gradient.add(pulled);
        this.tf.dispose([pulled, gradient, value]);
      }
    }
    this.momentumStep(nesterov, [weight, velocity, rate, slope, inertia]);
    slope.dispose();
  }

  remove(variable: Tensor): void {
    this.run('DestroyResourceOp', this.removeAttributes, [variable]);
    variable.dispose();
  }

  dispose(): void {
    this.tf.dispose({ ...this.scalars?.tensors });
    this.scalars = null;
  }

  /** variable <- variable - rate direction; the direction is disposed. */
  private descend(variable: Tensor, rate: Tensor, direction: Tensor): void {
    this.run('ResourceApplyGradientDescent', this.updateAttributes, [variable, rate, direction]);
    direction.dispose();
  }

  /** v <- inertia v + gradient; w <- w - rate v. @param inputs weight, velocity, rate, gradient, inertia */
  private momentumStep(nesterov: boolean, inputs: readonly Tensor[]): void {
    this.run('ResourceApplyMomentum', this.momentumAttributes[Number(nesterov)], inputs);
  }

  private scalarsOf({ learningRate, momentum, weightDecay }: SgdSettings): Scalars {
    const key = [learningRate, momentum, weightDecay].join();
    if (this.scalars?.key !== key) {
      this.dispose();
      const scalar = (value: number): Tensor => this.tf.keep(this.tf.scalar(value));
      const tensors: Scalars = {
        zero: scalar(0),
        rate: scalar(learningRate),
        inertia: scalar(momentum),
        decay: scalar(weightDecay),
        minusDecay: scalar(-weightDecay),
        pull: scalar(momentum > 0 ? -weightDecay / momentum : 0),
      };
      this.scalars = { key, tensors };
    }
    return this.scalars.tensors;
  }

  private run(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): void {
    this.backend.executeMultipleOutputs(name, attributes, inputs, 0);
  }
}

/** Settings as tensors, and `pull` = -decay / momentum. */
type Scalars = Readonly<Record<'zero' | 'rate' | 'inertia' | 'decay' | 'minusDecay' | 'pull', Tensor>>;
