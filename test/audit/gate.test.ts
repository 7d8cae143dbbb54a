import { describe, expect, it } from 'vitest';
import { auditAttacks } from '../../src/attacks/registry';
import { applyGate, checkGates, gateRates, parseGate } from '../../src/audit/gate';
import type { AuditedAttack, AuditResult, EpsilonBound } from '../../src/audit/audit-result';
import { gateWords } from '../../src/report/audit-words';
import type { Interval } from '../../src/metrics/interval';
import { tprIntervalOfSides } from '../../src/metrics/tpr-at-fpr';
import { memorySignalSet } from '../../src/signals/memory-signal-set';

const interval = (estimate: number, low: number | null, high: number | null): Interval => ({
  estimate,
  low,
  high,
  method: { name: 'not-resolvable', least: 1, count: 99 },
});

const attack = (name: string, fittedOn: AuditedAttack['fittedOn'] = 'nothing'): AuditedAttack =>
  ({
    name,
    fittedOn,
    auc: interval(0.6, 0.55, 0.65),
    largestAdvantage: interval(0.2, 0.1, 0.3),
    advantage: interval(0.2, 0.1, 0.3),
    tprAtFpr: { '0.001': interval(0.02, 0.005, 0.05), '0.0001': interval(0, null, null) },
    tnrAtFnr: {},
    turned: null,
  }) as unknown as AuditedAttack;

const result = (attacks: AuditedAttack[], epsilon: EpsilonBound[] = []): AuditResult =>
  ({ attacks, epsilon }) as unknown as AuditResult;

const one = result([attack('loss')]);
const fails = (text: string, of = one): boolean => applyGate(parseGate(text), of).failed;

describe('the grammar of gates', () => {
  it('reads metric, rate, end, attack, operator and bound', () => {
    expect(parseGate('tpr@0.001>0.01')).toEqual({
      text: 'tpr@0.001>0.01',
      metric: 'tpr',
      rate: '0.001',
      end: 'estimate',
      operator: '>',
      bound: 0.01,
    });
    expect(parseGate(' lira-online/per-example-median : high(tpr@1e-3) >= 1e-2 ')).toMatchObject({
      attack: 'lira-online/per-example-median',
      end: 'high',
      rate: '0.001',
      operator: '>=',
      bound: 0.01,
    });
  });

  it.each([
    '',
    'tpr>0.1',
    'auc@0.1>0.5',
    'tpr@2>0.1',
    'tpr@0>0.1',
    'auc=0.5',
    'auc>',
    'auc>0.5;process.exit()',
    'auc>0.5 && 1',
    'mean(auc)>0.5',
    'constructor>0',
    'auc>-1',
    'auc>1.5',
    'tpr@0.01>=1.01',
    'loss: p<0.01',
    'low(p)<0.01',
    'verdict=lek',
    'verdict>0.5',
  ])('refuses %j and shows the grammar', (text) => {
    expect(() => parseGate(text)).toThrow(/--fail-if/);
  });

  it('tells which rates the audit has to compute', () => {
    expect(gateRates([parseGate('tpr@0.001>0.01'), parseGate('auc>0.6')], 'tpr')).toEqual([0.001]);
  });
});

describe('the decision of gates', () => {
  it('compares the end of the interval that was asked for', () => {
    expect(fails('auc>0.62')).toBe(false);
    expect(fails('high(auc)>0.62')).toBe(true);
    expect(fails('low(auc)>0.58')).toBe(false);
    expect(fails('auc<0.62')).toBe(true);
    expect(fails('auc>=0.6')).toBe(true);
    expect(fails('auc<=0.59')).toBe(false);
  });

  it('one attack is enough, upper bounds fitted on the target do not count unless they are named', () => {
    const upper = { ...attack('nn-target', 'target'), auc: interval(0.9, 0.88, 0.92) };
    const both = result([attack('loss'), upper]);
    expect(fails('auc>0.8', both)).toBe(false);
    expect(fails('nn-target: auc>0.8', both)).toBe(true);
    const strong = result([attack('loss'), { ...attack('other'), auc: interval(0.9, 0.88, 0.92) }]);
    expect(fails('auc>0.8', strong)).toBe(true);
  });

  it('never passes because nothing could be measured', () => {
    expect(fails('tpr@0.0001>0.5')).toBe(true);
    const outcome = applyGate(parseGate('tpr@0.0001>0.5'), one);
    expect(outcome).toMatchObject({ because: 'not resolvable', value: null, attack: 'loss' });
    expect(gateWords(outcome, one)).toContain(
      'not resolvable; the smallest resolvable FPR is 1/99 with 99 non-members',
    );
    expect(fails('epsilon>1')).toBe(true);
  });

  it('does not pass for a lower end that is 0 whatever the scores', () => {
    const sides = { members: new Float64Array(1000).fill(1), nonMembers: new Float64Array(1000) };
    const perfect = result([{ ...attack('loss'), tprAtFpr: { '0.001': tprIntervalOfSides(sides, 0.001) } }]);
    expect(perfect.attacks[0].tprAtFpr['0.001'].low).toBe(0);
    const outcome = applyGate(parseGate('low(tpr@0.001)>0.01'), perfect);
    expect(outcome).toMatchObject({ failed: true, because: 'not resolvable' });
    expect(gateWords(outcome, perfect)).toContain('4380 are enough');
    const enough = { ...sides, nonMembers: new Float64Array(4380) };
    expect(tprIntervalOfSides(enough, 0.001).low).toBeGreaterThan(0.9);
  });

  it('takes the largest valid bound of epsilon', () => {
    const bounds = [
      { name: 'a', epsilon: 0.5, delta: 0, attack: 'loss', reason: '' },
      { name: 'b', epsilon: null, delta: 0, attack: null, reason: 'no coin' },
    ];
    expect(fails('epsilon>0.4', result([], bounds))).toBe(true);
    expect(fails('epsilon>0.6', result([], bounds))).toBe(false);
  });

  it('fails with the reason where the named attack did not run', () => {
    const missing = { name: 'lira/online', title: '', lacks: [], reason: 'needs shadow models' };
    const without: AuditResult = { ...one, notRun: [missing] };
    const outcome = applyGate(parseGate('lira: auc>0.5'), without);
    expect(outcome).toMatchObject({ failed: true, because: 'did not run', value: null });
    expect(gateWords(outcome, without)).toContain('lira/online needs shadow models');
  });

  it('an attack may be named by its family, the part before the slash', () => {
    const family = result([attack('loss'), { ...attack('rmia/a'), auc: interval(0.9, 0.8, 0.95) }]);
    expect(applyGate(parseGate('rmia: auc>0.8'), family)).toMatchObject({ failed: true, attack: 'rmia/a' });
    expect(applyGate(parseGate('loss: auc>0.8'), family)).toMatchObject({ failed: false, attack: 'loss' });
  });

  it('looks at both tails: members with the lowest scores are as exposed as those with the highest', () => {
    const turned = {
      ...attack('loss'),
      auc: interval(0.1, 0.05, 0.2),
      turned: {
        largestAdvantage: interval(0.7, 0.6, 0.8),
        tprAtFpr: { '0.001': interval(0.3, 0.2, 0.4), '0.0001': interval(0, null, null) },
        tnrAtFnr: {},
      },
    };
    const both = result([turned]);
    expect(applyGate(parseGate('auc>0.8'), both)).toMatchObject({ failed: true, value: 0.9, turned: true });
    expect(fails('low(auc)>0.85', both)).toBe(false);
    expect(fails('advantage>0.6', both)).toBe(true);
    expect(fails('tpr@0.001>0.1', both)).toBe(true);
  });

  it('compares the corrected p-value and the verdict', () => {
    const judged = {
      ...one,
      leakTest: { evidence: [{ correctedPValue: 0.004 }] },
      verdict: { kind: 'told apart' },
    } as unknown as AuditResult;
    expect(fails('p<0.01', judged)).toBe(true);
    expect(fails('p<0.001', judged)).toBe(false);
    expect(fails('verdict=told-apart', judged)).toBe(true);
    expect(fails('verdict = leak', judged)).toBe(false);
  });
});

describe('gates before an audit', () => {
  const known = auditAttacks();

  it('refuse a name that is not run, and an attack without its arrays', () => {
    expect(() => checkGates([parseGate('lyra: auc>0.5')], known)).toThrow(/not among those that are run/);
    const set = memorySignalSet({
      labels: Int32Array.of(0, 1, 0, 1),
      members: [Uint8Array.of(1, 1, 0, 0)],
      logits: [new Float64Array(8)],
    });
    expect(() => checkGates([parseGate('lira-online: auc>0.5')], known, set)).toThrow(/cannot run on these/);
    checkGates([parseGate('lira-online: auc>0.5')], known);
    checkGates(['loss: auc>0.5', 'auc>0.5', 'verdict=leak', 'p<0.5'].map(parseGate), known, set);
  });
});
