import type { AttackNote, LackingPart } from './attacks/attack';
import type {
  DataFileFacts,
  Comparison,
  DefenseResult,
  SelectionRule,
  StudyResult,
} from './experiments/study-result';
import type { IntervalMethod } from './metrics/interval';

// Results are data; here they are said to people, each thing once. Nothing reads these words back.

/** How an interval was made, or why there is none: «Newcombe, cuts fixed beforehand». */
export function intervalWords(method: IntervalMethod): string {
  switch (method.name) {
    case 'clopper-pearson':
      return method.models === undefined
        ? 'Clopper-Pearson, cut fixed beforehand'
        : `Clopper-Pearson over ${method.models} models`;
    case 'clopper-pearson-of-calls':
      return `Clopper-Pearson over ${method.calls} calls, cut fixed beforehand, at the sample's share of members`;
    case 'clopper-pearson-joined':
      return `Clopper-Pearson bounds of TPR and FPR joined, cut fixed beforehand, prior ${method.prior}`;
    case 'newcombe':
      return 'Newcombe, cuts fixed beforehand';
    case 'every-record-called':
    case 'not-resolvable':
    case 'resampled-cut':
    case 'outermost-cuts':
      return `${nominalRateWords(method)}${amongWords(method)}`;
    case 'delong':
    case 'disjoint-pairs':
      return areaWords(method);
    case 'obuchowski':
    case 'too-few-groups':
    case 'none-over-groups':
      return `${groupWords(method)}${amongWords(method)}`;
    case 'bca':
      return `stratified bootstrap, BCa, ${method.resamples} resamples`;
    case 'alike-resamples':
      return method.of === 'models'
        ? 'no interval: resamples are alike or miss a side'
        : 'no bootstrap: resamples are alike, since a side has one record, all tie, or the sides do not overlap';
    case 'clustered-bootstrap':
      return `bootstrap clustered by record and by model, percentile, ${method.resamples} resamples, ${method.models} models`;
    case 'too-few-models':
      return `no interval: ${method.models} models, and clustering by model needs ${method.needed}`;
    case 'all-cuts':
      return 'Dvoretzky-Kiefer-Wolfowitz-Massart, over all cuts at once';
    case 'chosen-cut':
      return 'no interval: the cut was chosen on the same pairs';
    case 'nothing-called':
      return 'undefined: no record was called a member';
    case 't':
    case 'no-spread':
      return repetitionWords(method);
    case 'normal-mean':
      return `normal interval of a mean over ${method.records} records`;
    case 'no-mean':
      return 'no interval: one record, or an infinite value';
    case 'paired-delong':
      return 'DeLong with covariance, these two models';
    case 'bonett-price':
      return 'Bonett-Price, paired records, these two models';
    case 'alike-scores':
      return 'no test: the two scores place all records alike, or a side has one record';
    case 'exact':
      return 'computed';
  }
}

type MethodOf<Name extends IntervalMethod['name']> = Extract<IntervalMethod, { readonly name: Name }>;

function nominalRateWords(
  method: MethodOf<'every-record-called' | 'not-resolvable' | 'resampled-cut' | 'outermost-cuts'>,
): string {
  const [rate, member, others, positives] =
    method.mirrored === true
      ? ['FNR', 'non-member', 'member', 'false negatives']
      : ['FPR', 'member', 'non-member', 'false positives'];
  switch (method.name) {
    case 'every-record-called':
      return `every record may be called a ${member}`;
    case 'not-resolvable': {
      const { least, count, pairs } = method;
      const what = pairs === true ? `${others} pairs` : `${others}s`;
      return `not resolvable; the smallest resolvable ${rate} is ${least}/${count} with ${count} ${what}`;
    }
    case 'resampled-cut': {
      const { tolerated, of, joined } = method;
      const end = joined === true ? ', joined with Clopper-Pearson' : '';
      return `stratified bootstrap, percentile, cut chosen anew (${tolerated} ${positives} tolerated of ${of})${end}`;
    }
    case 'outermost-cuts': {
      const { fewest, most, of } = method;
      return `Clopper-Pearson, over the cuts with ${fewest} to ${most} of ${of} ${positives}, which may have this ${rate}`;
    }
  }
}

function amongWords({ attacks }: { readonly attacks?: number }): string {
  return attacks === undefined ? '' : `, Bonferroni over ${attacks} attacks`;
}

function groupWords(method: MethodOf<'obuchowski' | 'too-few-groups' | 'none-over-groups'>): string {
  switch (method.name) {
    case 'obuchowski':
      return `over groups (Obuchowski), ${method.members} of members and ${method.nonMembers} of non-members, logit scale`;
    case 'too-few-groups':
      return `no interval: ${method.members} and ${method.nonMembers} groups do not show how far the area varies`;
    case 'none-over-groups':
      return 'no interval: groups of records were dealt as a whole, and this number has none over groups';
  }
}

function areaWords(method: MethodOf<'delong' | 'disjoint-pairs'>): string {
  const own =
    method.name === 'delong'
      ? 'DeLong, logit scale'
      : method.bound === 'hoeffding'
        ? `Hoeffding on ${method.pairs} disjoint pairs (DeLong's variance is 0 or undefined)`
        : `Clopper-Pearson on ${method.pairs} disjoint pairs (perfect separation, where DeLong has no width)`;
  const { models } = method;
  return `${own}${models === undefined ? '' : `, over ${models} models`}${amongWords(method)}`;
}

function repetitionWords({ name, n, over, paired, logarithms }: MethodOf<'t' | 'no-spread'>): string {
  const own =
    name === 't'
      ? `${paired === true ? 'paired ' : ''}t interval over ${n} ${over}`
      : n < 2
        ? `no interval: one ${over === 'seeds' ? 'seed' : 'record'} has no spread`
        : `no interval: all ${n} ${over} are equal`;
  return `${own}${logarithms === true ? ', of logarithms' : ''}`;
}

/** What a reader of an attack's numbers has to know, as a sentence or the beginning of one. */
export function attackNoteWords(note: AttackNote): string {
  switch (note.code) {
    case 'shared-cut':
      return `The cut of all records stands in for the ${note.by === 'class' ? 'classes' : 'groups'} that have none of their own: ${note.parts.map(partWords).join(', ')}.`;
    case 'cuts-on-target':
      return "The thresholds were chosen on the target's own membership: an upper bound, no attack.";
    case 'no-cut':
      return 'No shadow model sets a cut: the score only ranks.';
    case 'best-cut':
      return 'It only ranks: accuracy and advantage are those of the best cut on these records, biased upward.';
    case 'unscored':
      return note.lacks === undefined
        ? `${note.records} of ${note.of} records have no meaningful score and are left out`
        : `${note.records} of ${note.of} records have too few ${note.lacks} and are left out`;
    case 'unscored-pairs':
      return `${note.pairs} of ${note.of} pairs of model and record have no score`;
    case 'learned-from-shadows': {
      const sizes = [note.records, ...(note.otherSizes ?? [])].join(' and ');
      const fits = note.halves === true ? ', each record scored by a fit without it' : '';
      return `Learned from ${sizes} records of ${note.models} shadow models${fits}.`;
    }
    case 'fitted-on-target':
      return note.what === 'fit'
        ? `Fitted on the target in ${note.folds} folds, each record scored once, by the fit without it: an upper bound, no attack.`
        : `Histograms of the target's own records in ${note.folds} folds, each record scored once, without it: an upper bound, no attack.`;
    case 'records-a-fit':
      return `Each fit learned from ${note.records} records.`;
    case 'no-population':
      return 'No population arrays: the other audited records stand in for the population.';
    case 'shared-by-classes':
      return note.what === 'histogram'
        ? `The histogram of all classes stands in for classes without members or without non-members: ${note.classes.join(', ')}.`
        : `The global quantile stands in for classes without known non-members: ${note.classes.join(', ')}.`;
    case 'no-difficulty':
      return 'Reference models do not tell the difficulty of enough records: the quantile depends on the class alone.';
    case 'never-misclassified':
      return `For ${note.records} records no random input is misclassified.`;
    case 'queries':
      return `${note.queries} queries a record`;
    case 'mean-over-epochs':
      return `mean over ${note.epochs} epochs`;
    case 'mean-over-norms':
      return `${note.norms} norms a record`;
    case 'own':
      return note.words;
  }
}

function partWords({ part, lacks }: LackingPart): string {
  return `${part} (no ${lacks})`;
}

/** `weightDecay` as people write it: `weight decay`. */
export function spacedName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** The rule by which parameters were chosen. */
export function ruleWords(rule: SelectionRule): string {
  return rule.by === 'p1'
    ? 'largest P1 on the shadow models'
    : `smallest advantage on the shadow models among those with a test accuracy of at least ${Number(rule.accuracyAtLeast.toPrecision(4))}`;
}

/** The settings of a study's training, name and value, in the order in which they are shown. */
export function settingsWords({ settings }: Pick<StudyResult, 'settings'>): [name: string, value: string][] {
  const { recipe, seeds, shadows, ensemble, adversary } = settings;
  const { epochs, batchSize, learningRate, schedule, milestones, decay } = recipe;
  return [
    ['epochs', String(epochs)],
    ['batch size', String(batchSize)],
    ['learning rate', String(learningRate)],
    ['schedule', schedule === 'multi-step' ? `x ${decay} at ${milestones.join(', ')}` : schedule],
    ['momentum', String(recipe.momentum)],
    ['weight decay', String(recipe.weightDecay)],
    ['evaluated every', String(recipe.evaluateEvery)],
    ['seeds', seeds.join(', ')],
    ensemble === null ? ['shadow models', String(shadows)] : ['models of the ensemble', String(ensemble)],
    ...(adversary === 'adaptive' ? [] : [['adversary', adversary] as [string, string]]),
  ];
}

/** Class names that a line has room for. */
const mostClasses = 20;

/** What was made of a file of one's own, as pairs for a list. */
export function dataFileWords({
  file,
  label,
  classNames,
  scaling,
  scaledColumns,
}: DataFileFacts): [name: string, value: string][] {
  const shown = classNames.slice(0, mostClasses).map((name, i) => `${i} ${name}`);
  const more = classNames.length > mostClasses ? [`… ${classNames.length - 1}`] : [];
  const how = { standard: 'to mean 0 and variance 1', 'min-max': 'to 0 .. 1', none: '' }[scaling];
  const columns = scaledColumns === 1 ? '1 column of numbers' : `${scaledColumns} columns of numbers`;
  return [
    ['file', file],
    ['classes', `of ${label}, sorted: ${[...shown, ...more].join(', ')}`],
    [
      'scaling',
      scaling === 'none' ? 'none' : `${columns} ${how}, by the training records of each model alone`,
    ],
  ];
}

const sees =
  'The adversary queries the target once for each record and sees all of its outputs, knows the true label, and has ';

/** What the adversary of a study knows. Single attacks add what they need beyond it. */
export function threatWords({ settings, defenses }: Pick<StudyResult, 'settings' | 'defenses'>): string {
  const { adversary, ensemble } = settings;
  if (ensemble !== null) {
    return (
      `${sees}${ensemble - 1} other models, each trained on a random half of the same records with the loss and the settings of the target. Each of the ` +
      `${ensemble} models is the target in turn. For every record about half of the other models were trained on it: a ` +
      'strong adversary, who knows all records but not which of them the target was trained on.'
    );
  }
  const trained =
    adversary === 'adaptive'
      ? 'the loss and the settings of the target'
      : `${defenses[0].label}, whatever the target was trained with: this adversary does not adapt to the defense, and the numbers say less than those of one who does`;
  return `${sees}other records of the same population, half of which it trains shadow models on with ${trained}.`;
}

/**
 * The sentence that sums up a study: what the paired differences decide, and nothing else. Privacy is the advantage of
 * the loss attack. Defenses with the same verdicts share a clause.
 */
export function studyVerdictWords({
  defenses,
  comparisons,
}: Pick<StudyResult, 'comparisons'> & {
  readonly defenses: readonly Pick<DefenseResult, 'key' | 'label' | 'runs'>[];
}): string {
  const [baseline, ...others] = defenses;
  if (others.length === 0) return `${baseline.label} alone: nothing to compare it with.`;
  const clauses = new Map<string, string[]>();
  for (const { key, label } of others) {
    const verdict = (metric: Comparison['metric']): Comparison['verdict'] | undefined =>
      comparisons.find((c) => c.defense === key && c.metric === metric)?.verdict;
    const clause = clauseOf(baseline.label, verdict('advantage'), verdict('testAccuracy'));
    clauses.set(clause, [...(clauses.get(clause) ?? []), label]);
  }
  const counts = defenses.map(({ runs }) => runs.length);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const seeds = fewest === most ? most : `${fewest} to ${most}`;
  const said = [...clauses].map(([clause, labels]) => `with ${labels.join(' and ')} ${clause}`);
  return `Over ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}, ${said.join('; ')}.`;
}

function clauseOf(
  baseline: string,
  privacy: Comparison['verdict'] | undefined,
  accuracy: Comparison['verdict'] | undefined,
): string {
  const decided = (verdict: typeof privacy): boolean => verdict === 'better' || verdict === 'worse';
  if (!decided(privacy) && !decided(accuracy)) {
    return `no difference from ${baseline} in privacy or test accuracy is decided`;
  }
  const say = (name: string, verdict: typeof privacy): string =>
    decided(verdict) ? `${name} is ${verdict} than with ${baseline}` : `${name} is not decided`;
  return `${say('privacy', privacy)} and ${say('test accuracy', accuracy)}`;
}
