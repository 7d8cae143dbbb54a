import type { Tensor1D } from '../platform/backend/tensor';
import { badInput, UserError } from '../errors';
import type { LossOptionValues, ProbabilityLoss, TrueClass, TrueClassTensors } from './loss';
import { probabilityLoss, trueClassOf, type LossForms } from './probability-loss';

/** What a formula of a loss is made of: p = p_y, q = 1 - p without loss of digits, u = -ln p likewise. */
export interface FormulaVariables {
  readonly p: Expression;
  readonly q: Expression;
  readonly u: Expression;
}

/** f(p) as an expression, e.g. `({ p, u }) => u.mul(0.5).sub(p.pow(3).mul(0.5))`. */
export type Formula = (variables: FormulaVariables) => Expression;

type Operand = Expression | number;
type Binary = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum';
type Unary = 'neg' | 'exp' | 'log' | 'log1p' | 'expm1' | 'sqrt' | 'abs' | 'sign' | 'step';

type Node =
  | { readonly op: 'number'; readonly value: number }
  | { readonly op: 'variable'; readonly name: keyof TrueClass }
  | { readonly op: 'pow'; readonly a: Expression; readonly exponent: number }
  | { readonly op: Unary; readonly a: Expression }
  | { readonly op: Binary; readonly a: Expression; readonly b: Expression };

/**
 * A formula of p, q and u, written once with the methods that tensors have too. It is computed on numbers and on tensors and
 * differentiated symbolically. Products with 0 are 0 and gone, so that no 0 x Infinity is left of a part with the share 0.
 */
export class Expression {
  /** @internal */
  constructor(readonly node: Node) {}

  add(other: Operand): Expression {
    const b = expression(other);
    if (isNumber(this, 0)) return b;
    return isNumber(b, 0) ? this : folded('add', this, b);
  }

  sub(other: Operand): Expression {
    const b = expression(other);
    if (isNumber(this, 0)) return b.neg();
    return isNumber(b, 0) ? this : folded('sub', this, b);
  }

  mul(other: Operand): Expression {
    const b = expression(other);
    if (isNumber(this, 0) || isNumber(b, 0)) return expression(0);
    if (isNumber(this, 1)) return b;
    return isNumber(b, 1) ? this : folded('mul', this, b);
  }

  div(other: Operand): Expression {
    const b = expression(other);
    if (isNumber(this, 0)) return this;
    return isNumber(b, 1) ? this : folded('div', this, b);
  }

  /** The larger of the two. */
  maximum(other: Operand): Expression {
    return folded('maximum', this, expression(other));
  }

  minimum(other: Operand): Expression {
    return folded('minimum', this, expression(other));
  }

  pow(exponent: number): Expression {
    if (exponent === 0) return expression(1);
    return exponent === 1 ? this : foldedOne({ op: 'pow', a: this, exponent });
  }

  square(): Expression {
    return this.pow(2);
  }

  neg(): Expression {
    return this.node.op === 'neg' ? this.node.a : this.unary('neg');
  }

  exp(): Expression {
    return this.unary('exp');
  }

  /** The natural logarithm; of p it is -u, which is exact. */
  log(): Expression {
    return this.unary('log');
  }

  log1p(): Expression {
    return this.unary('log1p');
  }

  expm1(): Expression {
    return this.unary('expm1');
  }

  sqrt(): Expression {
    return this.unary('sqrt');
  }

  abs(): Expression {
    return this.unary('abs');
  }

  private unary(op: Unary): Expression {
    return foldedOne({ op, a: this });
  }

  /** The value at a point; NaN where the formula as written is. */
  at(point: TrueClass): number {
    return numberOf(this, point, new Map());
  }

  /** Its derivative by p, or by u = -ln p, which is the weight's: w = -p f'(p) = df/du. */
  derivative(by: 'p' | 'u'): Expression {
    return derivative(this, by);
  }
}

const variable = (name: keyof TrueClass): Expression => new Expression({ op: 'variable', name });
const variables: FormulaVariables = { p: variable('p'), q: variable('q'), u: variable('u') };

function expression(given: Operand): Expression {
  return typeof given === 'number' ? new Expression({ op: 'number', value: given }) : given;
}

function isNumber({ node }: Expression, value: number): boolean {
  return node.op === 'number' && node.value === value;
}

function folded(op: Binary, a: Expression, b: Expression): Expression {
  if (a.node.op !== 'number' || b.node.op !== 'number') return new Expression({ op, a, b });
  return expression(binaryOf[op](a.node.value, b.node.value));
}

function foldedOne(node: Extract<Node, { a: Expression }> & { b?: never }): Expression {
  const made = new Expression(node);
  return node.a.node.op === 'number' ? expression(made.at({ p: NaN, q: NaN, u: NaN })) : made;
}

const binaryOf: Readonly<Record<Binary, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

const unaryOf: Readonly<Record<Unary, (a: number) => number>> = {
  neg: (a) => -a,
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  // 1 above 0, else 0: where a maximum follows its first part.
  step: (a) => (a > 0 ? 1 : 0),
};

function numberOf(of: Expression, at: TrueClass, known: Map<Expression, number>): number {
  const found = known.get(of);
  if (found !== undefined) return found;
  const { node } = of;
  const value = ((): number => {
    if (node.op === 'number') return node.value;
    if (node.op === 'variable') return at[node.name];
    const a = numberOf(node.a, at, known);
    if (node.op === 'pow') return a ** node.exponent;
    return 'b' in node ? binaryOf[node.op](a, numberOf(node.b, at, known)) : unaryOf[node.op](a);
  })();
  known.set(of, value);
  return value;
}

function derivative(of: Expression, by: 'p' | 'u'): Expression {
  const { node } = of;
  const d = (part: Expression): Expression => derivative(part, by);
  switch (node.op) {
    case 'number':
    case 'sign':
    case 'step':
      return expression(0);
    case 'variable':
      return ofVariable(node.name, by);
    case 'add':
      return d(node.a).add(d(node.b));
    case 'sub':
      return d(node.a).sub(d(node.b));
    case 'mul':
      return d(node.a)
        .mul(node.b)
        .add(node.a.mul(d(node.b)));
    case 'div':
      return d(node.a)
        .div(node.b)
        .sub(of.mul(d(node.b)).div(node.b));
    case 'maximum':
    case 'minimum': {
      const sides = node.op === 'maximum' ? node.a.sub(node.b) : node.b.sub(node.a);
      const first = foldedOne({ op: 'step', a: sides });
      return d(node.a)
        .mul(first)
        .add(d(node.b).mul(first.neg().add(1)));
    }
    case 'pow':
      return node.a
        .pow(node.exponent - 1)
        .mul(node.exponent)
        .mul(d(node.a));
    case 'neg':
      return d(node.a).neg();
    case 'exp':
      return of.mul(d(node.a));
    case 'expm1':
      return node.a.exp().mul(d(node.a));
    case 'log':
      return d(node.a).div(node.a);
    case 'log1p':
      return d(node.a).div(node.a.add(1));
    case 'sqrt':
      return d(node.a).div(of.mul(2));
    case 'abs':
      return d(node.a).mul(foldedOne({ op: 'sign', a: node.a }));
  }
}

function ofVariable(name: keyof TrueClass, by: 'p' | 'u'): Expression {
  const { p } = variables;
  if (by === 'u') return { p: p.neg(), q: p, u: expression(1) }[name];
  return { p: expression(1), q: expression(-1), u: expression(-1).div(p) }[name];
}

/** Below it float32 has no full numbers. */
const smallest = 1e-37;

/** On tensors; p and q count as at least 1e-37, so that logarithms and negative powers of them stay finite. */
function tensorOf(of: Expression, at: TrueClassTensors): Tensor1D {
  const known = new Map<Expression, Tensor1D | number>();
  const visit = (part: Expression): Tensor1D | number => {
    const found = known.get(part);
    if (found !== undefined) return found;
    const value = computed(part);
    known.set(part, value);
    return value;
  };
  const computed = ({ node }: Expression): Tensor1D | number => {
    if (node.op === 'number') return node.value;
    if (node.op === 'variable') return node.name === 'u' ? at.u : at[node.name].maximum<Tensor1D>(smallest);
    // Numbers were folded: at least one side is a tensor.
    if ('b' in node) return onTensors(node.op, visit(node.a), visit(node.b));
    const a = visit(node.a) as Tensor1D;
    if (node.op === 'pow') return a.pow<Tensor1D>(node.exponent);
    return node.op === 'step' ? a.greater<Tensor1D>(0).toFloat<Tensor1D>() : a[node.op]<Tensor1D>();
  };
  const result = visit(of);
  return typeof result === 'number' ? at.u.zerosLike<Tensor1D>().add(result) : result;
}

function onTensors(op: Binary, a: Tensor1D | number, b: Tensor1D | number): Tensor1D {
  if (typeof a !== 'number') return a[op]<Tensor1D>(b);
  const other = b as Tensor1D;
  if (op === 'sub') return other.neg<Tensor1D>().add(a);
  return op === 'div' ? other.pow<Tensor1D>(-1).mul(a) : other[op]<Tensor1D>(a);
}

/**
 * All forms of a loss from its formula: w = df/du and its slope -(1/p) d2f/du2 without cancellation, f' and f'' by p. Where a
 * form is NaN as written (0/0 at p = 0 or 1), its limit stands in.
 *
 * @param exact closed forms that are used instead, e.g. where the derived one loses digits
 * @throws UserError for a closed form that is not the derived one, with the first point where they part; for a formula that
 *   is no number somewhere inside of (0, 1), or that rises with p everywhere
 */
export function formsOfFormula(formula: Formula, exact: Partial<LossForms> = {}): LossForms {
  const value: unknown = formula(variables);
  if (!(value instanceof Expression)) {
    throw badInput(
      'the formula of this loss',
      value,
      'must be an expression of p, q = 1 - p and u = -ln p',
      'Write it with their methods, e.g. ({ p, u }) => u.sub(p.pow(2))',
    );
  }
  const weight = value.derivative('u');
  const slope = value.derivative('p');
  const curvature = slope.derivative('p');
  const turn = weight.derivative('u').neg().div(variables.p);
  const derived: LossForms = {
    value: withLimits(value),
    slope: withLimits(slope),
    curvature: withLimits(curvature),
    weight: withLimits(weight),
    weightSlope: withLimits(turn),
    values: (at) => tensorOf(value, at),
    weights: (at) => tensorOf(weight, at),
    ...(weight.node.op === 'number' && { constantWeight: weight.node.value }),
  };
  mustAgree(exact, derived);
  mustTrain(derived);
  return { ...derived, ...exact };
}

const places = [1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999];
const numberForms = ['value', 'slope', 'curvature', 'weight', 'weightSlope'] as const;

function mustAgree(exact: Partial<LossForms>, derived: LossForms): void {
  for (const form of numberForms) {
    const given = exact[form];
    if (given === undefined) continue;
    for (const p of places) {
      const [found, right] = [given(trueClassOf(p)), derived[form](trueClassOf(p))];
      if (Math.abs(found - right) <= 1e-6 * (Math.abs(right) + 1e-3)) continue;
      throw new UserError(
        `The ${form} of this loss is ${found.toPrecision(6)} at p = ${p}, but its formula gives ${right.toPrecision(6)}. ` +
          'Correct it, or leave it out: it follows from the formula.',
      );
    }
  }
}

/** A formula must have a value and a weight at each p, and must not reward low probabilities everywhere: its sign is turned. */
function mustTrain({ value, weight }: LossForms): void {
  for (const p of places) {
    const found = [value(trueClassOf(p)), weight(trueClassOf(p))];
    if (found.every(Number.isFinite)) continue;
    throw new UserError(
      `This loss is ${found[0]} at p = ${p}, with the weight ${found[1]}, but both must be finite numbers inside of (0, 1). ` +
        'Look for a logarithm or a root of something negative, or a division by 0.',
    );
  }
  const weights = places.map((p) => weight(trueClassOf(p)));
  if (weights.some((each) => each > 0) || weights.every((each) => each === 0)) return;
  throw new UserError(
    `This loss rises with p: its weight -p f'(p) is ${weight(trueClassOf(0.5)).toPrecision(3)} at p = 0.5 and above 0 nowhere, ` +
      'so that training would unlearn the classes. Turn its sign.',
  );
}

/** The form, and where that is NaN its limit from inside of (0, 1). */
function withLimits(form: Expression): (at: TrueClass) => number {
  return (at) => {
    const value = form.at(at);
    if (!Number.isNaN(value) || Number.isNaN(at.p)) return value;
    const [far, near] = [1e-6, 1e-9].map((distance) =>
      form.at(
        at.p < 0.5 ? trueClassOf(distance) : { p: 1 - distance, q: distance, u: -Math.log1p(-distance) },
      ),
    );
    if (Math.abs(near) > 10 * Math.abs(far)) return Math.sign(near) * Infinity;
    return Math.abs(near) < Math.abs(far) / 10 ? 0 : near;
  };
}

/**
 * A loss of one's own from its formula; nothing has to be registered.
 *
 * @param f f(p), as an expression of p, q = 1 - p and u = -ln p
 * @param exact closed forms to be used instead of the derived ones
 * @throws UserError for a closed form that is not the derived one
 *
 * @example
 * const cubic = lossOfFormula({ name: 'cubic', options: {} }, ({ p, u }) => u.sub(p.pow(3)));
 * cubic.weight(0.5); // 1 + 3 / 8
 */
export function lossOfFormula(
  identity: {
    readonly name: string;
    readonly options: LossOptionValues;
    readonly title?: string;
    readonly label?: string;
    /** As `Loss.revision` has it. */
    readonly revision?: number;
  },
  f: Formula,
  exact?: Partial<LossForms>,
): ProbabilityLoss {
  const { name, options, title = name, revision } = identity;
  const said = Object.entries(options).map(([option, value]) => `${option} ${value}`);
  const label = identity.label ?? (said.length === 0 ? title : `${title} (${said.join(', ')})`);
  const raised = revision === undefined ? {} : { revision };
  return probabilityLoss({ name, options, title, label, ...raised }, formsOfFormula(f, exact));
}
