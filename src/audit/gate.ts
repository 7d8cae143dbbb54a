import { badInput, UserError } from '../errors';
import type { Interval } from '../metrics/interval';
import type { AuditedAttack, AuditResult } from './audit-result';

/** Which end of a number's interval is compared. */
export type GateEnd = 'estimate' | 'low' | 'high';
export type GateMetric = 'auc' | 'advantage' | 'tpr' | 'tnr' | 'epsilon';
export type GateOperator = '>' | '>=' | '<' | '<=';

/** «fail if ...»: a comparison of one number of the audit with a bound. */
export interface Gate {
  readonly text: string;
  readonly metric: GateMetric;
  /** The nominal rate of `tpr` and `tnr`, as the text that keys the results; else undefined. */
  readonly rate?: string;
  readonly end: GateEnd;
  /** Only this attack; default every attack that was not fitted on the target. */
  readonly attack?: string;
  readonly operator: GateOperator;
  readonly bound: number;
}

export interface GateOutcome {
  readonly gate: Gate;
  readonly failed: boolean;
  /** What was compared with what, or why that could not be done. */
  readonly sentence: string;
}

const number = String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`;
const form = new RegExp(
  String.raw`^\s*(?:(?<attack>[\w./-]+)\s*:\s*)?(?:(?<end>low|high|estimate)\s*\(\s*(?<inside>[a-z]+(?:@${number})?)\s*\)|(?<plain>[a-z]+(?:@${number})?))\s*(?<operator>>=|<=|>|<)\s*(?<bound>${number})\s*$`,
);

/**
 * Reads a gate such as `tpr@0.001>0.01`, `high(auc) > 0.6` or `lira-online/per-example-median: advantage >= 0.1`. The
 * text is parsed by a fixed grammar and never evaluated.
 *
 * @throws UserError that shows the grammar
 */
export function parseGate(text: string): Gate {
  const groups = form.exec(text)?.groups;
  const [metric, rate] = (groups?.inside ?? groups?.plain ?? '').split('@');
  const rated = metric === 'tpr' || metric === 'tnr';
  if (
    groups === undefined ||
    !['auc', 'advantage', 'tpr', 'tnr', 'epsilon'].includes(metric) ||
    rated !== (rate !== undefined)
  ) {
    throw badInput(
      '--fail-if',
      text,
      'must read [ATTACK:] METRIC OPERATOR NUMBER, where METRIC is auc, advantage, tpr@FPR, tnr@FNR or epsilon, alone or inside low(), high() or estimate()',
      'Write for example "tpr@0.001>0.01" or "high(auc)>0.6"',
    );
  }
  if (rated && !(Number(rate) > 0 && Number(rate) < 1)) {
    throw badInput('the rate in --fail-if', rate, 'must lie in (0, 1)', 'Write for example tpr@0.001');
  }
  return {
    text,
    metric: metric as GateMetric,
    ...(rated ? { rate: String(Number(rate)) } : {}),
    end: (groups.end ?? 'estimate') as GateEnd,
    ...(groups.attack === undefined ? {} : { attack: groups.attack }),
    operator: groups.operator as GateOperator,
    bound: Number(groups.bound),
  };
}

/** The nominal rates that gates ask for, as numbers, so that the audit computes them. */
export function gateRates(gates: readonly Gate[], metric: 'tpr' | 'tnr'): number[] {
  return gates.filter((gate) => gate.metric === metric).map((gate) => Number(gate.rate));
}

/**
 * Compares. Without a named attack, one attack that meets the condition is enough to fail. A number without a valid
 * interval fails too, with the reason: a gate never passes because nothing could be measured.
 *
 * @throws UserError if the named attack did not run
 */
export function applyGate(gate: Gate, result: AuditResult): GateOutcome {
  if (gate.metric === 'epsilon') return epsilonOutcome(gate, result);
  const attacks = result.attacks.filter((attack) =>
    gate.attack === undefined ? attack.fittedOn !== 'target' : attack.name === gate.attack,
  );
  if (attacks.length === 0) throw missingAttack(gate, result);
  const outcomes = attacks.map((attack) => compare(gate, attack.name, numberOf(gate, attack)));
  const worst = outcomes.find((outcome) => outcome.failed) ?? strictest(gate, attacks, outcomes);
  return { gate, ...worst };
}

interface Comparison {
  readonly failed: boolean;
  readonly sentence: string;
}

/** Of the attacks that pass, the one nearest to the bound. */
function strictest(
  gate: Gate,
  attacks: readonly AuditedAttack[],
  outcomes: readonly Comparison[],
): Comparison {
  const distance = (i: number): number => {
    const value = endOf(gate, numberOf(gate, attacks[i]));
    return value === null ? 0 : Math.abs(value - gate.bound);
  };
  return outcomes.reduce(
    (best, outcome, i) => (distance(i) < best.distance ? { outcome, distance: distance(i) } : best),
    {
      outcome: outcomes[0],
      distance: distance(0),
    },
  ).outcome;
}

function numberOf(gate: Gate, attack: AuditedAttack): Interval {
  if (gate.metric === 'auc') return attack.auc;
  if (gate.metric === 'advantage') return attack.advantage;
  const rates = gate.metric === 'tpr' ? attack.tprAtFpr : attack.tnrAtFnr;
  return rates[gate.rate as string];
}

function endOf(gate: Gate, interval: Interval): number | null {
  // Where no interval is valid the sample cannot resolve the number, and the estimate says nothing either.
  if (interval.low === null || interval.high === null) return null;
  return interval[gate.end];
}

function compare(gate: Gate, name: string, interval: Interval): Comparison {
  const value = endOf(gate, interval);
  const what = `${gate.end === 'estimate' ? '' : `${gate.end} end of `}${gate.metric}${
    gate.rate === undefined ? '' : `@${gate.rate}`
  } of ${name}`;
  if (value === null) {
    return { failed: true, sentence: `${what} cannot be compared with ${gate.bound}: ${interval.method}` };
  }
  const failed = holds(value, gate.operator, gate.bound);
  return {
    failed,
    sentence: `${what} is ${value.toPrecision(4)}, which is ${failed ? '' : 'not '}${gate.operator} ${gate.bound}`,
  };
}

function epsilonOutcome(gate: Gate, { epsilon }: AuditResult): GateOutcome {
  const bounds = epsilon.filter((bound) => bound.epsilon !== null);
  if (bounds.length === 0) {
    const why = epsilon.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
    return { gate, failed: true, sentence: `no lower bound of epsilon is valid here (${why})` };
  }
  const largest = Math.max(...bounds.map((bound) => bound.epsilon as number));
  const failed = holds(largest, gate.operator, gate.bound);
  return {
    gate,
    failed,
    sentence: `the lower bound of epsilon is ${largest.toPrecision(4)}, which is ${failed ? '' : 'not '}${gate.operator} ${gate.bound}`,
  };
}

function holds(value: number, operator: GateOperator, bound: number): boolean {
  switch (operator) {
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
  }
}

function missingAttack(gate: Gate, result: AuditResult): UserError {
  const names = result.attacks.map(({ name }) => name);
  return badInput(
    'the attack in --fail-if',
    gate.attack ?? '(any)',
    `only these ran: ${names.join(', ')}`,
    'Name one of them, or provide the arrays that the attack needs',
  );
}
