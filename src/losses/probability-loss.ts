import type {
  LossOptionValues,
  Named,
  PointFunction,
  ProbabilityLoss,
  TrueClass,
  TrueClassTensors,
} from './loss';
import type { Tensor1D } from '../platform/backend/tensor';

/** What a file of a loss of kind p states: its formulas, on numbers and on tensors. */
export interface LossForms {
  readonly value: (at: TrueClass) => number;
  readonly slope: (at: TrueClass) => number;
  readonly curvature: (at: TrueClass) => number;
  readonly weight: (at: TrueClass) => number;
  readonly weightSlope: (at: TrueClass) => number;
  readonly values: (at: TrueClassTensors) => Tensor1D;
  readonly weights: (at: TrueClassTensors) => Tensor1D;
  readonly constantWeight?: number;
}

/** Name, label and options of a loss, and all of its forms, made into the object that people use. */
export function probabilityLoss(
  identity: Named & {
    readonly name: string;
    readonly options: LossOptionValues;
    readonly revision?: number;
  },
  forms: LossForms,
): ProbabilityLoss {
  return {
    kind: 'p',
    ...identity,
    value: onNumbersAndArrays(forms.value),
    slope: onNumbersAndArrays(forms.slope),
    curvature: onNumbersAndArrays(forms.curvature),
    weight: onNumbersAndArrays(forms.weight),
    weightSlope: onNumbersAndArrays(forms.weightSlope),
    valueAt: forms.value,
    slopeAt: forms.slope,
    curvatureAt: forms.curvature,
    weightAt: forms.weight,
    weightSlopeAt: forms.weightSlope,
    values: forms.values,
    weights: forms.weights,
    constantWeight: forms.constantWeight ?? null,
  };
}

/** p, 1 - p and -ln p; 1 - p is exact for p in [1/2, 1]. */
export function trueClassOf(p: number): TrueClass {
  return { p, q: 1 - p, u: -Math.log(p) };
}

/** The true class from its scaled logit phi = ln(p / (1 - p)): exact at both ends. */
export function trueClassAtLogit(phi: number): TrueClass {
  const small = Math.exp(-Math.abs(phi));
  const [more, less, u] = [1 / (1 + small), small / (1 + small), Math.log1p(small)];
  return phi > 0 ? { p: more, q: less, u } : { p: less, q: more, u: u - phi };
}

/** c x with 0 x Infinity = 0: a part with the share 0 is absent also where it would be infinite. */
export function share(c: number, x: number): number {
  return c === 0 ? 0 : c * x;
}

/** The sum of c f over some losses; a part with c = 0 is absent also where it would be infinite. */
export function weightedSum(all: readonly (readonly [number, LossForms])[]): LossForms {
  const parts = all.filter(([c]) => c !== 0);
  const sum =
    (form: 'value' | 'slope' | 'curvature' | 'weight' | 'weightSlope') =>
    (at: TrueClass): number =>
      parts.reduce((total, [c, forms]) => total + c * forms[form](at), 0);
  const tensorSum =
    (form: 'values' | 'weights') =>
    (at: TrueClassTensors): Tensor1D => {
      const scaledParts = parts.map(([c, forms]) =>
        c === 1 ? forms[form](at) : forms[form](at).mul<Tensor1D>(c),
      );
      if (scaledParts.length === 0) return at.u.zerosLike<Tensor1D>();
      return scaledParts.reduce((total, part) => total.add<Tensor1D>(part));
    };
  return {
    value: sum('value'),
    slope: sum('slope'),
    curvature: sum('curvature'),
    weight: sum('weight'),
    weightSlope: sum('weightSlope'),
    values: tensorSum('values'),
    weights: tensorSum('weights'),
  };
}

/** a convex + (1 - a) concave. */
export function convexConcaveSum(a: number, convex: LossForms, concave: LossForms): LossForms {
  return weightedSum([
    [a, convex],
    [1 - a, concave],
  ]);
}

/** beta f. */
export function scaled(beta: number, forms: LossForms): LossForms {
  return beta === 1 ? forms : weightedSum([[beta, forms]]);
}

function onNumbersAndArrays(f: (at: TrueClass) => number): PointFunction {
  return ((p: number | ArrayLike<number>) =>
    typeof p === 'number'
      ? f(trueClassOf(p))
      : Float64Array.from(p, (each) => f(trueClassOf(each)))) as PointFunction;
}
