import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the loss attack reaches with one way of asking, its cuts from a shadow model that is asked likewise. */
export interface AskedAttack {
  readonly testAccuracy: number;
  readonly auc: { readonly estimate: number; readonly low: number; readonly high: number };
  readonly advantage: number;
}

/** The content of augmented-queries.json (make-augmented-queries.ts). */
export interface AugmentedQueries {
  readonly schema: 'ccl-lab/augmented-queries/1';
  readonly command: string;
  /** Draws of `several`. */
  readonly draws: number;
  readonly targets: readonly {
    readonly study: string;
    readonly method: string;
    readonly seed: number;
    /** Each record asked once, as it is. */
    readonly plain: AskedAttack;
    /** Each record asked once, after a random crop and flip, as the official code does. */
    readonly once: AskedAttack;
    /** Each record asked after `draws` random crops and flips; the attacker takes the mean loss, accuracy is that of one draw. */
    readonly several: AskedAttack;
  }[];
}

export function augmentedQueries(): AugmentedQueries {
  return JSON.parse(readFileSync(join(__dirname, 'augmented-queries.json'), 'utf8')) as AugmentedQueries;
}
