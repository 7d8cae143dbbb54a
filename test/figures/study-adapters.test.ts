import { describe, expect, it } from 'vitest';
import { studyAlphaCurves, studyAlphaFigure } from '../../src/figures/alpha-ablation';
import { studyHeatMap, studyHeatMapFigure } from '../../src/figures/heat-map';
import { lossHistogramFigure } from '../../src/figures/loss-histogram';
import { studyP1Figure, studyP1Groups } from '../../src/figures/p1-bars';
import { studyPlanePanels } from '../../src/figures/plane-data';
import { studyPlaneFigure } from '../../src/figures/privacy-utility-plane';
import { rocFigure } from '../../src/figures/roc';
import { chosenMethods, shownMethods, studyFamilies } from '../../src/figures/study-data';
import { mean } from '../../src/platform/math/quantile';
import { meanOverSeeds } from '../../src/metrics/over-seeds';
import { gridResult, withCanaries, withoutLosses } from '../report/grid-result';

const result = gridResult();
const method = (key: string) => result.defenses.find((each) => each.key === key)!;
const advantages = (key: string, attack: string): number[] =>
  method(key).runs.map((run) => run.attacks.find(({ name }) => name === attack)!.advantage.estimate);

describe('families of a study', () => {
  it('are named after what varies, with the value of the study where a defense changes none, in ascending order', () => {
    const families = studyFamilies(result);
    expect(families.map(({ label }) => label)).toEqual([
      'CE (weight decay)',
      'CCEL (alpha)',
      'Focal (gamma)',
      'RelaxLoss (target 1)',
    ]);
    expect(families[0].members.map(({ parameter }) => parameter)).toEqual(['0.0001', '0.0005', '0.005']);
    expect(families[0].members[1].defense).toBe(result.defenses[0]);
    expect(families[3].members.map(({ parameter, value }) => [parameter, value])).toEqual([['', null]]);
  });

  it('of several varied options write their values in one order', () => {
    const first = { ...result.defenses[0], name: 'dp-sgd', title: 'DP-SGD', label: 'DP-SGD (clip 1)' };
    const of = [
      { ...first, options: { clipNorm: 1, noise: 0.1, pld: { a: 1 } } },
      { ...first, options: { clipNorm: 4, noise: 0.1, pld: { a: 1 } }, recipe: { learningRate: 0.3 } },
    ];
    const [family] = studyFamilies({ defenses: of, settings: result.settings });
    expect(family.label).toBe('DP-SGD (clip norm, learning rate)');
    expect(family.members.map(({ parameter }) => parameter)).toEqual(['1, 0.1', '4, 0.3']);
  });
});

describe('the plane of a study', () => {
  it('has the means of the runs with t intervals, a line a family, the first method as undefended', () => {
    const [panel] = studyPlanePanels(result, ['loss']);
    expect(panel.attack).toBe('Loss');
    expect(panel.methods.map(({ label }) => label)[1]).toBe('CCEL (alpha)');
    const point = panel.methods[1].points[2];
    expect(point.parameter).toBe('0.7');
    expect(point.privacy).toEqual(meanOverSeeds(advantages('ccel alpha=0.7', 'loss')));
    expect(point.testAccuracy.estimate).toBeCloseTo(
      mean(method('ccel alpha=0.7').runs.map(({ testAccuracy }) => testAccuracy)),
      12,
    );
    expect(panel.undefended.privacy.estimate).toBeCloseTo(mean(advantages('ce', 'loss')), 12);
    expect(studyPlanePanels(result).length).toBe(5);
    expect(studyPlaneFigure(result, { attacks: ['entropy'] }).alt).toContain('Entropy: undefended');
  });

  it('with one seed has the intervals of the attack over records', () => {
    const one = withCanaries(result);
    const { privacy, testAccuracy } = studyPlanePanels(one, ['loss'])[0].undefended;
    const { low, high } = one.defenses[0].runs[0].attacks[4].advantage;
    expect([privacy.low, privacy.high]).toEqual([low, high]);
    expect(testAccuracy.low).toBeNull();
    expect(studyPlaneFigure(one).caption).toContain('one seed');
  });

  it('refuses a single method and an attack that is not there', () => {
    expect(() => studyPlaneFigure({ ...result, defenses: [result.defenses[0]] })).toThrow(
      /number of methods of the study is 1.*Add a method/,
    );
    expect(() => studyPlaneFigure(result, { attacks: ['lira'] })).toThrow(
      /an attack is "lira".*Known: correctness, confidence, entropy, modified-entropy, loss/,
    );
  });
});

it('the heat map has a row a method and a column an attack, nothing where an attack was not run', () => {
  const [first, ...others] = result.defenses;
  const runs = first.runs.map((run) => ({ ...run, attacks: run.attacks.slice(1) }));
  const { defenses, attacks, values } = studyHeatMap({
    ...result,
    defenses: [{ ...first, runs }, ...others],
  });
  expect(defenses).toEqual(result.defenses.map(({ label }) => label));
  expect(attacks.length).toBe(5);
  const at = attacks.indexOf('Correctness');
  expect(values[0][at]).toBeNull();
  expect(values[4][at]!.estimate).toBeCloseTo(mean(advantages('ccel alpha=0.3', 'correctness')), 12);
  expect(studyHeatMapFigure(result).alt).toContain('CCEL (alpha 0.3): strongest');
});

describe('alpha of a study', () => {
  it('is a curve for each family with three values, ending in cross-entropy', () => {
    const curves = studyAlphaCurves(result);
    expect(curves.map(({ label }) => label)).toEqual(['CCEL']);
    expect(curves[0].points.map(({ parameter }) => parameter)).toEqual([0.3, 0.5, 0.7, 1]);
    expect(curves[0].points[3].attack).toEqual(result.defenses[0].summary.auc);
    expect(curves[0].points[0].memberLossVariance).toEqual(
      method('ccel alpha=0.3').summary.memberLossVariance,
    );
    expect(studyAlphaFigure(result).alt).toContain('alpha (1 = cross-entropy)');
  });

  it('has no point at 1 where the first method or the family is another', () => {
    const others = result.defenses.slice(1);
    expect(studyAlphaCurves({ ...result, defenses: others })[0].points.length).toBe(3);
    const defenses = result.defenses.map((each) =>
      each.name === 'ccel'
        ? { ...each, name: 'focal-cel', options: { alpha: each.options.alpha, gamma: 2, beta: 1 } }
        : each,
    );
    expect(studyAlphaCurves({ ...result, defenses })[0].points.length).toBe(3);
    expect(() => studyAlphaFigure({ ...result, defenses: [result.defenses[0]] })).toThrow(
      /families with alpha is 0/,
    );
  });
});

it('P1 is of each run, for the baseline, what was chosen, and families of one', () => {
  const [group] = studyP1Groups(result, ['loss']);
  expect(group.bars.map(({ label }) => label)).toEqual(chosenMethods(result).map(({ label }) => label));
  const of = advantages('focal gamma=2', 'loss').map((advantage, i) => {
    const accuracy = method('focal gamma=2').runs[i].testAccuracy;
    return (2 * accuracy * (1 - advantage)) / (accuracy + 1 - advantage);
  });
  const { estimate, high } = meanOverSeeds(of);
  expect(group.bars[3].p1.estimate).toBeCloseTo(estimate, 12);
  expect(group.bars[3].p1.high).toBeCloseTo(high!, 12);
  expect(studyP1Groups({ ...result, selections: [] })[0].bars.length).toBe(9);
  expect(studyP1Figure(result).alt).toContain('Focal (gamma 2)');
});

describe('methods that figures show', () => {
  it('are all up to eight, and of more the chosen ones', () => {
    expect(shownMethods({ ...result, defenses: result.defenses.slice(0, 8) }).words).toBe('');
    const { methods, words } = shownMethods(result);
    expect(methods.map(({ key }) => key)).toEqual([
      'ce',
      'ce weightDecay=0.0001',
      'ccel alpha=0.5',
      'focal gamma=2',
      'relaxloss target=1 upper=1 flattening=by-shape',
    ]);
    expect(words).toMatch(/^Shown are 5 of 9 methods: CE and of each family/);
    expect(shownMethods(result, 3).words).toContain('the first 3 of 5');
    expect(shownMethods({ ...result, selections: [] }).words).toContain(
      'the first in the order of the study',
    );
  });

  it('figures of losses refuse a result without them, with a remedy', () => {
    const bare = withoutLosses(result);
    expect(() => lossHistogramFigure(bare)).toThrow(/no losses of single records.*ccl study export/);
    expect(() => rocFigure(bare)).toThrow(/no losses of single records/);
  });
});
