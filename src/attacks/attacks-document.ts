import { describeAttacks, leftOutAttacks, type AttackDescription } from './describe-attacks';

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
