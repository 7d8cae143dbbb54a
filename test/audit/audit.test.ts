import { describe, expect, it } from 'vitest';
import type { Attack, OutputAttack } from '../../src/attacks/attack';
import { attack, standardAttacks } from '../../src/attacks/registry';
import { selfCheck } from '../../src/attacks/self-check';
import { auditWith, type AuditOptions } from '../../src/audit/audit';
import type { ColumnsNote } from '../../src/audit/audit-result';
import { applyGate, parseGate } from '../../src/audit/gate';
import { UserError } from '../../src/errors';
import { randomStream } from '../../src/platform/math/random';
import { noteWords, verdictWords } from '../../src/report/audit-words';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';
import { changed } from '../attacks/changed';

/** An attack on the target's outputs alone. */
function alone(attack: OutputAttack): Attack {
  return changed(attack, (set) => ({ scores: attack.score(set.model(set.target)), notes: [] }));
}

const known = standardAttacks.map((name) => alone(attack(name)));
const checked = selfCheck();

/** n records, the first half members of model 0; `boost` is added to the true logit of members, `shift` to that of the same records in every model. */
function outputs(options: { boost: number; shift: number; models?: number; n?: number }): SignalSet {
  const { boost, shift, models = 1, n = 400 } = options;
  const noise = randomStream({ seed: 5, role: 'evaluation', purpose: 'noise' });
  const labels = Int32Array.from({ length: n }, (_, i) => i % 3);
  const members = Array.from({ length: models }, (_, m) =>
    Uint8Array.from({ length: n }, (_, i) => (m === 0 ? Number(i < n / 2) : 0)),
  );
  const logits = members.map((row) =>
    Float64Array.from({ length: n * 3 }, (_, at) => {
      const i = Math.floor(at / 3);
      const right = at % 3 === labels[i];
      return 2 * noise.uniform() + (right ? 1 + boost * row[i] + (i < n / 2 ? shift : 0) : 0);
    }),
  );
  return memorySignalSet({ labels, members, logits, classes: 3 } as never);
}

const run = (set: SignalSet, more: Partial<AuditOptions> = {}) =>
  auditWith(set, { attacks: known, selfCheck: checked, ...more });

describe('the verdict', () => {
  it('says leak where the model memorizes, with the strongest attack and its interval', () => {
    const { result } = run(outputs({ boost: 3, shift: 0, models: 3 }));
    expect(result.verdict.kind).toBe('leak');
    expect(result.strongest?.auc.estimate).toBeGreaterThan(0.9);
    expect(result.strongest?.among).toBe(known.length);
    expect(result.shift.outcome).toBe('no shift seen');
    expect(JSON.stringify(result)).not.toMatch(/\bsafe\b/i);
  });

  it('cannot tell a leak from a shift where reference models see the difference too', () => {
    const { result } = run(outputs({ boost: 0, shift: 2, models: 2 }));
    expect(result.verdict.kind).toBe('cannot tell');
    expect(verdictWords(result).headline).toBe('Cannot tell leakage from distribution shift.');
    expect(result.shift.tests.some(({ pValue }) => pValue !== null && pValue < 0.001)).toBe(true);
  });

  it('names the smallest effect it would have seen where it finds nothing, and what one model leaves untested', () => {
    const { result } = run(outputs({ boost: 0, shift: 0 }));
    expect(result.verdict.kind).toBe('no leak found');
    expect(verdictWords(result).sentences.join(' ')).toMatch(/smallest leak .* AUC of 0\.\d{3}, or \d/);
    expect(result.shift.outcome).toBe('not testable');
    expect(JSON.stringify(result)).not.toMatch(/\bsafe\b/i);
  });

  it('finds a leak of 1.5 % of the members, which no AUC shows, and names it', () => {
    const set = outputs({ boost: 0, shift: 0, n: 4000 });
    const { labels } = set;
    const exposed = (i: number): boolean => i < 30;
    const logits = set.model(0).logits.map((logit, at) => {
      const i = Math.floor(at / 3);
      return exposed(i) && at % 3 === labels[i] ? logit + 9 : logit;
    });
    const { result } = run(memorySignalSet({ labels, members: [set.members[0]], logits: [logits] }), {
      attacks: known.slice(0, 4),
    });
    expect(result.verdict).toMatchObject({
      kind: 'told apart',
      because: 'leak test',
      size: 'small',
      side: 'high',
    });
    const [first, ...others] = result.leakTest!.evidence;
    expect(first).toMatchObject({ statistic: 'tpr', fpr: 0, side: 'high' });
    expect(first.value.estimate).toBeGreaterThanOrEqual(0.015);
    expect(others.find(({ statistic }) => statistic === 'auc')!.correctedPValue).toBeGreaterThan(0.01);
    expect(result.leakTest!.detectable.exposed).toBeLessThan(0.015);
    expect(verdictWords(result).sentences[0]).toMatch(
      /places 1\.5 % of the members .*beyond every non-member/,
    );
  });

  it('with one model says that the cause cannot be told, with references that it is a leak, each with its size', () => {
    const alone = run(outputs({ boost: 3, shift: 0 })).result;
    expect(alone.verdict).toMatchObject({ kind: 'told apart', size: 'large', side: 'high' });
    expect(verdictWords(alone).headline).toContain('whether by training or by a shift cannot be told');
    const { result } = run(outputs({ boost: 0.4, shift: 0, models: 3, n: 1000 }));
    expect(result.verdict).toMatchObject({ kind: 'leak', size: 'medium' });
    const { headline, sentences } = verdictWords(result);
    expect(headline).toContain('A medium leak');
    expect(sentences.join(' ')).toContain('Called medium: medium begins at an AUC of 0.6');
  });

  it('sees members that are less confident, names both accuracies and says that the sides may be swapped', () => {
    const { result } = run(outputs({ boost: -3, shift: 0 }));
    expect(result.verdict).toMatchObject({ kind: 'told apart', side: 'low', maybeSwapped: true });
    expect(result.accuracy!.difference.high).toBeLessThan(0);
    const words = verdictWords(result);
    expect(words.headline).toContain('the wrong way round');
    expect(words.sentences.join(' ')).toMatch(
      /right on [\d.]+ % of the members and on [\d.]+ % of the non-members/,
    );
    expect(words.sentences.join(' ')).toContain('the two sides may be swapped');
    const loss = result.attacks.find(({ name }) => name === 'loss')!;
    expect(loss.turned!.tprAtFpr['0.1'].estimate).toBeGreaterThan(0.5);
    expect(loss.correctedPValue).toBeLessThan(0.001);
    expect(result.strongest!.auc.estimate).toBeLessThan(0.2);
    expect(applyGate(parseGate('auc>0.6'), result).failed).toBe(true);
  });

  it('notes columns that stand for other labels, and not where the model knows nothing', () => {
    const set = outputs({ boost: 0, shift: 0, n: 300 });
    const right = set.model(0).logits;
    const rolled = right.map((_, at) => right[at - (at % 3) + ((at + 1) % 3)]);
    const noted = run(
      memorySignalSet({ labels: set.labels, members: [...set.members], logits: [rolled] }),
    ).result;
    expect(noted.notes).toMatchObject([{ code: 'columns', labelOfColumn: [1, 2, 0] }]);
    const [note] = noted.notes as ColumnsNote[];
    expect(note.otherAccuracy).toBeGreaterThan(note.accuracy + 0.15);
    expect(noteWords(note)).toContain('label 0 in column 2');
    expect(run(set).result.notes).toEqual([]);
    const noise = right.map((_, at) => Math.sin(at * at));
    const bad = run(
      memorySignalSet({ labels: set.labels, members: [...set.members], logits: [noise] }),
    ).result;
    expect(bad.notes.map(({ code }) => code)).toEqual(['no better than guessing']);
  });

  it('names the attack with the largest effect, not the one whose ties make a small effect surprising', () => {
    const set = outputs({ boost: 0, shift: 0 });
    const of = (name: string, scoreOf: (member: number, i: number) => number): Attack => ({
      ...known[0],
      ...{ name, fittedOn: 'nothing', needs: [] },
      scores: () => ({ scores: Float64Array.from(set.members[0], scoreOf), notes: [] }),
    });
    // 40 of 200 members stand alone above all others, who tie: AUC 0.6, and as surprising as it can be.
    const tied = of('tied', (member, i) => (member === 1 && i % 5 === 0 ? 1 : 0));
    const plain = of('plain', (member, i) => 0.2 * member + ((i * 37) % 200) / 200);
    const { result } = run(set, { attacks: [tied, plain] });
    const area = result.leakTest!.evidence.find(({ statistic }) => statistic === 'auc')!;
    expect(area.attack).toBe('plain');
    expect(area.value.estimate).toBeCloseTo(0.68, 1);
  });

  it('does not take two models that split the records between them for a test of shift', () => {
    const set = outputs({ boost: 3, shift: 0, models: 2 });
    const { labels, members } = set;
    const opposite = members[0].map((flag) => 1 - flag);
    const logits = [set.model(0).logits, set.model(1).logits];
    const { result } = run(memorySignalSet({ labels, members: [members[0], opposite], logits }));
    expect(result.shift.outcome).toBe('not testable');
    expect(result.shift.sentence).toContain('no other model held, or lacked, records of both kinds');
  });

  it('calls a set shifted whose members have other labels', () => {
    const set = outputs({ boost: 0, shift: 0 });
    const labels = Int32Array.from({ length: 400 }, (_, i) => (i < 200 ? i % 2 : 1 + (i % 2)));
    const { result } = run(
      memorySignalSet({
        labels,
        members: [...set.members],
        logits: [set.model(0).logits],
        classes: 3,
      } as never),
    );
    expect(result.verdict.kind).toBe('cannot tell');
  });
});

describe('records that were dealt by group', () => {
  /** Groups of ten alike records, the first half of the groups members; nothing leaks. */
  function grouped(draw: number, groups: number, named = true): SignalSet {
    const noise = randomStream({ seed: draw, role: 'evaluation', purpose: 'noise' });
    const n = 10 * groups;
    const own = Float64Array.from({ length: groups }, () => 3 * noise.uniform());
    const labels = Int32Array.from({ length: n }, (_, i) => i % 2);
    const members = Uint8Array.from({ length: n }, (_, i) => (i < n / 2 ? 1 : 0));
    const logits = Float64Array.from({ length: 2 * n }, (_, at) => {
      const i = Math.floor(at / 2);
      return at % 2 === labels[i] ? own[Math.floor(i / 10)] + noise.uniform() : 1;
    });
    const names = Array.from({ length: n }, (_, i) => `patient ${Math.floor(i / 10)}`);
    return memorySignalSet({
      labels,
      members: [members],
      logits: [logits],
      ...(named ? { groups: names } : {}),
    });
  }
  const few = { attacks: known.slice(0, 2) };

  it('says how many groups there are, has intervals over them, and tests labels over them', () => {
    const { result } = run(grouped(1, 40), few);
    expect(result.data.dealtGroups).toEqual({ members: 20, nonMembers: 20 });
    expect(result.attacks[0].auc.method.name).toBe('obuchowski');
    expect(result.attacks[0].tprAtFpr['0.1'].low).toBeNull();
    expect(result.attacks[0].chance).toBeNull();
    expect(result.shift.tests.map(({ name }) => name)).toEqual(['membership against label']);
    expect(verdictWords(result).sentences.join(' ')).toContain('the 200 members are 20 groups');
  });

  it('tells nothing apart with fewer than ten groups a side', () => {
    const { result } = run(grouped(1, 18), few);
    expect(result.verdict).toMatchObject({ kind: 'cannot tell', because: 'few groups' });
    expect(verdictWords(result).headline).toContain('too few groups');
  });

  it('finds a leak over groups', () => {
    const set = grouped(2, 40);
    const logits = set.model(0).logits.map((logit, at) => {
      const i = Math.floor(at / 2);
      return i < 200 && at % 2 === set.labels[i] ? logit + 3 : logit;
    });
    const leaky = memorySignalSet({
      ...{ labels: set.labels, members: [...set.members], logits: [logits], groups: [...set.groups!] },
    });
    expect(run(leaky, few).result.verdict.kind).toBe('told apart');
  });
});

describe('what runs', () => {
  it('lists the attacks that lack something, with the array', () => {
    const wants: Attack = { ...known[0], name: 'wants-more', needs: ['population', 'shadow models'] };
    const { result } = run(outputs({ boost: 1, shift: 0 }), { attacks: [...known, wants] });
    expect(result.notRun).toHaveLength(1);
    expect(result.notRun[0].lacks).toEqual(['population', 'shadow models']);
    expect(result.notRun[0].reason).toContain('population_logits [M, Z, K]');
  });

  it('goes on without an attack that cannot do with the records given', () => {
    const picky: Attack = {
      ...known[0],
      name: 'picky',
      scores: () => {
        throw new UserError('The records do not do.');
      },
    };
    const { result } = run(outputs({ boost: 1, shift: 0 }), { attacks: [...known, picky] });
    expect(result.attacks).toHaveLength(known.length);
    expect(result.notRun.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'picky could not run: The records do not do.',
    ]);
    const broken: Attack = {
      ...picky,
      scores: () => {
        throw new Error('A defect.');
      },
    };
    expect(() => run(outputs({ boost: 1, shift: 0 }), { attacks: [broken] })).toThrow('A defect.');
  });

  it('a reference on the same halves has out-models of one side only: named, and the others run', () => {
    const set = outputs({ boost: 2, shift: 0, models: 2 });
    for (const held of [set.members[0], set.members[0].map((flag) => 1 - flag)]) {
      const logits = [set.model(0).logits, set.model(1).logits];
      const twin = memorySignalSet({ labels: set.labels, members: [set.members[0], held], logits });
      const attacks = [...known, attack('difficulty-calibration'), attack('lira'), attack('knn')];
      const { result } = run(twin, { attacks });
      expect(result.attacks.map(({ name }) => name)).toEqual([
        ...known.map(({ name }) => name),
        'knn/sorted-true-class',
      ]);
      expect(result.notRun.map(({ reason }) => reason.split(':')[0])).toEqual([
        'needs out-models of members and of non-members alike',
        'needs in- and out-models of members and of non-members alike',
      ]);
    }
  });

  it('refuses one model that is there twice, stored as other numbers, and names both', () => {
    const set = outputs({ boost: 2, shift: 0, models: 3 });
    const own = set.model(0).logits;
    const moved = (by: number) => Float64Array.from(own, (value, at) => value + by * ((at % 7) - 3));
    const withCopy = (copy: Float32Array | Float64Array) =>
      memorySignalSet({
        labels: set.labels,
        members: [...set.members, set.members[0]],
        logits: [own, set.model(1).logits, set.model(2).logits, copy],
      });
    for (const copy of [own, Float32Array.from(own), moved(1e-4)]) {
      expect(() => run(withCopy(copy))).toThrow(/^model 0 \(the target\) and model 3 have the same members/);
    }
    // The same members and another training are two models.
    expect(() => run(withCopy(moved(0.05)))).not.toThrow();
  });

  it('keeps upper bounds that were fitted on the target out of the verdict', () => {
    const cheat: Attack = {
      ...changed(known[0], (set) => ({ scores: Float64Array.from(set.members[0]), notes: [] })),
      name: 'cheat',
      fittedOn: 'target',
    };
    const { result } = run(outputs({ boost: 0, shift: 0 }), { attacks: [...known, cheat] });
    expect(result.attacks.find(({ name }) => name === 'cheat')?.auc.estimate).toBe(1);
    expect(result.strongest?.name).not.toBe('cheat');
    expect(result.verdict.kind).toBe('no leak found');
  });

  it('leaves out records without a meaningful score, in every number and in the published scores', () => {
    const partial: Attack = {
      ...changed(known[0], (set) => ({
        scores: Float64Array.from(set.members[0], (member, i) => (i % 2 === 0 ? member : 99)),
        usable: Uint8Array.from({ length: set.n }, (_, i) => (i % 2 === 0 ? 1 : 0)),
        notes: [],
      })),
      name: 'partial',
    };
    const { result, scores } = run(outputs({ boost: 0, shift: 0 }), { attacks: [partial] });
    expect(result.attacks[0].scored).toBe(200);
    expect(result.attacks[0].auc.estimate).toBe(1);
    expect(scores.get('partial')?.[1]).toBeNaN();
  });

  it('gives the same bits twice', () => {
    const set = outputs({ boost: 1, shift: 0, models: 2 });
    expect(JSON.stringify(run(set).result)).toBe(JSON.stringify(run(set).result));
  });

  it('leaves the sensitive list out when asked', () => {
    const set = outputs({ boost: 3, shift: 0 });
    expect(run(set).result.exposed).toHaveLength(20);
    expect(run(set, { records: false }).result.exposed).toBeNull();
  });
});
