import { evaluateAttack } from '../attacks/evaluate-attack';
import { UserError } from '../errors';
import { p1FromAdvantage } from '../metrics/advantage';
import { mean } from '../platform/math/quantile';
import { memorySignalSet } from '../signals/memory-signal-set';
import type { SignalSet } from '../signals/signal-set';
import { attackBehavior } from './behavior/attack-behavior';
import { blockId, type BlockSpec, type FinishedModel } from './block';
import { lossAttackOn, lossesOf, pathOf, pointOf, releasedView, shareRight } from './model-path';
import type { PlannedModel, PlannedRun } from './plan';
import { keptResult } from './store/results';
import type { Store } from './store/store';
import type { Study } from './study';
import { isStandard, type StudyAttack } from './study-attacks';
import type { RunResult, ShadowNumbers, StudyAttackResult } from './study-result';

export interface RunAnalysisInput {
  readonly study: Study;
  readonly store: Store;
  readonly reader: ModelReader;
}

/** Attacks a target with its shadow models. */
export async function analyzeRun(
  run: PlannedRun,
  { study, store, reader }: RunAnalysisInput,
): Promise<RunResult> {
  const [own] = reader.read(run.targets);
  const shadows = reader.read(run.shadows);
  const names = [...run.targets, ...run.shadows].map(modelName);
  let dealt: DealtSet | undefined;
  const attacks: StudyAttackResult[] = [];
  for (const each of study.attacks) {
    const from = {
      kind: 'attack',
      models: names,
      options: { attack: each.name, ...each.options },
      behavior: attackBehavior(each.attack),
    };
    attacks.push(
      await keptResult(store, from, () =>
        isStandard(each)
          ? standardAttackOn(each, own, shadows)
          : attackOn(each, (dealt ??= dealtSet([own, ...shadows])), run.seed),
      ),
    );
  }
  const released = releasedView(own);
  const judged = attacks.find(({ name }) => name === 'loss');
  const lossAttack =
    judged === undefined
      ? lossAttackOn(
          released,
          shadows.map((shadow) => releasedView(shadow)),
          own.signals.classes,
        )
      : { advantage: judged.advantage.estimate, auc: judged.auc.estimate };
  const point = pointOf([released]);
  return {
    seed: run.seed,
    block: modelName(run.targets[0]),
    ...point,
    attacks,
    lossAttack,
    shadows: study.adversary === 'adaptive' ? shadowNumbers(shadows) : null,
    p1: p1FromAdvantage(point.testAccuracy, lossAttack.advantage),
    path: pathOf(own, shadows),
    memberLosses: lossesOf(released, 1),
    nonMemberLosses: lossesOf(released, 0),
  };
}

/** Cuts per class from the shadow models' own records. */
function standardAttackOn(
  each: StudyAttack,
  own: FinishedModel,
  shadows: readonly FinishedModel[],
): StudyAttackResult {
  const signals = shadows.map((shadow) => shadow.signals);
  return { ...evaluateAttack(each.attack, own.signals, signals), canaries: {} };
}

/** What the attack achieves on the target's own records; the others only help it. */
function attackOn(each: StudyAttack, { set }: DealtSet, seed: number): StudyAttackResult {
  return { ...evaluateAttack(each.attack, set, [], { seed }), canaries: {} };
}

/**
 * What shadow models show about their own training, with no target near: each is attacked with cuts from the next one. A
 * single one is halved: cuts from every other record judge the rest, and the other way round.
 */
export function shadowNumbers(shadows: readonly FinishedModel[]): ShadowNumbers {
  const { classes } = shadows[0].signals;
  const testAccuracy = mean(shadows.map((shadow) => shareRight(releasedView(shadow), 0)));
  const advantage =
    shadows.length === 1
      ? halvedAdvantage(shadows[0])
      : mean(
          shadows.map((shadow, i) => {
            const next = releasedView(shadows[(i + 1) % shadows.length]);
            return lossAttackOn(releasedView(shadow), [next], classes).advantage;
          }),
        );
  return { testAccuracy, advantage, p1: p1FromAdvantage(testAccuracy, advantage) };
}

function halvedAdvantage(shadow: FinishedModel): number {
  const { n, members, classes } = shadow.signals;
  const seen = [0, 0];
  const halves: number[][] = [[], []];
  for (let r = 0; r < n; r++) halves[seen[members[r]]++ % 2].push(r);
  const [even, odd] = halves.map((rows) => releasedView(shadow, Int32Array.from(rows)));
  return (lossAttackOn(even, [odd], classes).advantage + lossAttackOn(odd, [even], classes).advantage) / 2;
}

/** Reads the models of runs from a store, each block once for all of its models. */
export class ModelReader {
  private last: { readonly id: string; readonly models: readonly FinishedModel[] } | undefined;

  constructor(private readonly store: Store) {}

  /** @throws UserError if a block is missing, e.g. removed since it was trained */
  read(wanted: readonly PlannedModel[]): FinishedModel[] {
    return wanted.map(({ block, place }) => this.block(block)[place]);
  }

  private block(spec: BlockSpec): readonly FinishedModel[] {
    const id = blockId(spec);
    if (this.last?.id === id) return this.last.models;
    const models = this.store.read(spec);
    if (models === null) {
      throw new UserError(
        `The block ${id} is not in the store ${this.store.folder} any more, or it is damaged. Run the study again: it is trained anew.`,
      );
    }
    this.last = { id, models };
    return models;
  }
}

/** A model's name in the keys of kept results: its block, and its place there. */
export function modelName({ block, place }: PlannedModel): string {
  return `${blockId(block)}/${place}`;
}

/** Outputs of a target and the models around it on the records that all of them were asked about. */
export interface DealtSet {
  /** The target is model 0. */
  readonly set: SignalSet;
  /** Numbers of the records in the data set, ascending, [n]. */
  readonly records: Int32Array;
  /** 1 = one of the target's own records (member or non-member), [n]; the others were dealt to the other side. */
  readonly own: Uint8Array;
}

/** Where a model's outputs on a record are. */
interface Place {
  readonly logits: Float32Array | Float64Array;
  readonly row: number;
  readonly label: number;
  readonly isMember: boolean;
  readonly isOwn: boolean;
}

/**
 * Lines up finished models by record number. A record that a model was not trained on is a non-member of it, whichever
 * side it was dealt to; a record that stands twice among its members (a duplicated canary) counts once.
 *
 * @param models the target first
 */
export function dealtSet(models: readonly FinishedModel[]): DealtSet {
  const places = models.map(placesOf);
  const records = Int32Array.from(
    [...places[0].keys()].filter((record) => places.every((of) => of.has(record))),
  ).sort();
  const { classes } = models[0].signals;
  const rows = places.map((of) => Array.from(records, (record) => of.get(record)!));
  const own = Uint8Array.from(rows[0], ({ isOwn }) => (isOwn ? 1 : 0));
  const logits = rows.map((row) => {
    const out = new Float32Array(records.length * classes);
    row.forEach((at, i) =>
      out.set(at.logits.subarray(at.row * classes, (at.row + 1) * classes), i * classes),
    );
    return out;
  });
  return {
    set: memorySignalSet({
      logits,
      classes,
      labels: Int32Array.from(rows[0], ({ label }) => label),
      members: rows.map((row) => Uint8Array.from(row, ({ isMember }) => (isMember ? 1 : 0))),
      recordNumbers: records,
      ...(own.includes(0) && { audited: own }),
    }),
    records,
    own,
  };
}

function placesOf({ records, signals, elsewhere }: FinishedModel): Map<number, Place> {
  const places = new Map<number, Place>();
  elsewhere.records.forEach((record, row) =>
    places.set(record, {
      logits: elsewhere.logits,
      row,
      label: elsewhere.labels[row],
      isMember: false,
      isOwn: false,
    }),
  );
  records.forEach((record, row) =>
    places.set(record, {
      logits: signals.logits,
      row,
      label: signals.labels[row],
      isMember: signals.members[row] === 1,
      isOwn: true,
    }),
  );
  return places;
}
