import type { Attack, AttackContext, AttackScores } from '../attacks/attack';
import { usableScores, type UsableScores } from '../attacks/evaluate-attack';
import type { SelfCheckResult } from '../attacks/self-check';
import { unknownClasses } from '../attacks/shadow-models';
import { Interrupted, UserError } from '../errors';
import { auc, aucEstimate } from '../metrics/auc';
import { calibration } from '../metrics/calibration';
import { newcombe } from '../metrics/proportions';
import { slices, type Slice } from '../metrics/slices';
import type { Units } from '../metrics/units';
import {
  accuracy,
  ceLosses,
  correct as rightAnswers,
  logSoftmax,
  maxConfidence,
  scaledLogit,
} from '../signals/log-softmax';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import {
  auditSchema,
  type AuditedAttack,
  type AuditedData,
  type AuditedLeakTest,
  type AuditResult,
  type MissingAttack,
  type StrongestAttack,
  type UnknownClassesNote,
} from './audit-result';
import { columnNote, guessingNote } from './column-labels';
import { auditedCurve, scoreHistogram } from './drawn';
import { dealtUnits, fewestUnits } from './dealt-units';
import { epsilonBounds } from './epsilon-bounds';
import { agreement, exposedRecords, nonMemberRanks } from './exposed';
import { judgeAttacks, type JudgedAttacks } from './judge-attacks';
import { lacks, present } from './lacks';
import { areaOf, measureAttack } from './measure-attack';
import { refuseSameModel } from './same-model';
import { shiftCheck } from './shift-check';
import { verdict } from './verdict';
import { among } from '../metrics/interval';

export interface AuditOptions {
  /** Attacks to run where the signals allow. */
  readonly attacks: readonly Attack[];
  /** The laboratory's checks of its own attacks (`selfCheck`), run by the caller, since it knows the attacks. */
  readonly selfCheck: SelfCheckResult;
  /** An integer in [0, 2^32); default 1. */
  readonly seed?: number;
  /** Nominal false positive rates, default 0.1, 0.01, 0.001. */
  readonly fprs?: readonly number[];
  /** Nominal false negative rates, default 0.01. */
  readonly fnrs?: readonly number[];
  /** The delta of epsilon bounds, in [0, 1); default 1e-5. */
  readonly delta?: number;
  /** Whether the list of exposed records is made; it is sensitive itself. Default true. */
  readonly records?: boolean;
  /** What a person typed; kept in the result. */
  readonly command?: string;
  readonly version?: string;
  readonly synthetic?: boolean;
  readonly signal?: AbortSignal;
  /** Told before each step what it is, how many are done, and how many there are. */
  readonly onStep?: (step: string, done: number, all: number) => void;
}

/** The result, and the scores of each attack that ran, for `--scores`. */
export interface Audit {
  readonly result: AuditResult;
  /** [N] a name; NaN where the attack has no meaningful score. */
  readonly scores: ReadonlyMap<string, Float64Array>;
}

interface Ran {
  readonly attack: Attack;
  readonly found: AttackScores;
  readonly kept: UsableScores;
  readonly measured: Omit<AuditedAttack, 'correctedPValue'>;
}

/** How many attacks are drawn, and how many are asked who is exposed. */
const shown = 5;

/**
 * How much the outputs of the target give away about who was in its training set: every attack that the signals allow,
 * on the same records, with intervals, self-checks, a test for distribution shift, and a verdict in words. Deterministic.
 *
 * @throws UserError if no attack is named, if one model is there twice, or an attack gives a score that is no number
 * @throws Interrupted if the signal aborts
 */
export function auditWith(set: SignalSet, options: AuditOptions): Audit {
  const { seed = 1, fprs = [0.1, 0.01, 0.001], fnrs = [0.01], delta = 1e-5 } = options;
  const members = set.members[set.target];
  const target = set.model(set.target);
  const shift = shiftCheck(set, seed);
  const columns = set.statistic === undefined && !set.unlabeled ? columnNote(target) : null;
  const dealt = dealtUnits(set);
  const { ran, notRun } = runAttacks(set, options, { fprs, fnrs }, dealt?.units);
  const judged = ran.filter(({ attack }) => attack.fittedOn !== 'target');
  const judgment = judge(judged, members, seed, dealt?.units);
  const leakTest = judgment?.test ?? null;
  const strongest = strongestOf(judged, leakTest, dealt?.units);
  const leaders = leading(judged, judgment);
  const memberCount = members.reduce((sum, flag) => sum + flag, 0);
  const counts = { members: memberCount, nonMembers: set.n - memberCount };
  const attacks = ran.map(({ measured }) => ({
    ...measured,
    correctedPValue: judgment?.pValues.get(measured.name) ?? null,
  }));
  const ranked = leaders.map(({ attack, found }) => ({
    name: attack.name,
    ranks: nonMemberRanks(found.scores, members, found.usable),
  }));
  const best = judged.find(({ attack }) => attack.name === strongest?.name);
  const result: AuditResult = {
    schema: auditSchema,
    version: options.version ?? '',
    command: options.command ?? '',
    seed,
    data: {
      ...auditedData(set, counts, options.synthetic ?? false),
      dealtGroups: dealt && { members: dealt.members, nonMembers: dealt.nonMembers },
    },
    verdict: verdict({
      ...{ selfCheckPassed: options.selfCheck.passed, shift, leakTest },
      // The losses of columns that stand for other labels say nothing.
      maybeSwapped: columns === null && maybeSwapped(target, set.unlabeled),
      sameOutputs: sameRows(target) || judged.every(({ kept }) => new Set(kept.scores).size === 1),
      fewGroups: dealt !== null && Math.min(dealt.members, dealt.nonMembers) < fewestUnits,
    }),
    notes: [...(columns === null ? guessingNote(set, target) : [columns]), ...unknownClassesNote(set)],
    leakTest,
    strongest,
    attacks,
    notRun,
    shift,
    selfCheck: options.selfCheck,
    accuracy: set.unlabeled ? null : comparedAccuracy(target),
    calibration: set.unlabeled ? null : comparedCalibration(target),
    slices: best === undefined ? [] : slicesOf(set, best.kept, target),
    epsilon: epsilonBounds(set, judged, delta, seed),
    exposed:
      options.records === false ? null : exposedRecords(ranked, set.unlabeled ? null : set.labels, members),
    agreement: ranked.length < 2 ? null : agreement(ranked, members),
    ...drawn(leaders),
    notTested: notTested(set, shift.outcome === 'not testable'),
  };
  return { result, scores: new Map(ran.map(({ attack, found }) => [attack.name, publishedScores(found)])) };
}

function runAttacks(
  set: SignalSet,
  { attacks, seed = 1, signal, onStep }: AuditOptions,
  rates: { readonly fprs: readonly number[]; readonly fnrs: readonly number[] },
  units: Units | undefined,
): { ran: Ran[]; notRun: MissingAttack[] } {
  if (attacks.length === 0)
    throw new UserError('No attack is named. Leave --attacks out to run all of them.');
  refuseSameModel(set);
  const holds = present(set);
  const members = set.members[set.target];
  const ran: Ran[] = [];
  const notRun: MissingAttack[] = [];
  attacks.forEach((attack, done) => {
    onStep?.(attack.name, done, attacks.length + 1);
    if (signal?.aborted) throw new Interrupted(`The audit was interrupted before the attack ${attack.name}.`);
    const missing = lacks(attack, holds, set);
    if (missing !== null) {
      notRun.push({ name: attack.name, title: attack.title, ...missing });
      return;
    }
    const found = scoresOf(attack, set, signal === undefined ? { seed } : { seed, signal });
    if (typeof found === 'string') {
      notRun.push({ name: attack.name, title: attack.title, lacks: [], reason: found });
      return;
    }
    requireNumbers(attack.name, found);
    const kept = usableScores(found, members);
    if (!kept.members.includes(1) || !kept.members.includes(0)) {
      const reason = 'has a meaningful score for members only, for non-members only, or for no record';
      notRun.push({ name: attack.name, title: attack.title, lacks: [], reason });
      return;
    }
    const measured = measureAttack(attack, found, kept, rates, units);
    const fault = attack.fittedOn === 'target' ? noBound(measured.auc.estimate, set) : null;
    if (fault !== null) notRun.push({ name: attack.name, title: attack.title, lacks: [], reason: fault });
    else ran.push({ attack, found, kept, measured });
  });
  onStep?.('tests on all attacks', attacks.length, attacks.length + 1);
  return { ran, notRun };
}

/** Models that know nothing of a class, with the file of each. */
function unknownClassesNote(set: SignalSet): UnknownClassesNote[] {
  const { files = [] } = set;
  const fileOf = files.flatMap(({ name, models }) => Array.from({ length: models }, () => name));
  const found = unknownClasses(set).map((one) => ({ ...one, file: fileOf[one.model] ?? null }));
  return found.length === 0 ? [] : [{ code: 'unknown classes', found }];
}

/** The scores, or why there are none: that one attack cannot do with the records given does not end the audit. */
function scoresOf(attack: Attack, set: SignalSet, context: AttackContext): AttackScores | string {
  try {
    return attack.scores(set, context);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `could not run: ${error.message}`;
  }
}

/** Fewer distinct outputs than this, or than half of the records, count as few. */
const fewDistinct = 200;

/**
 * Fits that score each record without it and its equals learn the wrong way round where few outputs are distinct: what
 * they reach is then no bound of what the plain score of the same outputs gives.
 */
function noBound(area: number, set: SignalSet): string | null {
  const plain = scaledLogit(set.model(set.target));
  const distinct = new Set(plain).size;
  if (distinct >= Math.max(fewDistinct, set.n / 2)) return null;
  const reached = aucEstimate(plain, set.members[set.target]);
  return area >= reached
    ? null
    : `is no upper bound here: with ${distinct} distinct outputs of ${set.n} records a fit without a record and its equals reaches an AUC of ${area.toFixed(3)}, and the plain scaled logit ${reached.toFixed(3)}`;
}

function auditedData(
  set: SignalSet,
  counts: { readonly members: number; readonly nonMembers: number },
  synthetic: boolean,
): Omit<AuditedData, 'dealtGroups'> {
  const { files = [], models, target, n: records, classes, notes = [] } = set;
  return { files, models, target, records, ...counts, classes, synthetic, notes };
}

/** What figures are made from. */
function drawn(leaders: readonly Ran[]): Pick<AuditResult, 'curves' | 'histograms'> {
  return {
    curves: leaders.map(({ attack, kept }) => auditedCurve(attack.name, kept.scores, kept.members)),
    histograms: leaders
      .slice(0, 3)
      .map(({ attack, kept }) => scoreHistogram(attack.name, kept.scores, kept.members)),
  };
}

function requireNumbers(name: string, { scores, usable }: AttackScores): void {
  const wrong = scores.findIndex((score, i) => Number.isNaN(score) && usable?.[i] !== 0);
  if (wrong < 0) return;
  throw new Error(`The attack ${name} gives record ${wrong} a score that is no number. Please report this.`);
}

function judge(
  judged: readonly Ran[],
  members: Uint8Array,
  seed: number,
  units: Units | undefined,
): JudgedAttacks | null {
  if (judged.length === 0) return null;
  const attacks = judged.map(({ attack, found, kept }) => ({ name: attack.name, ...found, kept }));
  return judgeAttacks(attacks, members, seed, units);
}

function strongestOf(
  judged: readonly Ran[],
  leakTest: AuditedLeakTest | null,
  units: Units | undefined,
): StrongestAttack | null {
  if (leakTest === null) return null;
  const [{ correctedPValue, attack: name }] = leakTest.evidence;
  const { kept } = judged.find(({ attack }) => attack.name === name)!;
  const area = areaOf(kept, units, 0.05 / judged.length);
  return { name, auc: among(area, judged.length), correctedPValue, among: judged.length };
}

/** Models are more sure of what they were trained on. Where the opposite is plain (99.9 %), somebody may have erred. */
function maybeSwapped(target: ModelSignals, unlabeled = false): boolean {
  const sure = unlabeled ? maxConfidence(target) : ceLosses(target).map((loss) => -loss);
  const { high } = auc(sure, target.members, 0.002);
  return high !== null && high < 0.5;
}

/** Whether a model gives every record the same output. */
function sameRows({ logits, classes }: ModelSignals): boolean {
  return logits.every((value, at) => value === logits[at % classes]);
}

function comparedAccuracy(target: ModelSignals): NonNullable<AuditResult['accuracy']> {
  const { members, n } = target;
  const right = [0, 0];
  rightAnswers(target).forEach((isRight, i) => (right[members[i]] += isRight));
  const count = members.reduce((sum, flag) => sum + flag, 0);
  return { ...accuracy(target), difference: newcombe(right[1], count, right[0], n - count) };
}

/** The strongest attacks, one a family (the name up to the first slash) and one a ranking. */
function leading(judged: readonly Ran[], judgment: JudgedAttacks | null): Ran[] {
  const seen = new Set<string>();
  return [...(judgment?.pValues.keys() ?? [])]
    .map((name) => judged.find(({ attack }) => attack.name === name)!)
    .filter(({ attack, measured }) => {
      // Scores that rank alike (loss and confidence do) would draw one curve over the other.
      const { auc: area, tprAtFpr } = measured;
      const keys = [attack.name.split('/')[0], `${area.estimate} ${JSON.stringify(tprAtFpr)}`];
      const fresh = keys.every((key) => !seen.has(key));
      keys.forEach((key) => seen.add(key));
      return fresh;
    })
    .slice(0, shown);
}

/** Slices of the records that the strongest attack could score. */
function slicesOf(
  { labels, groups, unlabeled }: SignalSet,
  { scores, members, records }: UsableScores,
  target: ModelSignals,
): Slice[] {
  const byGroup = groups ? { groups: Array.from(records, (i) => groups[i]) } : {};
  if (unlabeled) return slices(scores, members, byGroup);
  const correct = rightAnswers(target);
  const losses = ceLosses(target);
  return slices(scores, members, {
    labels: Int32Array.from(records, (i) => labels[i]),
    correct: Uint8Array.from(records, (i) => correct[i]),
    losses: Float64Array.from(records, (i) => losses[i]),
    ...byGroup,
  });
}

function comparedCalibration(target: ModelSignals): AuditResult['calibration'] {
  const logProbabilities = logSoftmax(target);
  return {
    members: calibrationOf(target, logProbabilities, 1),
    nonMembers: calibrationOf(target, logProbabilities, 0),
  };
}

function calibrationOf(
  { classes, labels, members }: ModelSignals,
  logProbabilities: Float64Array,
  side: 0 | 1,
): NonNullable<AuditResult['calibration']>['members'] {
  const records = Array.from(members.keys()).filter((i) => members[i] === side);
  const rows = new Float64Array(records.length * classes);
  records.forEach((record, row) =>
    rows.set(logProbabilities.subarray(record * classes, (record + 1) * classes), row * classes),
  );
  const found = calibration(
    rows,
    Int32Array.from(records, (i) => labels[i]),
    classes,
  );
  return { ece: found.eceEqualWidth, brier: found.brier.estimate, nll: found.nll.estimate };
}

function publishedScores({ scores, usable }: AttackScores): Float64Array {
  return usable === undefined ? scores : scores.map((score, i) => (usable[i] === 1 ? score : NaN));
}

function notTested(set: SignalSet, shiftUntested: boolean): string[] {
  return [
    ...(shiftUntested
      ? ['Distribution shift on outputs: no other model held, or lacked, both members and non-members.']
      : []),
    'Attacks that query the model on other inputs (label-only boundary attacks) or see its weights: a file of outputs does not allow them.',
    'What an adversary with more shadow models, or with better knowledge of the training, could do.',
    ...(set.randomizedMembership
      ? []
      : ['One-run epsilon bounds: they need membership that was decided by coins (randomized_membership).']),
  ];
}
