import { compareDefenses, selectOnShadows, summarize } from '../../src/experiments/compare';
import type { DefenseName } from '../../src/defenses/registry';
import type {
  DefenseResult,
  RunResult,
  StudyAttackResult,
  StudyResult,
} from '../../src/experiments/study-result';
import { defensesOf } from '../../src/experiments/study-defenses';
import { recipe as plain, type RecipeChanges } from '../../src/training/recipe';
import { p1FromAdvantage } from '../../src/metrics/advantage';
import { sampleResult } from './sample-result';

type Setting = readonly [name: string, options: Readonly<Record<string, number>>, recipe?: RecipeChanges];

const settings: readonly Setting[] = [
  ['ce', {}],
  ['ce', {}, { weightDecay: 0.005 }],
  ['ce', {}, { weightDecay: 0.0001 }],
  ['ccel', { alpha: 0.7 }],
  ['ccel', { alpha: 0.3 }],
  ['ccel', { alpha: 0.5 }],
  ['focal', { gamma: 1 }],
  ['focal', { gamma: 2 }],
  ['relaxloss', { target: 1 }],
];

function run(i: number, seed: number): RunResult {
  const source = sampleResult().defenses[i % 3].runs[seed - 1];
  const shift = 0.02 * i - 0.004 * seed * (i % 2);
  const testAccuracy = source.testAccuracy - 0.01 * (i % 4);
  const attacks = source.attacks.map((attack): StudyAttackResult => ({
    ...attack,
    advantage: { ...attack.advantage, estimate: attack.advantage.estimate - shift },
  }));
  const advantage = source.lossAttack.advantage - shift;
  const p1 = p1FromAdvantage(testAccuracy, advantage);
  return {
    ...source,
    testAccuracy,
    attacks,
    lossAttack: { advantage, auc: source.lossAttack.auc - shift / 2 },
    // The shadow models are the better off the later a method stands.
    shadows: { testAccuracy: testAccuracy - 0.01, advantage: advantage + 0.01, p1: 0.4 + 0.01 * i },
    p1,
  };
}

/** A synthetic study of grids: nine methods in four families, three seeds, and what their shadow models chose. */
export function gridResult(): StudyResult {
  const defenses = settings.map(([name, given, recipe = {}], i): DefenseResult => {
    const runs = [1, 2, 3].map((seed) => run(i, seed));
    const [{ key, label, defense }] = defensesOf({ defense: name as DefenseName, ...given, recipe }, plain());
    const { title, options } = defense;
    return { key, name, options, recipe, title, label, runs, summary: summarize(runs) };
  });
  const sample = sampleResult();
  return {
    ...sample,
    name: 'grid (synthetic)',
    command: 'npx ccl study run grid.yaml',
    defenses,
    comparisons: compareDefenses(defenses),
    selections: selectOnShadows(defenses),
  };
}

/** A result as committed ones are: without the losses of single records. */
export function withoutLosses(result: StudyResult): StudyResult {
  return withRuns(result, (each) => ({ ...each, memberLosses: [], nonMemberLosses: [] }));
}

/** A result of an ensemble: one seed, and each attack judged on two kinds of canaries as well. */
export function withCanaries(result: StudyResult): StudyResult {
  const method = { name: 'clustered-bootstrap', resamples: 2000, models: 64 } as const;
  const coarse = { name: 'not-resolvable', least: 10, count: 3200, pairs: true } as const;
  const judged = (tpr: number): StudyAttackResult['canaries'][keyof StudyAttackResult['canaries']] => ({
    accuracy: { estimate: 0.9, low: 0.85, high: 0.95, method },
    advantage: { estimate: 0.8, low: 0.7, high: 0.9, method },
    auc: { estimate: 0.97, low: 0.95, high: 0.99, method },
    tprAtFpr: {
      '0.01': { estimate: tpr, low: tpr - 0.1, high: tpr + 0.1, method },
      '0.001': { estimate: tpr / 2, low: null, high: null, method: coarse },
    },
  });
  const one = {
    ...result,
    selections: [],
    defenses: result.defenses.map((each) => ({
      ...each,
      runs: [each.runs[0]],
      summary: summarize([each.runs[0]]),
    })),
  };
  return withRuns(one, (each) => ({
    ...each,
    shadows: null,
    attacks: each.attacks.map((attack) => ({
      ...attack,
      smallestFpr: 10 / 160_000,
      canaries: { mislabelled: judged(0.75), 'out-of-distribution': judged(0.5) },
    })),
  }));
}

function withRuns(result: StudyResult, change: (run: RunResult) => RunResult): StudyResult {
  return {
    ...result,
    defenses: result.defenses.map((defense) => ({ ...defense, runs: defense.runs.map(change) })),
  };
}
