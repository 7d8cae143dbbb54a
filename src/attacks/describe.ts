import { z } from 'zod';
import type { Attack, AttackCost, FittedOn, Need } from './attack';
import { optionInfo, type OptionInfo } from './define-attack';
import { attackFromData, attackNames, attacks, auditAttacks } from './registry';

export interface AttackOption extends OptionInfo {
  readonly name: string;
  /** Allowed values in words. */
  readonly values: string;
  /** As JSON; undefined where there is none. */
  readonly byDefault?: string;
}

/** Everything that help texts and documents say about an attack, from the registry. */
export interface AttackDescription {
  /** As in `attackFromData(name)`. */
  readonly name: string;
  readonly title: string;
  readonly formula: string;
  readonly threatModel: string;
  readonly needs: readonly Need[];
  readonly fittedOn: FittedOn;
  readonly cost: AttackCost;
  readonly reference: string;
  readonly differences?: string;
  readonly options: readonly AttackOption[];
  /** Names of the forms that an audit runs. */
  readonly audited: readonly string[];
}

/** Attacks that are not here, each with the reason. */
export const leftOutAttacks: Readonly<Record<string, string>> = {
  YOQO:
    'You only query once (Wu et al. 2024): one optimized query a record in place of the thousands of a boundary attack. The ' +
    'saving is in queries, which cost an auditor nothing; the decision is that of the boundary attack.',
  OSLO:
    'One-shot label-only (Peng et al. 2024): transfers adversarial examples from many surrogate models that must be trained for ' +
    'the purpose; with reference models in hand, LiRA and RMIA say more.',
  'range MIA':
    'Asks whether a neighborhood of a record was trained on, another question than membership, with scores that cannot stand ' +
    'beside those here.',
  'data-set usage inference':
    'Asks for the share of a whole data set that was used: one number for many records, not a score of each.',
};

/** All attacks of the registry, and the combination that audits run, in order. */
export function describeAttacks(): AttackDescription[] {
  const audited = auditAttacks();
  const registered = attackNames.map((name) =>
    description(
      name,
      attackFromData(name),
      optionsOf(attacks[name].parameters),
      audited.filter(({ family }) => family === name),
    ),
  );
  const others = audited
    .filter(({ family }) => family === undefined)
    .map((attack) => description(attack.name, attack, [], [attack]));
  return [...registered, ...others];
}

function description(
  name: string,
  attack: Attack,
  options: readonly AttackOption[],
  audited: readonly Attack[],
): AttackDescription {
  const { title, formula, threatModel, needs, fittedOn, cost, reference, differences } = attack;
  return {
    name,
    title,
    formula,
    threatModel,
    needs,
    fittedOn,
    cost,
    reference,
    ...(differences === undefined ? {} : { differences }),
    options,
    audited: audited.map((own) => own.name),
  };
}

function optionsOf(schema: z.AnyZodObject): AttackOption[] {
  return Object.entries(schema.shape as Record<string, z.ZodTypeAny>).map(([name, type]) => {
    const info = optionInfo(type);
    if (info === undefined)
      throw new Error(`The option ${name} has no meaning and source: make it by option().`);
    const preset: unknown = type instanceof z.ZodDefault ? type._def.defaultValue() : undefined;
    return {
      name,
      values: valuesOf(type),
      ...info,
      ...(preset === undefined ? {} : { byDefault: JSON.stringify(preset) }),
    };
  });
}

function valuesOf(type: z.ZodTypeAny): string {
  if (type instanceof z.ZodDefault) return valuesOf(type.removeDefault());
  if (type instanceof z.ZodOptional) return valuesOf(type.unwrap());
  if (type instanceof z.ZodEnum)
    return (type.options as string[]).map((one) => JSON.stringify(one)).join(' | ');
  if (type instanceof z.ZodLiteral) return JSON.stringify(type.value);
  if (type instanceof z.ZodUnion) return (type.options as z.ZodTypeAny[]).map(valuesOf).join(' | ');
  if (type instanceof z.ZodBoolean) return 'true | false';
  if (type instanceof z.ZodNumber) return type.isInt ? 'whole number' : 'number';
  if (type instanceof z.ZodArray) return `list of ${valuesOf(type.element)}s`;
  // What JSON cannot hold: a function, an array of inputs, the signals of another model.
  return 'from code only';
}

const opening = `# Attacks

Made by \`npx ccl attacks --markdown > docs/attacks.md\` from the registry (src/attacks/registry.ts); edit there.

Each attack gives every record one score, higher = member. \`attack(name, options)\` makes it, \`npx ccl audit\` runs every form listed under «in an audit» that the file allows and says what the others lack. phi = ln(p_y / (1 - p_y)) is the scaled logit of the true class y, computed from logits by log-sum-exp.

**Fitted on** says whose membership an attack has learned from: nothing, shadow models (an attack), or the target itself. The last is no attack but the auditor's upper bound: what such an attacker could reach with perfect shadow models. Each record is then scored once, by a fit without it (the oracle thresholds are the exception, and are called so). Cuts are set on shadow models; a class or group without shadow members or non-members gets the cut of all, and the result says so.

**Shadow models imitate the target**: same loss, defense and settings. An attack with shadow models of another kind measures a weaker adversary.

Attackers that learn put their records into an order of their own first, so the order of the file changes no bit; their random parts come from the audit's seed.`;

const needsInWords = {
  'shadow models': 'at least one shadow model with members and non-members',
  'in-models': 'reference models that were trained on the record',
  'out-models': 'reference models that were not trained on the record',
  augmented: '`augmented` (altered copies)',
  population: '`population_logits`, `population_labels`',
  gradient_norms: '`gradient_norms`',
  trajectory: '`trajectory`',
  groups: '`groups`',
  query: 'a function `query(x)` that gives labels, and the inputs `x` (from code only)',
} as const;

/** docs/attacks.md: every attack from the registry, and what is left out. */
export function attacksDocument(): string {
  const left = Object.entries(leftOutAttacks).map(([name, reason]) => `- **${name}**. ${escaped(reason)}`);
  return [
    opening,
    ...describeAttacks().map(section),
    `## Left out\n\n${left.join('\n')}`,
    '## Beside the attacks',
    [
      "- `epochAudit()` attacks each epoch of a training loop (hand its `onEvaluation` to training, or call it from a loop of one's own).",
      "- `comparedModels(set, 'in- and out-models')` says which reference models each record is compared with: as many of each side, since their numbers alone tell membership where each record is in exactly half of the models.",
      "- `shadowData(set)` pools the shadow models' records for an attacker of one's own. Where these are the records that are judged, `lessonParts(set, models)` gives the halves of which each is scored by what was learned on the other, as all attacks here that learn from shadow models do.",
      '- `denseGradientNorms(layers, activation, x, labels)` gives `gradient_norms` of dense networks in closed form.',
      '- `leaveOneOut(set, attack)` takes each model in turn as the target.',
      '- `privacyRiskAsTfPrivacy(signals)` is the in-sample risk of TensorFlow Privacy, for comparison with that code.',
    ].join('\n'),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(attack: AttackDescription): string {
  const { name, title, formula, threatModel, needs, fittedOn, cost, reference, differences } = attack;
  const options = attack.options.map(
    ({ name: option, values, byDefault, meaning, source }) =>
      `  - \`${option}\` (${escaped(values)}${byDefault === undefined ? '' : `; default \`${byDefault}\``}): ` +
      `${escaped(meaning)}. Source: ${escaped(source)}`,
  );
  const lines: readonly (readonly [string, string] | undefined)[] = [
    ['Score', `\`${formula}\``],
    ['Threat model', escaped(threatModel)],
    [
      'Needs',
      needs.length === 0 ? "the target's outputs" : needs.map((need) => needsInWords[need]).join('; '),
    ],
    ['Fitted on', fittedOn === 'target' ? "the target (auditor's upper bound)" : fittedOn],
    ['Cost', `queries: ${escaped(cost.queries)}; models: ${escaped(cost.models)}`],
    ['Reference', escaped(reference)],
    differences === undefined ? undefined : ['Differences', escaped(differences)],
    ['In an audit', attack.audited.map((form) => `\`${form}\``).join(', ')],
  ];
  if (options.length > 0) options.unshift('- Options:');
  const list = lines.flatMap((line) => (line === undefined ? [] : [`- ${line[0]}: ${line[1]}`]));
  return `## ${name}\n\n${escaped(title)}\n\n${[...list, ...options].join('\n')}`;
}

/** What Markdown would read as markup. */
function escaped(text: string): string {
  return text.replace(/[\\*_<>[\]|]/g, (sign) => `\\${sign}`);
}
