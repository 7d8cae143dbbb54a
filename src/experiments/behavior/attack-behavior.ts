import type { Attack } from '../../attacks/attack';
import { behaviorSet } from '../../attacks/memorizing-set';
import { UserError } from '../../errors';
import { Digest } from './digest';

const known = new WeakMap<Attack, string>();

/**
 * What an attack computes, in 16 hex digits: its scores and cuts on a small synthetic set. Part of
 * the name of a kept result, so that a changed formula never gives an old number.
 *
 * @throws UserError for an attack that fails there
 */
export function attackBehavior(attack: Attack): string {
  let found = known.get(attack);
  if (found === undefined) known.set(attack, (found = fingerprint(attack)));
  return found;
}

function fingerprint(attack: Attack): string {
  const digest = new Digest();
  digest.text(`${attack.fittedOn} ${String(attack.inSample)}`);
  try {
    const { scores, usable, cuts } = attack.scores(behaviorSet(), { seed: 7, effort: 'check' });
    digest.numbers('scores', scores);
    digest.numbers('usable', usable ?? []);
    digest.numbers('cuts', cuts ?? []);
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw new UserError(
        `The attack ${attack.name} fails on a small synthetic set with ${attack.needs.join(', ') || 'one model'}: ` +
          `${(error as Error).stack ?? String(error)}`,
      );
    }
    // An attack that asks for more than a file holds is in no study; the words of its error are no part of what it computes.
    digest.text(`needs ${attack.needs.join(', ')}`);
  }
  return digest.end();
}
