import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/experiments/block';
import { study, type StudyInput } from '../../src/experiments/study';
import { findStudy } from '../../src/studies/registry';

const smallest = {
  name: 'first',
  data: 'location30',
  model: 'mlp',
  methods: [{ loss: 'ce' }, { loss: 'ccel', alpha: 0.5 }],
  seeds: [1, 2],
  shadows: 1,
  epochs: 15,
  attacks: ['loss'],
} as const;

describe('study', () => {
  it('fills in the documented defaults', () => {
    const { split, recipe, defenses, threads } = study(smallest);
    expect(split).toEqual({ name: 'quarters', options: { stratified: false } });
    expect(threads).toBe(1);
    expect(recipe).toMatchObject({
      epochs: 15,
      batchSize: 128,
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 5e-4,
    });
    expect(defenses.map(({ key, label }) => [key, label])).toEqual([
      ['ce', 'CE'],
      ['ccel alpha=0.5', 'CCEL (alpha 0.5)'],
    ]);
  });

  it('starts from the official recipe where that is asked for', () => {
    const { recipe } = study({ ...smallest, epochs: undefined, recipe: 'official' });
    expect([recipe.epochs, recipe.milestones]).toEqual([100, [40, 80]]);
  });

  it("changes of one method's recipe: a named schedule brings its milestones and decay, unless they stand beside it", () => {
    const { defenses } = study({
      ...smallest,
      epochs: 200,
      milestones: [20, 32],
      methods: [
        { loss: 'ce', recipe: { schedule: 'wrn' } },
        { loss: 'ccel', recipe: { schedule: 'wrn', milestones: [50] } },
        { loss: 'ccql', recipe: { learningRate: 0.05 } },
      ],
    });
    expect(
      defenses.map(({ fullRecipe: { milestones, decay, learningRate } }) => [
        milestones,
        decay,
        learningRate,
      ]),
    ).toEqual([
      [[60, 120, 160], 0.2, 0.1],
      [[50], 0.2, 0.1],
      [[20, 32], 0.1, 0.05],
    ]);
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['an unknown key', { epoch: 3 }, /"epoch" is no option of study. Did you mean "epochs"\?/],
    ['an unknown loss', { methods: [{ loss: 'ccl' }] }, /"ccl" is no loss. Did you mean "cc?e?l/],
    [
      'alpha above 1',
      { methods: [{ loss: 'ccel', alpha: 1.5 }] },
      /loss ccel: alpha is 1.5, but must be in \[0, 1\]/,
    ],
    ['alpha NaN', { methods: [{ loss: 'ccel', alpha: Number.NaN }] }, /loss ccel: alpha is NaN, but must be/],
    ['a wrong option', { methods: [{ loss: 'ccel', gama: 1 }] }, /"gama" is no option of loss ccel/],
    [
      'a seed that is no whole number',
      { seeds: [0.5] },
      /seeds.0 is 0.5, but every seed must be a whole number/,
    ],
    ['a seed twice', { seeds: [1, 1] }, /a seed is "1", but must stand in a study only once/],
    [
      'a method twice',
      { methods: [{ loss: 'ce' }, { loss: 'ce', beta: 1 }] },
      /a method is "ce", but must stand/,
    ],
    ['no seed', { seeds: [] }, /must name at least one seed/],
    ['an unknown attack', { attacks: ['los'] }, /must be one of .* \(did you mean loss\?\)/],
    ['an attack twice', { attacks: ['loss', 'loss'] }, /an attack is "loss", but must stand/],
    ['a wrong option of an attack', { attacks: [{ name: 'lira', onlin: false }] }, /Did you mean "online"\?/],
    [
      'an attack that needs models with the record, which shadow models are not',
      { attacks: ['lira'] },
      /lira-online.* cannot run in this study: it needs models that were trained on the target's records/,
    ],
    [
      'an attack that needs what no study records',
      { attacks: ['gradient-norm'] },
      /norms of gradients, which a study does not record\. Attacks that can with their defaults: .*difficulty-calibration/,
    ],
    [
      "in an ensemble, an attack fitted on the target's membership",
      { shadows: undefined, ensemble: 8, attacks: [{ name: 'nn', fittedOn: 'target' }] },
      /mean nothing together/,
    ],
    [
      'an unknown kind of canaries, with the known ones',
      { shadows: undefined, ensemble: 8, canaries: { mislabeled: 3 } },
      /"mislabeled" is no option of canaries of the study\. Did you mean "mislabelled"\?/,
    ],
    [
      'an ensemble with an adversary that does not adapt',
      { shadows: undefined, ensemble: 8, adversary: 'non-adaptive' },
      /goes with shadows/,
    ],
  ])('refuses %s with value, rule and remedy', (_what, changes, message) => {
    expect(() => study({ ...smallest, ...changes } as unknown as StudyInput)).toThrow(message);
  });
});

it.each([
  ['\u001b[31mred', /name is "\\u001b\[31mred", but must not hold control characters/],
  ['a\0b', /control characters/],
  ['n'.repeat(101), /must have at most 100 characters/],
])('a study does not take the name %j', (name, message) => {
  expect(() => study({ ...smallest, name })).toThrow(message);
});

describe('findStudy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'studies-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const written = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('reads the smallest study from JSON and YAML alike, as it stands', () => {
    const json = written('first.json', JSON.stringify(smallest));
    const yaml = written(
      'first.yaml',
      [
        'name: first # a comment',
        'data: location30',
        'model: mlp',
        'methods:',
        '  - {loss: ce}',
        '  - loss: ccel',
        '    alpha: 0.5',
        'seeds: [1, 2]',
        'shadows: 1',
        'epochs: 15',
        'attacks: [loss]',
      ].join('\n'),
    );
    expect(canonicalJson(study(findStudy(yaml)))).toBe(canonicalJson(study(findStudy(json))));
    expect(canonicalJson(study(findStudy(yaml)))).toBe(canonicalJson(study(smallest)));
  });

  it.each<[string, string, RegExp]>([
    ['broken.json', '{"name": "x"', /broken.json is no JSON/],
    ['broken.yaml', 'name: x\nname: y', /broken.yaml is no YAML: Map keys must be unique at line 2/],
    ['list.yaml', '- 1', /the content of .*list.yaml is \[1\], but must be one object/],
    ['tag.yaml', 'name: !!js/function x', /tag.yaml is no YAML: Unresolved tag/],
    [
      'rate.yaml',
      'name: x\nlearningRate: -.inf',
      /learningRate of a study is -Infinity, but must be a finite/,
    ],
    ['empty.yml', '', /the content of .*empty.yml is null, but must be one object/],
  ])('refuses %s with what is wrong', (name, text, message) => {
    expect(() => findStudy(written(name, text))).toThrow(message);
  });

  it('knows the named studies and refuses others', () => {
    expect(findStudy('first-look').seeds).toEqual([1, 2, 3]);
    expect(() => findStudy('first-lock')).toThrow(/Did you mean "first-look"\?/);
    expect(() => findStudy('nowhere.json')).toThrow(/There is no file nowhere.json/);
  });
});
