import { z } from 'zod';
import { badInput } from '../errors';
import type { SignalSet } from '../signals/signal-set';
import { distinctNotes, type AttackNote, type AttackScores, type LackingPart } from './attack';
import { bestCut, ofRecords, pooledRecords, type ScoredRecords } from './class-thresholds';
import { defineAttack, option, type Filled, type OutputStatement } from './define-attack';
import { outputScores } from './output-scores';
import { lessonParts, requiredShadowModels } from './shadow-models';

/** The scores that thresholds can be put on. */
const scoreNames = [
  'scaled-logit',
  'loss',
  'confidence',
  'max-confidence',
  'entropy',
  'modified-entropy',
  'hinge',
] as const satisfies readonly (keyof typeof outputScores)[];

const shape = {
  score: option(
    z.enum(scoreNames).default('scaled-logit'),
    'the score that is compared with the threshold; the scaled logit ranks as the loss does, without ties',
    'Song and Mittal 2021; Carlini et al. 2022 (scaled logit, hinge)',
  ),
  by: option(
    z.enum(['all', 'class', 'group']).default('class'),
    'one threshold for all records, one a class, or one a group of the set',
    'Yeom et al. 2018 (all); Song and Mittal 2021 (class)',
  ),
  setOn: option(
    z.enum(['shadow models', 'target']).default('shadow models'),
    "target is the oracle: the best thresholds for the target's own records, which no adversary knows",
    'Song and Mittal 2021; the oracle is what a largest advantage on a ROC curve reports',
  ),
};

type Options = Filled<typeof shape>;

const words = { all: 'one for all', class: 'one a class', group: 'one a group' } as const;

/**
 * Thresholds on a score that maximize (TPR + TNR) / 2 on shadow models, or, as an oracle, on the target itself. The score of
 * this attack is the distance to the threshold, s - cut, so that its ranking compares records across classes or groups as
 * the decision does; the cut is 0.
 */
export const thresholds = defineAttack(shape, (options) => {
  const { score, by, setOn } = options;
  const oracle = setOn === 'target';
  const attack: OutputStatement = outputScores[score];
  const name = `threshold/${[score, by, ...(oracle ? ['oracle'] : [])].join('-')}`;
  return {
    name,
    title: `Threshold on ${attack.title.toLowerCase()}, ${words[by]}${oracle ? " (oracle: auditor's upper bound)" : ''}`,
    formula: `s - cut, s = ${attack.formula}; cut = argmax (TPR + TNR) / 2, ${words[by]}, on ${
      oracle ? "the target's own records" : 'shadow models'
    }`,
    reference:
      by === 'all'
        ? 'Yeom et al. 2018, arXiv:1709.01604'
        : 'Song and Mittal 2021, arXiv:2003.10595 (one threshold a class)',
    threatModel:
      'One query per record returns the probabilities of all classes; the true label is known; ' +
      `${by === 'group' ? 'the group of each record is known; ' : ''}${
        oracle
          ? 'the membership of every record, of which only the thresholds are kept.'
          : "shadow models trained with the target's own loss, defense and settings set the thresholds."
      }`,
    needs: [
      ...(oracle ? [] : (['shadow models'] as const)),
      ...(by === 'group' ? (['groups'] as const) : []),
    ],
    // A threshold a class asks for the labels, which such signals lack.
    ...(score === 'scaled-logit' && by !== 'class' ? { onTrueClass: true as const } : {}),
    fittedOn: oracle ? 'target' : 'shadow models',
    ...(oracle ? { inSample: true } : {}),
    cost: {
      queries: '1 a record',
      models: oracle ? 'none, but the membership itself' : 'at least one shadow model',
    },
    differences:
      'Of several best thresholds the highest is kept; public codes keep the first that they meet. RelaxLoss sets them on ' +
      'a model without the defense. The oracle is what a ROC curve with the largest advantage reports, biased upward.',
    scores: (set) => scoreAgainstCuts(set, attack, options, name),
  };
});

function scoreAgainstCuts(
  set: SignalSet,
  attack: OutputStatement,
  { by, setOn }: Options,
  name: string,
): AttackScores {
  const oracle = setOn === 'target';
  const models = oracle
    ? [set.target]
    : requiredShadowModels(set, `${name} sets its threshold on at least one`);
  const kinds = partsOf(set, by, name);
  const pooled = pooledRecords(
    attack.score,
    models.map((m) => set.model(m)),
  );
  const everybody = Int32Array.from({ length: set.n }, (_, i) => i);
  const lessons = oracle ? [{ known: everybody, asked: everybody }] : lessonParts(set, models);
  const scores = attack.score(set.model(set.target));
  const notes: AttackNote[] = [];
  for (const { known, asked } of lessons) {
    const found = cutsOf(ofRecords(pooled, set.n, known), known, kinds);
    for (const i of asked) scores[i] -= found.cuts[kinds.parts[i]];
    notes.push(...found.notes);
  }
  if (oracle) notes.push({ code: 'cuts-on-target' });
  return { scores, cuts: new Float64Array(set.n), notes: distinctNotes(notes) };
}

interface Parts {
  readonly by: 'class' | 'group';
  /** The part of each record that shares a threshold, [n]. */
  readonly parts: Int32Array;
  /** Classes or groups, in the order of their numbers in `parts`. */
  readonly names: readonly (number | string)[];
}

function partsOf(set: SignalSet, by: Options['by'], name: string): Parts {
  if (by === 'all') return { by: 'class', parts: new Int32Array(set.n), names: [0] };
  if (by === 'class') {
    return { by, parts: set.labels, names: Array.from({ length: set.classes }, (_, k) => k) };
  }
  if (set.groups === undefined) {
    throw badInput('groups', undefined, `${name} needs them`, 'Pass a group for each record');
  }
  const names = [...new Set(set.groups)].sort();
  const index = new Map(names.map((group, at) => [group, at]));
  return {
    by,
    parts: Int32Array.from(set.groups, (group) => index.get(group)!),
    names,
  };
}

/** @param known the records whose rows, model by model, are given */
function cutsOf(
  { scores, members }: ScoredRecords,
  known: Int32Array,
  { by, parts, names }: Parts,
): { cuts: Float64Array; notes: AttackNote[] } {
  const positions = names.map((): number[] => []);
  for (let i = 0; i < scores.length; i++) positions[parts[known[i % known.length]]].push(i);
  const global = bestCut(scores, members);
  const lacking: LackingPart[] = [];
  const cuts = Float64Array.from(positions, (own, part) => {
    const flags = Uint8Array.from(own, (i) => members[i]);
    if (flags.includes(1) && flags.includes(0))
      return bestCut(
        Float64Array.from(own, (i) => scores[i]),
        flags,
      );
    const lacks = own.length === 0 ? 'record' : flags.includes(1) ? 'non-member' : 'member';
    lacking.push({ part: names[part], lacks });
    return global;
  });
  return { cuts, notes: lacking.length === 0 ? [] : [{ code: 'shared-cut', by, parts: lacking }] };
}
