import { z } from 'zod';
import { type Expression, type FormulaVariables, formsOfFormula } from './formula';
import type { BatchLoss, LogitsLoss, LossOptionValues, ProbabilityLoss } from './loss';
import { beta } from './parameters';
import { probabilityLoss, scaled, type LossForms } from './probability-loss';

/** What a loss of each kind states on numbers and on tensors. */
interface FormsOfKind {
  readonly p: LossForms;
  readonly logits: Pick<LogitsLoss, 'onRow' | 'onTensors'>;
  readonly batch: Pick<BatchLoss, 'onLosses' | 'onTensors'>;
}

interface LossOfKind {
  readonly p: ProbabilityLoss;
  readonly logits: LogitsLoss;
  readonly batch: BatchLoss;
}

type Kind = keyof FormsOfKind;

/** The options of a loss, every default filled in. */
type Filled<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>> & { readonly beta: number };

/** What a person states of a loss. */
interface LossStatement<K extends Kind, Shape extends z.ZodRawShape> {
  readonly kind: K;
  readonly name: string;
  /** What labels begin with; the options follow in brackets. */
  readonly label: string;
  /** The options that labels say; default all. */
  readonly said?: (options: Filled<Shape>) => LossOptionValues;
  readonly title: string;
  /** Without the factor beta. */
  readonly formula: string;
  readonly reference: string;
  /** As `Loss.revision` has it. */
  readonly revision?: number;
  /** Its options with ranges and defaults (parameters.ts), but for beta, which every loss takes. */
  readonly parameters: Shape;
  /** The formulas for these options, times beta. */
  readonly forms: (options: Filled<Shape>) => FormsOfKind[K];
  readonly f?: never;
}

/** A loss of kind p of which f(p) is stated once; everything else follows from it. */
interface FormulaStatement<Shape extends z.ZodRawShape> extends Omit<
  LossStatement<'p', Shape>,
  'forms' | 'f' | 'kind'
> {
  readonly kind?: 'p';
  /** f(p) without the factor beta, as an expression of p, q = 1 - p and u = -ln p. */
  readonly f: (variables: FormulaVariables, options: Filled<Shape>) => Expression;
  /** Closed forms, without the factor beta, that are used instead of derived ones after a comparison with them. */
  readonly exact?: (options: Filled<Shape>) => Partial<LossForms>;
}

/** A loss as the registry holds it. */
export interface LossDefinition<K extends Kind, Shape extends z.ZodRawShape> {
  readonly kind: K;
  readonly title: string;
  readonly formula: string;
  readonly reference: string;
  readonly parameters: z.ZodObject<Shape & { beta: typeof beta }, 'strict'>;
  create(options: Filled<Shape>): LossOfKind[K];
}

/**
 * A loss for the registry: what it states, with the factor beta among its options. A loss of the true class's probability
 * states `f`, or all of its `forms`.
 */
export function defineLoss<Shape extends z.ZodRawShape>(
  statement: FormulaStatement<Shape>,
): LossDefinition<'p', Shape>;
export function defineLoss<K extends Kind, Shape extends z.ZodRawShape>(
  statement: LossStatement<K, Shape>,
): LossDefinition<K, Shape>;
export function defineLoss<Shape extends z.ZodRawShape>(
  statement: FormulaStatement<Shape> | LossStatement<Kind, Shape>,
): LossDefinition<Kind, Shape> {
  if (statement.f === undefined) return defined(statement);
  const { f, exact, ...rest } = statement;
  return defined({
    ...{ ...rest, kind: 'p' },
    forms: (options) =>
      scaled(
        options.beta,
        formsOfFormula((of) => f(of, options), exact?.(options)),
      ),
  });
}

function defined<K extends Kind, Shape extends z.ZodRawShape>({
  kind,
  name,
  label,
  said,
  title,
  formula,
  reference,
  parameters,
  revision,
  forms,
}: LossStatement<K, Shape>): LossDefinition<K, Shape> {
  return {
    kind,
    title,
    formula,
    reference,
    parameters: z.object({ ...parameters, beta }).strict() as LossDefinition<K, Shape>['parameters'],
    create(options) {
      const values = { ...options } as LossOptionValues;
      const words = labelOf(label, said?.(options) ?? values);
      const raised = revision === undefined ? {} : { revision };
      const identity = { name, title: label, label: words, options: values, ...raised };
      const made = forms(options);
      const whole =
        kind === 'p' ? probabilityLoss(identity, made as LossForms) : { kind, ...identity, ...made };
      return whole as LossOfKind[K];
    },
  };
}

/** «CCEL (alpha 0.5, beta 2)»: the title with every option; a beta of 1 is not said. */
function labelOf(title: string, options: LossOptionValues): string {
  const said = Object.entries(options).filter(([name, value]) => !(name === 'beta' && value === 1));
  return said.length === 0
    ? title
    : `${title} (${said.map(([name, value]) => `${name} ${value}`).join(', ')})`;
}
