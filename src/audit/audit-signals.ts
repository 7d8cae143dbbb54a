import type { Attack } from '../attacks/attack';
import { attackNames, auditAttacks } from '../attacks/registry';
import { selfCheck, type SelfCheckResult } from '../attacks/self-check';
import { unknownName } from '../options';
import type { SignalSet } from '../signals/signal-set';
import { auditWith, type Audit, type AuditOptions } from './audit';

export interface AuditSignalsOptions extends Omit<AuditOptions, 'attacks' | 'selfCheck'> {
  /** Attacks, or their names or families with commas between; default every attack. */
  readonly attacks?: readonly Attack[] | string;
}

/**
 * Audits a set of signals as `ccl audit` does: the attacks check themselves, then run where the signals allow.
 *
 * @throws UserError as `auditWith`, and for an unknown name
 *
 * @example
 * ```ts
 * import { audit, readSignals } from 'ccl-lab';
 *
 * const digits = await readSignals('data/audit/digits.npz');
 * const { result } = audit(digits, { attacks: 'loss,rmia-online' });
 * console.log(result.attacks.length > 1); // prints true
 * ```
 */
export function audit(set: SignalSet, options: AuditSignalsOptions = {}): Audit {
  const { attacks: wanted } = options;
  const attacks = wanted === undefined || typeof wanted === 'string' ? chosenAttacks(wanted) : wanted;
  return auditWith(set, { ...options, attacks, selfCheck: checked(wanted, attacks) });
}

const known = new Map<string, SelfCheckResult>();

/** Attacks of the registry stay what they are while the program runs; those that somebody wrote are checked each time. */
function checked(wanted: AuditSignalsOptions['attacks'], attacks: readonly Attack[]): SelfCheckResult {
  if (typeof wanted === 'object') return selfCheck({ attacks });
  const names = attacks.map(({ name }) => name).join();
  const result = known.get(names) ?? selfCheck({ attacks });
  known.set(names, result);
  return result;
}

/**
 * The attacks of a list of names or families.
 *
 * @throws UserError for a name that is neither
 */
export function chosenAttacks(list: string | undefined): Attack[] {
  const all = auditAttacks();
  if (list === undefined) return all;
  const wanted = list.split(',').map((name) => name.trim());
  const isOf = (name: string, { name: full }: Attack): boolean =>
    full === name || full.split('/')[0] === name;
  const chosen = (name: string): Attack[] => {
    const own = all.filter((attack) => isOf(name, attack));
    // What a study calls lira stands here as lira-online and lira-offline.
    const isVariant = (full: string): boolean => full.startsWith(`${name}-`) && isAttackName(name);
    return own.length > 0 ? own : all.filter((attack) => isVariant(attack.name));
  };
  for (const name of wanted) {
    if (chosen(name).length > 0) continue;
    throw unknownName('attack', name, [
      ...new Set(all.flatMap((attack) => [attack.name.split('/')[0], attack.name])),
    ]);
  }
  const asked = new Set(wanted.flatMap(chosen));
  return all.filter((attack) => asked.has(attack));
}

function isAttackName(name: string): boolean {
  return (attackNames as readonly string[]).includes(name);
}
