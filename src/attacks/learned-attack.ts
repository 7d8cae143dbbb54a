import { z } from 'zod';
import { Interrupted } from '../errors';
import { joined } from '../platform/math/joined';
import type { SignalSet } from '../signals/signal-set';
import type { Attack, AttackContext, AttackScores, Need } from './attack';
import { makeAttack, option, type SetStatement } from './define-attack';
import {
  takeRows,
  type FeatureRows,
  checkRows,
  lessonOf,
  outOfFold,
  type Learner,
  type Lesson,
} from './learners/lesson';
import { lessonParts, requiredShadowModels } from './shadow-models';

const folds = 5;

/** Options that all attackers share that learn. */
export const learnedShape = {
  fittedOn: option(
    z.enum(['shadow models', 'target']).default('shadow models'),
    "shadow models: an attack; target: on the target's own membership, each record scored once by a fit without it, the " +
      "auditor's upper bound of what such an attacker could reach with perfect shadow models",
    'Shokri et al. 2017 (shadow models); TensorFlow Privacy fits on the target',
  ),
  records: option(
    z.number().int('Must be a whole number').min(10, 'Must be at least 10').optional(),
    'the attacker learns from at most that many records, drawn by the seed; default by attacker',
    'ours, to bound the time',
  ),
};

/** The part of a learned attack that its file states. */
export interface LearnedAttackParts {
  readonly name: string;
  readonly title: string;
  readonly formula: string;
  readonly reference: string;
  readonly differences?: string;
  /** What the adversary sees of a record, as the beginning of a sentence. */
  readonly sees: string;
  /** Queries, in words; default one a record. */
  readonly queries?: string;
  /** Shadow models, in words, where they must be trained in a certain way. */
  readonly shadows?: string;
  /** Beside shadow models. */
  readonly needs?: readonly Need[];
  readonly withoutLabels?: true;
  readonly fittedOn: 'shadow models' | 'target';
  readonly mostRecords: number;
  features(set: SignalSet, model: number): FeatureRows;
  readonly learner: Learner;
}

/** An attacker that learns membership from features, e.g. one of your own. */
export function learnedAttack(parts: LearnedAttackParts): Attack {
  return makeAttack(learnedStatement(parts));
}

/** The same for the registry. */
export function learnedStatement(parts: LearnedAttackParts): SetStatement {
  const { name, title, formula, reference, differences, sees, fittedOn } = parts;
  const onTarget = fittedOn === 'target';
  const shadows = parts.shadows ?? 'shadow models trained as the target was';
  return {
    name: onTarget ? `${name}${name.includes('/') ? '-' : '/'}upper-bound` : name,
    title: `${title}${onTarget ? " (auditor's upper bound)" : ''}`,
    formula,
    reference,
    threatModel: `${sees}; ${onTarget ? 'the membership of the other records.' : `${shadows}, with known members.`}`,
    needs: [...(onTarget ? [] : (['shadow models'] as const)), ...(parts.needs ?? [])],
    fittedOn,
    ...(parts.withoutLabels && { withoutLabels: true }),
    cost: {
      queries: parts.queries ?? '1 a record',
      models: onTarget ? 'none, but the membership itself' : shadows,
    },
    ...(differences === undefined ? {} : { differences }),
    scores: (set, context) => (onTarget ? onOwn(parts, set, context) : onShadows(parts, set, context)),
  };
}

function limit({ mostRecords }: LearnedAttackParts, { effort }: AttackContext): number {
  return effort === 'check' ? Math.min(checkRows, mostRecords) : mostRecords;
}

function stopIfAsked(name: string, { signal }: AttackContext): void {
  if (signal?.aborted) throw new Interrupted(`The attack ${name} was interrupted.`);
}

function onOwn(parts: LearnedAttackParts, set: SignalSet, context: AttackContext): AttackScores {
  const rows = parts.features(set, set.target);
  const most = limit(parts, context);
  const scores = outOfFold(
    rows,
    set.members[set.target],
    folds,
    (known, members, judged) => {
      stopIfAsked(parts.name, context);
      return parts.learner(lessonOf(known, members, most, context.seed), context).scores(judged);
    },
    context.seed,
  );
  return {
    scores,
    notes: [
      { code: 'fitted-on-target', what: 'fit', folds },
      ...(rows.n * (1 - 1 / folds) > most ? [{ code: 'records-a-fit', records: most } as const] : []),
    ],
  };
}

function onShadows(parts: LearnedAttackParts, set: SignalSet, context: AttackContext): AttackScores {
  const shadows = requiredShadowModels(set, `${parts.name} learns from at least one`);
  const halves = lessonParts(set, shadows);
  // A self-check shares its few rows out among the fits.
  const most = limit(parts, context) / (context.effort === 'check' ? halves.length : 1);
  const each = Math.max(2, Math.floor(most / shadows.length));
  const lessons = shadows.map((m) => {
    stopIfAsked(parts.name, context);
    const rows = parts.features(set, m);
    return halves.map(({ known }) =>
      lessonOf(
        takeRows(rows, known),
        Uint8Array.from(known, (i) => set.members[m][i]),
        each,
        context.seed,
      ),
    );
  });
  const own = parts.features(set, set.target);
  const scores = new Float64Array(set.n);
  const cuts = new Float64Array(set.n);
  const sizes = halves.map(({ asked }, at) => {
    stopIfAsked(parts.name, context);
    const lesson = joinedLesson(lessons.map((ofModel) => ofModel[at]));
    const size = lesson.rows.n;
    const fitted = parts.learner(lessonOf(lesson.rows, lesson.members, size, context.seed), context);
    const found = fitted.scores(takeRows(own, asked));
    asked.forEach((record, place) => {
      scores[record] = found[place];
      cuts[record] = fitted.cut;
    });
    return size;
  });
  const [records, ...otherSizes] = new Set(sizes);
  const more = halves.length === 1 ? {} : { halves: true as const, otherSizes };
  return {
    scores,
    cuts,
    notes: [{ code: 'learned-from-shadows', records, models: shadows.length, ...more }],
  };
}

function joinedLesson(lessons: readonly Lesson[]): Lesson {
  const rows = {
    n: lessons.reduce((sum, lesson) => sum + lesson.rows.n, 0),
    width: lessons[0].rows.width,
    values: joined(
      Float64Array,
      lessons.map((lesson) => lesson.rows.values),
    ),
  };
  const members = joined(
    Uint8Array,
    lessons.map((lesson) => lesson.members),
  );
  return { rows, members };
}
