import { z } from 'zod';
import { badInput } from '../errors';
import { joined } from '../platform/math/joined';
import { ceLosses } from '../signals/log-softmax';
import type { ModelSignals, SignalSet } from '../signals/signal-set';
import type { AttackNote, AttackScores } from './attack';
import { defineAttack, option, type Filled } from './define-attack';
import { takeRows, outOfFold } from './learners/lesson';
import { outputScores } from './output-scores';
import { lessonParts, requiredShadowModels } from './shadow-models';

const shape = {
  form: option(
    z.enum(['song-mittal', 'tf-privacy']).default('song-mittal'),
    'song-mittal: modified entropy, a histogram a class, 5 bins; tf-privacy: loss, one histogram, 15 bins',
    'Song and Mittal 2021; TensorFlow Privacy',
  ),
  fittedOn: option(
    z.enum(['shadow models', 'target']).default('shadow models'),
    'whose records make up the histograms',
    "Song and Mittal 2021; TensorFlow Privacy takes the target's own",
  ),
  bins: option(
    z.number().int('Must be a whole number').min(2, 'Must be at least 2').max(10000).optional(),
    'number of bins; by default that of the form',
    'Song and Mittal 2021; TensorFlow Privacy',
  ),
  prior: option(
    z.number().gt(0, 'Must be above 0').lt(1, 'Must be below 1').default(0.5),
    'probability of membership before anything is seen',
    'Song and Mittal 2021',
  ),
};

type Options = Filled<typeof shape>;

const folds = 5;
/** Features of a record: its metric and its class. */
const width = 2;

/**
 * Privacy-risk score of each record (Song and Mittal 2021, USENIX Security, arXiv:2003.10595, section 5): the probability that it
 * is a member, given its metric, by Bayes' rule from histograms of known records. In [0, 1], meant to be read as a probability.
 */
export const privacyRisk = defineAttack(shape, (options) => {
  const { form, fittedOn } = options;
  const song = form === 'song-mittal';
  const onTarget = fittedOn === 'target';
  const bins = options.bins ?? (song ? 5 : 15);
  return {
    name: `privacy-risk/${[
      form,
      ...(options.bins === undefined ? [] : [`${bins}-bins`]),
      ...(options.prior === 0.5 ? [] : [`prior-${options.prior}`]),
      ...(onTarget ? ['upper-bound'] : []),
    ].join('-')}`,
    title: `Privacy-risk score, ${song ? 'Song and Mittal' : 'TensorFlow Privacy'}${onTarget ? " (auditor's upper bound)" : ''}`,
    formula:
      'prior h_in / (prior h_in + (1 - prior) h_out), h = share of members / non-members in the bin of ' +
      (song ? 'the modified entropy, among records of the class' : 'the loss, all classes together') +
      `; ${bins} bins even in the logarithm`,
    reference: 'Song and Mittal 2021, arXiv:2003.10595',
    threatModel:
      'The probabilities of all classes of each record and its label; ' +
      (onTarget
        ? 'the membership of the other records.'
        : 'shadow models trained as the target was, with known members.'),
    needs: onTarget ? [] : ['shadow models'],
    fittedOn,
    cost: {
      queries: '1 a record',
      models: onTarget ? 'none, but the membership itself' : 'at least one shadow model',
    },
    differences:
      "TensorFlow Privacy makes the histograms of the target's own records and scores the same ones, so a bin with one record " +
      'gets risk 0 or 1; on the target, here each record is scored by the histograms of the other folds. Values beyond the ' +
      'known ones get the outermost bin. A class without members or non-members gets the histogram of all.',
    scores: (set, { seed }) => (onTarget ? onOwn(set, options, bins, seed) : onShadows(set, options, bins)),
  };
});

/** The metric of each record with its class. */
function metricRows(signals: ModelSignals, form: Options['form']) {
  const metric =
    form === 'song-mittal'
      ? outputScores['modified-entropy'].score(signals).map((score) => 0 - score)
      : ceLosses(signals);
  const values = new Float64Array(width * signals.n);
  for (let i = 0; i < signals.n; i++) {
    values[width * i] = metric[i];
    values[width * i + 1] = signals.labels[i];
  }
  return { n: signals.n, width, values };
}

interface Risks {
  readonly scores: Float64Array;
  readonly lacking: readonly number[];
}

/** Risks of `asked` by the histograms of `known`; rows as of `metricRows`. */
function risks(
  known: { readonly n: number; readonly values: Float64Array },
  members: Uint8Array,
  asked: { readonly n: number; readonly values: Float64Array },
  { form, prior }: Options,
  bins: number,
  classes: number,
): Risks {
  const metric = Float64Array.from({ length: known.n }, (_, i) => known.values[width * i]);
  const edges = logEdges(metric, bins);
  const all = riskHistogram(metric, members, edges);
  const perClass: RiskHistogram[] = [];
  const lacking: number[] = [];
  if (form === 'song-mittal') {
    const positions = Array.from({ length: classes }, (): number[] => []);
    for (let i = 0; i < known.n; i++) positions[known.values[width * i + 1]].push(i);
    positions.forEach((own, label) => {
      const flags = Uint8Array.from(own, (i) => members[i]);
      const both = flags.includes(1) && flags.includes(0);
      if (!both) lacking.push(label);
      perClass.push(
        both
          ? riskHistogram(
              Float64Array.from(own, (i) => metric[i]),
              flags,
              edges,
            )
          : all,
      );
    });
  }
  const scores = Float64Array.from({ length: asked.n }, (_, i) => {
    const histogram = form === 'song-mittal' ? perClass[asked.values[width * i + 1]] : all;
    return riskOf(histogram, asked.values[width * i], prior);
  });
  return { scores, lacking };
}

function onShadows(set: SignalSet, options: Options, bins: number): AttackScores {
  const shadows = requiredShadowModels(
    set,
    'a privacy risk needs one',
    "Or fit it on the target: fittedOn: 'target'",
  );
  const parts = shadows.map((m) => metricRows(set.model(m), options.form));
  const own = metricRows(set.model(set.target), options.form);
  const scores = new Float64Array(set.n);
  const lacking = new Set<number>();
  for (const { known, asked } of lessonParts(set, shadows)) {
    const values = joined(
      Float64Array,
      parts.map((part) => takeRows(part, known).values),
    );
    const members = joined(
      Uint8Array,
      shadows.map((m) => Uint8Array.from(known, (i) => set.members[m][i])),
    );
    const lesson = { n: members.length, values };
    const found = risks(lesson, members, takeRows(own, asked), options, bins, set.classes);
    asked.forEach((record, at) => (scores[record] = found.scores[at]));
    found.lacking.forEach((label) => lacking.add(label));
  }
  return { scores, cuts: new Float64Array(set.n).fill(0.5), notes: lackingNote(ascending(lacking)) };
}

function onOwn(set: SignalSet, options: Options, bins: number, seed: number): AttackScores {
  const rows = metricRows(set.model(set.target), options.form);
  const lacking = new Set<number>();
  const scores = outOfFold(
    rows,
    set.members[set.target],
    folds,
    (known, members, judged) => {
      const found = risks(known, members, judged, options, bins, set.classes);
      found.lacking.forEach((label) => lacking.add(label));
      return found.scores;
    },
    seed,
  );
  return {
    scores,
    notes: [...lackingNote(ascending(lacking)), { code: 'fitted-on-target', what: 'histograms', folds }],
  };
}

const ascending = (labels: ReadonlySet<number>): number[] => [...labels].sort((a, b) => a - b);

function lackingNote(classes: readonly number[]): AttackNote[] {
  return classes.length === 0 ? [] : [{ code: 'shared-by-classes', what: 'histogram', classes }];
}

/**
 * Risks in-sample, as TensorFlow Privacy has them: histograms of the target's own losses, each record judged by a histogram that
 * holds it. For comparison with that code; biased towards 0 and 1 where bins hold few records.
 *
 * @returns risks [n]
 */
export function privacyRiskAsTfPrivacy(target: ModelSignals, bins = 15): Float64Array {
  const losses = ceLosses(target);
  const histogram = riskHistogram(losses, target.members, logEdges(losses, bins));
  return losses.map((loss) => riskOf(histogram, loss));
}

/** A metric of known records: how often each of its bins occurs among members and among non-members. */
export interface RiskHistogram {
  /** Bin edges, ascending, [bins + 1]. */
  readonly edges: Float64Array;
  /** Share of the members in each bin, [bins]; sums to 1. */
  readonly members: Float64Array;
  readonly nonMembers: Float64Array;
}

/** Values below this count as this, where bins are even in the logarithm. */
export const smallestValue = 1e-10;

/**
 * Bin edges even in the logarithm, from the smallest to the largest value, each at least 1e-10: [bins + 1]. All values equal:
 * one bin about them.
 */
export function logEdges(values: Float64Array, bins: number): Float64Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    const own = Math.max(value, smallestValue);
    low = Math.min(low, own);
    high = Math.max(high, own);
  }
  if (low === high) return Float64Array.of(low, high);
  const [from, to] = [Math.log(low), Math.log(high)];
  const edges = Float64Array.from({ length: bins + 1 }, (_, b) => Math.exp(from + ((to - from) * b) / bins));
  edges[0] = low;
  edges[bins] = high;
  return edges;
}

/** The bin of a value, in 0 .. bins-1: edges[b] <= value < edges[b + 1]; beyond the ends the outermost bin. */
export function binOf(edges: Float64Array, value: number): number {
  const own = Math.max(value, smallestValue);
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle] <= own) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Counts a metric of known records in given bins.
 *
 * @param values [n], at least 0
 * @param members [n]
 * @throws UserError if a side is empty
 */
export function riskHistogram(values: Float64Array, members: Uint8Array, edges: Float64Array): RiskHistogram {
  const inside = new Float64Array(edges.length - 1);
  const outside = new Float64Array(edges.length - 1);
  let m = 0;
  for (let i = 0; i < values.length; i++) {
    (members[i] === 1 ? inside : outside)[binOf(edges, values[i])]++;
    m += members[i];
  }
  if (m === 0 || m === values.length) {
    throw badInput(
      'members',
      members[0],
      'a risk needs members and non-members',
      'Pass records of both kinds',
    );
  }
  return {
    edges,
    members: inside.map((count) => count / m),
    nonMembers: outside.map((count) => count / (values.length - m)),
  };
}

/**
 * Privacy risk of a value, in [0, 1]: prior h_in / (prior h_in + (1 - prior) h_out) with the shares of its bin; the prior where
 * the bin is empty on both sides.
 */
export function riskOf({ edges, members, nonMembers }: RiskHistogram, value: number, prior = 0.5): number {
  const bin = binOf(edges, value);
  const inside = prior * members[bin];
  const all = inside + (1 - prior) * nonMembers[bin];
  return all === 0 ? prior : inside / all;
}
