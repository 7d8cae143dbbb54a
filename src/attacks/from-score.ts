import type { ScoreAttack, SetAttack } from './attack';
import { classThresholds } from './class-thresholds';
import { lessonParts } from './lesson-parts';
import { ofRecords, pooledRecords } from './pooled-records';
import { shadowModels } from './shadow-models';
import { distinctNotes, type AttackNote } from './notes';

/**
 * A score of single outputs as an attack on a set: cuts a class are set on the shadow models where the set has some, on
 * the definition where it fixes one, and nowhere else; the target's membership is not touched.
 */
export function fromScore(attack: ScoreAttack): SetAttack {
  const { name, title, formula, reference, threatModel } = attack;
  return {
    name,
    title,
    formula,
    reference,
    threatModel,
    needs: [],
    fittedOn: 'nothing',
    cost: {
      queries: '1 a record',
      models: attack.cut === undefined ? 'one shadow model for its cuts' : 'none',
    },
    scores(set) {
      const scores = attack.score(set.model(set.target));
      if (attack.cut !== undefined)
        return { scores, cuts: new Float64Array(set.n).fill(attack.cut), notes: [] };
      const shadows = shadowModels(set);
      if (shadows.length === 0) return { scores, notes: [{ code: 'no-cut' }] };
      const known = pooledRecords(
        attack,
        shadows.map((m) => set.model(m)),
      );
      const cuts = new Float64Array(set.n);
      const notes: AttackNote[] = [];
      for (const part of lessonParts(set, shadows)) {
        const found = classThresholds(ofRecords(known, set.n, part.known), set.classes);
        for (const i of part.asked) cuts[i] = found.cuts[set.labels[i]];
        notes.push(...found.notes);
      }
      return { scores, cuts, notes: distinctNotes(notes) };
    },
  };
}
