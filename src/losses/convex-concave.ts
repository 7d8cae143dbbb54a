import { z } from 'zod';
import { UserError } from '../errors';
import { parseOptions, unknownName } from '../options';
import type { LossOptionValues, ProbabilityLoss, TrueClass } from './loss';
import { alpha, beta, oneOfNames } from './parameters';
import { probabilityLoss, scaled, weightedSum, type LossForms } from './probability-loss';
import { partNames, probabilityLosses, type PartName } from './probability-losses';
import { minimumOf, tolerance } from './scan';

type Role = 'convex' | 'concave';
type OwnOptions<Name extends PartName> = Omit<
  z.input<(typeof probabilityLosses)[Name]['parameters']>,
  'beta'
>;
type AnyOption = { [Name in PartName]: keyof OwnOptions<Name> & string }[PartName];
/** The options of each part under its role; an option of another part must be absent, or the editor would take it. */
type PartOptions<R extends Role, Usual extends PartName> = {
  [Name in PartName]: (Name extends Usual ? { [K in R]?: Name } : { [K in R]: Name }) & {
    [K in keyof OwnOptions<Name> & string as `${R}.${K}`]?: OwnOptions<Name>[K];
  } & { [K in Exclude<AnyOption, keyof OwnOptions<Name>> as `${R}.${K}`]?: undefined };
}[PartName];

/**
 * Options of `convex-concave`: the names of its two parts, the options of each part behind its role
 * (`'convex.gamma': 2`), alpha and beta. The parts have no beta of their own: alpha and beta say the same.
 */
export type ConvexConcaveOptions = PartOptions<'convex', 'ce'> &
  PartOptions<'concave', 'cel'> & { alpha?: number; beta?: number };

/** The filled-in options, as `create` gets them. */
export interface Filled {
  readonly convex: PartName;
  readonly concave: PartName;
  readonly alpha: number;
  readonly beta: number;
  readonly [partOption: string]: string | number;
}

/**
 * The convex-concave loss in general: f(p) = beta (alpha f_convex(p) + (1 - alpha) f_concave(p)) for any two losses of
 * kind p. The first part must be convex, the second concave in p, and both must not increase anywhere on [0, 1] (the
 * paper's class of concave terms asks for f' < 0 and f'' < 0); this is checked on the scan of scan.ts.
 */
export const convexConcave = {
  kind: 'p',
  title: 'Convex-concave loss of any two parts',
  formula: 'f(p) = alpha f_convex(p) + (1 - alpha) f_concave(p)',
  reference: 'Liu et al., ICML 2024 (general definition)',
  parameters: z
    .object({
      convex: oneOfNames(partNames, 'ce', 'the convex part; its options follow as convex.OPTION'),
      concave: oneOfNames(partNames, 'cel', 'the concave part; its options follow as concave.OPTION'),
      alpha,
      beta,
    })
    .catchall(z.union([z.string(), z.number()])),
  /** @throws UserError for an unknown option of a part, or a part of the wrong shape (names where) */
  create(given: Filled): ProbabilityLoss {
    const { convex, concave, alpha: share, beta: factor } = given;
    const parts = { convex: part('convex', convex, given), concave: part('concave', concave, given) };
    mustHaveShape('convex', parts.convex);
    mustHaveShape('concave', parts.concave);
    const known = [...Object.keys(parts.convex.own), ...Object.keys(parts.concave.own)];
    const unknown = Object.keys(given).find(
      (option) => !['convex', 'concave', 'alpha', 'beta', ...known].includes(option),
    );
    if (unknown !== undefined) {
      throw unknownName('option of loss convex-concave with these parts', unknown, [
        'convex',
        'concave',
        'alpha',
        'beta',
        ...known,
      ]);
    }
    const options: LossOptionValues = {
      convex,
      concave,
      alpha: share,
      beta: factor,
      ...parts.convex.own,
      ...parts.concave.own,
    };
    const said = [`alpha ${share}`, ...(factor === 1 ? [] : [`beta ${factor}`])].join(', ');
    const forms = weightedSum([
      [share, formsOf(parts.convex.loss)],
      [1 - share, formsOf(parts.concave.loss)],
    ]);
    return probabilityLoss(
      {
        name: 'convex-concave',
        title: `${parts.convex.loss.title} + ${parts.concave.loss.title}`,
        label: `${parts.convex.loss.label} + ${parts.concave.loss.label}, ${said}`,
        options,
      },
      scaled(factor, forms),
    );
  },
} as const;

interface Part {
  readonly loss: ProbabilityLoss;
  /** The part's options with its role before them. */
  readonly own: LossOptionValues;
}

function part(role: Role, name: PartName, given: Filled): Part {
  const prefix = `${role}.`;
  const own = Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
  const definition: { parameters: z.AnyZodObject; create(options: never): ProbabilityLoss } =
    probabilityLosses[name];
  const what = `${role} part ${name} of loss convex-concave`;
  const parsed = parseOptions(what, definition.parameters.omit({ beta: true }).strict(), own);
  const filled = Object.entries(parsed as LossOptionValues).map(([key, value]) => [`${prefix}${key}`, value]);
  return { loss: definition.create({ ...parsed, beta: 1 } as never), own: Object.fromEntries(filled) };
}

function mustHaveShape(role: Role, { loss }: Part): void {
  const side = role === 'convex' ? 1 : -1;
  complainAbove(role, loss, 'slope', (at) => loss.slopeAt(at), 'must not be positive anywhere');
  complainAbove(
    role,
    loss,
    'curvature',
    (at) => -side * loss.curvatureAt(at),
    role === 'convex' ? 'must not be negative anywhere' : 'must not be positive anywhere',
  );
}

function complainAbove(
  role: Role,
  loss: ProbabilityLoss,
  what: 'slope' | 'curvature',
  excess: (at: TrueClass) => number,
  rule: string,
): void {
  const { p, value } = minimumOf((at) => -excess(at));
  if (!(value < -tolerance)) return;
  const found = what === 'slope' ? loss.slope(p) : loss.curvature(p);
  const candidates = role === 'convex' ? 'ce, focal, gce, taylor-ce' : 'cel, cql, concave-log, concave-power';
  throw new UserError(
    `The ${role} part ${loss.label} has ${what} ${found.toPrecision(4)} at p = ${p.toPrecision(4)}, but its ${what} ` +
      `${rule} on [0, 1]. Choose another part (for instance ${candidates}) or other options for it.`,
  );
}

function formsOf(loss: ProbabilityLoss): LossForms {
  return {
    value: (at) => loss.valueAt(at),
    slope: (at) => loss.slopeAt(at),
    curvature: (at) => loss.curvatureAt(at),
    weight: (at) => loss.weightAt(at),
    weightSlope: (at) => loss.weightSlopeAt(at),
    values: (at) => loss.values(at),
    weights: (at) => loss.weights(at),
  };
}
