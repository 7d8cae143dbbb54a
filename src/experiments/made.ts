import { createHash } from 'node:crypto';
import { dataName } from '../data/data-file';
import { type Program, thisProgram } from '../provenance';
import { canonicalJson } from './block';
import type { Study } from './study';

/** What a result was made by and from. It stands beside the numbers and is no part of their identity. */
export interface Made {
  readonly program: Program;
  /** The study as data, with every default; without the places of files. */
  readonly study: Readonly<Record<string, unknown>>;
  /** SHA-256 of that in canonical JSON (sorted keys, no spaces). */
  readonly sha256: string;
}

/** What makes a result of a study now. */
export function madeBy(study: Study): Made {
  const { defenses, attacks, data, ...rest } = study;
  const told = JSON.parse(
    JSON.stringify({
      ...rest,
      data:
        typeof data === 'string'
          ? data
          : { ...data, csv: undefined, parquet: undefined, npz: undefined, name: dataName(data) },
      // Titles and formulas are words about an attack, not the study.
      attacks: attacks.map(({ name, options }) => ({ name, options })),
      defenses: defenses.map(({ defense: { name, options }, recipe }) => ({ name, options, recipe })),
    }),
  ) as Made['study'];
  const sha256 = createHash('sha256').update(canonicalJson(told)).digest('hex');
  return { program: thisProgram(), study: told, sha256 };
}
