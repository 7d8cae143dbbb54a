import { badInput } from '../errors';
import type { Figure } from './figure';
import { draftedFigure, type FigureDraft } from './figure-draft';

/** Where the numbers of a figure come from; its caption says it. */
export interface FigureSource {
  /** The data set in words, e.g. `Location30`. */
  readonly data: string;
  /** The command or call that reproduces the figure. */
  readonly command: string;
  /** Whether the records were generated rather than collected: the figure is then stamped. */
  readonly synthetic: boolean;
}

/** A figure whose caption names data and command. */
export function sourcedFigure(draft: FigureDraft, { data, command, synthetic }: FigureSource): Figure {
  if (command.trim() === '') {
    throw badInput(
      'the command of a figure',
      command,
      'must say how to reproduce it',
      'Pass the command or call',
    );
  }
  const source = synthetic ? `${data} (synthetic data)` : data;
  const alt = synthetic ? `Synthetic data. ${draft.alt}` : draft.alt;
  return draftedFigure(
    { ...draft, alt },
    `${draft.reading} Data: ${source}.\nReproduce: ${command}`,
    synthetic,
  );
}
