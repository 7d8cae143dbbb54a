import { describe, expect, it } from 'vitest';
import { applyGate, gateRates, parseGate } from '../../src/audit/gate';
import type { AuditedAttack, AuditResult, EpsilonBound } from '../../src/audit/audit-result';

const interval = (estimate: number, low: number | null, high: number | null) => ({
  estimate,
  low,
  high,
  method: 'not resolvable; made for the test',
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
    expect(applyGate(parseGate('tpr@0.0001>0.5'), one).sentence).toContain('not resolvable');
    expect(fails('epsilon>1')).toBe(true);
  });

  it('takes the largest valid bound of epsilon', () => {
    const bounds = [
      { name: 'a', epsilon: 0.5, delta: 0, attack: 'loss', reason: '' },
      { name: 'b', epsilon: null, delta: 0, attack: null, reason: 'no coin' },
    ];
    expect(fails('epsilon>0.4', result([], bounds))).toBe(true);
    expect(fails('epsilon>0.6', result([], bounds))).toBe(false);
  });

  it('says which attacks ran when the named one did not', () => {
    expect(() => applyGate(parseGate('lira: auc>0.5'), one)).toThrow(/only these ran: loss/);
  });
});
