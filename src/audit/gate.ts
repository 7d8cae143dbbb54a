import type { Attack } from '../attacks/attack';
import { badInput } from '../errors';
import type { Interval } from '../metrics/interval';
import type { Program } from '../provenance';
import type { SignalSet } from '../signals/signal-set';
import type { AuditedAttack, AuditResult, AuditVerdict } from './audit-result';
import { lacks, present } from './lacks';

/** Which end of a number's interval is compared. */
export type GateEnd = 'estimate' | 'low' | 'high';
/** `p` is the corrected p-value of the leak test. */
export type GateMetric = 'auc' | 'advantage' | 'tpr' | 'tnr' | 'epsilon' | 'p';
export type GateOperator = '>' | '>=' | '<' | '<=';

/** «fail if ...»: a comparison of one number of the audit with a bound. */
export interface NumberGate {
  readonly text: string;
  readonly metric: GateMetric;
  /** The nominal rate of `tpr` and `tnr`, as the text that keys the results; else undefined. */
  readonly rate?: string;
  readonly end: GateEnd;
  /** Only this attack or family; default every attack that was not fitted on the target. */
  readonly attack?: string;
  readonly operator: GateOperator;
  readonly bound: number;
}

/** «fail if the verdict is ...». */
export interface VerdictGate {
  readonly text: string;
  readonly metric: 'verdict';
  readonly kind: AuditVerdict['kind'];
}

export type Gate = NumberGate | VerdictGate;

export interface GateOutcome {
  readonly gate: Gate;
  readonly failed: boolean;
  /** `compared`: `value` was; the others fail since there is nothing to compare. */
  readonly because: 'compared' | 'not resolvable' | 'did not run' | 'no bound of epsilon' | 'verdict';
  /** The attack that decided; null where no single one did. */
  readonly attack: string | null;
  readonly value: number | null;
  /** Whether the scores were read the other way round: lowest scores called members. */
  readonly turned: boolean;
}

/** The JSON of `ccl audit --json`; docs/audit.schema.json is made of this type. */
export type AuditJson = AuditResult & {
  readonly program: Program;
  /** What each gate compared; empty without gates. */
  readonly gates: readonly (Omit<GateOutcome, 'gate'> & { readonly gate: string })[];
};

const number = String.raw`(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?`;
const form = new RegExp(
  String.raw`^\s*(?:(?<attack>[\w./-]+)\s*:\s*)?(?:(?<end>low|high|estimate)\s*\(\s*(?<inside>[a-z]+(?:@${number})?)\s*\)|(?<plain>[a-z]+(?:@${number})?))\s*(?<operator>>=|<=|>|<)\s*(?<bound>${number})\s*$`,
);
const verdictKinds: readonly AuditVerdict['kind'][] = ['leak', 'told apart', 'no leak found', 'cannot tell'];
const nameOf = (kind: string): string => kind.replace(/ /g, '-');

/** The numbers that each metric can take; a bound outside them could never be met, or always. */
const ranges: Readonly<Record<GateMetric, readonly [number, number]>> = {
  auc: [0, 1],
  advantage: [0, 1],
  tpr: [0, 1],
  tnr: [0, 1],
  p: [0, 1],
  epsilon: [0, Infinity],
};

/**
 * Reads a gate such as `tpr@0.001>0.01`, `high(auc) > 0.6`, `lira-online: advantage >= 0.1`, `p<0.01` or `verdict=leak`.
 * The text is parsed by a fixed grammar and never evaluated.
 *
 * @throws UserError that shows the grammar
 */
export function parseGate(text: string): Gate {
  const kind = /^\s*verdict\s*=\s*([a-z-]+)\s*$/.exec(text)?.[1];
  if (kind !== undefined) return verdictGate(text, kind);
  const groups = form.exec(text)?.groups;
  const [metric, rate] = (groups?.inside ?? groups?.plain ?? '').split('@');
  const rated = metric === 'tpr' || metric === 'tnr';
  const bare = metric === 'p' && (groups?.end !== undefined || groups?.attack !== undefined);
  if (
    groups === undefined ||
    !Object.keys(ranges).includes(metric) ||
    rated !== (rate !== undefined) ||
    bare
  ) {
    throw badInput(
      '--fail-if',
      text,
      'must read [ATTACK:] METRIC OPERATOR NUMBER, where METRIC is auc, advantage, tpr@FPR, tnr@FNR or epsilon, alone or inside low(), high() or estimate(); or p OPERATOR NUMBER; or verdict=KIND',
      'Write for example "tpr@0.001>0.01", "high(auc)>0.6" or "verdict=leak"',
    );
  }
  if (rated && !(Number(rate) > 0 && Number(rate) < 1)) {
    throw badInput('the rate in --fail-if', rate, 'must lie in (0, 1)', 'Write for example tpr@0.001');
  }
  const [least, most] = ranges[metric as GateMetric];
  const bound = Number(groups.bound);
  if (!(bound >= least && bound <= most)) {
    const rule = `${metric} lies between ${least} and ${most}`;
    throw badInput('the number in --fail-if', bound, rule, 'Compare it with a number in there');
  }
  return {
    text,
    metric: metric as GateMetric,
    ...(rated ? { rate: String(Number(rate)) } : {}),
    end: (groups.end ?? 'estimate') as GateEnd,
    ...(groups.attack === undefined ? {} : { attack: groups.attack }),
    operator: groups.operator as GateOperator,
    bound,
  };
}

function verdictGate(text: string, name: string): VerdictGate {
  const kind = verdictKinds.find((known) => nameOf(known) === name);
  if (kind !== undefined) return { text, metric: 'verdict', kind };
  const rule = `must be one of ${verdictKinds.map(nameOf).join(', ')}`;
  throw badInput('the verdict in --fail-if', name, rule, 'Write for example verdict=leak');
}

/**
 * Refuses, before anything runs, gates on attacks that are not among the chosen ones or lack their arrays.
 *
 * @throws UserError that names what is missing
 */
export function checkGates(gates: readonly Gate[], attacks: readonly Attack[], set?: SignalSet): void {
  const holds = set === undefined ? null : present(set);
  for (const gate of gates) {
    if (gate.metric === 'verdict' || gate.attack === undefined) continue;
    const wanted = attacks.filter(({ name }) => isNamed(gate, name));
    if (wanted.length === 0) {
      const names = [...new Set(attacks.map(({ name }) => name.split('/')[0]))].join(', ');
      throw badInput(
        'the attack in --fail-if',
        gate.attack,
        `is not among those that are run: ${names}`,
        'Name one of them or a family, or add it to --attacks',
      );
    }
    const missing = holds === null ? [] : wanted.map((attack) => lacks(attack, holds));
    if (missing.length === 0 || missing.includes(null)) continue;
    throw badInput(
      'the attack in --fail-if',
      gate.attack,
      `cannot run on these signals: it ${missing[0]!.reason}`,
      'Provide the array, or name another attack',
    );
  }
}

/** A gate names an attack in full or by its family, the part before the slash. */
function isNamed({ attack }: NumberGate, name: string): boolean {
  return attack === name || attack === name.split('/')[0];
}

/** The nominal rates that gates ask for, as numbers, so that the audit computes them. */
export function gateRates(gates: readonly Gate[], metric: 'tpr' | 'tnr'): number[] {
  return gates.flatMap((gate) => (gate.metric === metric ? [Number(gate.rate)] : []));
}

/**
 * Compares. Without a named attack, one attack that meets the condition is enough to fail. A number without a valid
 * interval fails too, with the reason: a gate never passes because nothing could be measured. Where members have the
 * lower scores, the larger of what both ways of reading give is compared.
 */
export function applyGate(gate: Gate, result: AuditResult): GateOutcome {
  const none = { attack: null, value: null, turned: false };
  if (gate.metric === 'verdict') {
    return { gate, failed: result.verdict.kind === gate.kind, because: 'verdict', ...none };
  }
  if (gate.metric === 'epsilon') {
    const bounds = result.epsilon.flatMap(({ epsilon }) => epsilon ?? []);
    if (bounds.length === 0) return { gate, failed: true, because: 'no bound of epsilon', ...none };
    return { ...none, ...compared(gate, Math.max(...bounds)) };
  }
  if (gate.metric === 'p') {
    const p = result.leakTest?.evidence[0].correctedPValue;
    return { ...none, ...(p === undefined ? nothing(gate) : compared(gate, p)) };
  }
  const attacks = result.attacks.filter((attack) =>
    gate.attack === undefined ? attack.fittedOn !== 'target' : isNamed(gate, attack.name),
  );
  const outcomes = attacks.flatMap((attack) =>
    [false, true].flatMap((turned): GateOutcome[] => {
      if (turned && attack.turned === null) return [];
      const value = endOf(gate, numberOf(gate, attack, turned));
      const outcome =
        value === null
          ? { gate, failed: true, because: 'not resolvable' as const, value }
          : compared(gate, value);
      return [{ ...outcome, attack: attack.name, turned }];
    }),
  );
  const nearest = [...outcomes].sort((a, b) => distance(gate, a) - distance(gate, b));
  return outcomes.find(({ failed }) => failed) ?? nearest[0] ?? { ...none, ...nothing(gate) };
}

type Decision = Pick<GateOutcome, 'gate' | 'failed' | 'because' | 'value'>;

function nothing(gate: Gate): Decision {
  return { gate, failed: true, because: 'did not run', value: null };
}

function compared(gate: NumberGate, value: number): Decision {
  return { gate, failed: holds(value, gate.operator, gate.bound), because: 'compared', value };
}

function distance({ bound }: NumberGate, { value }: GateOutcome): number {
  return value === null ? 0 : Math.abs(value - bound);
}

function numberOf({ metric, rate }: NumberGate, attack: AuditedAttack, turned: boolean): Interval {
  const read = turned && attack.turned !== null ? attack.turned : attack;
  if (metric === 'auc') return turned ? complement(attack.auc) : attack.auc;
  if (metric === 'advantage') return turned ? read.largestAdvantage : attack.advantage;
  return (metric === 'tpr' ? read.tprAtFpr : read.tnrAtFnr)[rate as string];
}

function complement({ estimate, low, high, method }: Interval): Interval {
  return {
    estimate: 1 - estimate,
    low: high === null ? null : 1 - high,
    high: low === null ? null : 1 - low,
    method,
  };
}

function endOf({ end }: NumberGate, interval: Interval): number | null {
  // Where no interval is valid the sample cannot resolve the number, and the estimate says nothing either.
  if (interval.low === null || interval.high === null) return null;
  if (end === 'low' && isAlwaysZero(interval)) return null;
  return interval[end];
}

/**
 * With few non-members the true cut of a low rate may lie above all of them, so the lower end is 0 whatever the scores: a
 * gate on it would always pass.
 */
function isAlwaysZero({ method }: Interval): boolean {
  return method.name === 'outermost-cuts' && method.fewest === 0;
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
