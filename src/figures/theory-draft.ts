import type { Loss, ProbabilityLoss } from '../losses/loss';
import type { Figure } from './figure';
import { draftedFigure, type FigureDraft } from './figure-draft';

/** What a figure of the theory has beside its data. */
interface TheoryDraft extends FigureDraft {
  /** The call that makes the figure again. */
  readonly code: string;
}

/** A figure whose caption ends with the call that makes it again. */
export function theoryFigure(draft: TheoryDraft): Figure {
  return draftedFigure(draft, `${draft.reading}\nReproduce: ${draft.code}`, false);
}

/** The expression that makes a loss, for captions. */
function codeOf({ name, options }: Pick<Loss, 'name' | 'options'>): string {
  const said = Object.entries(options).filter(([option, value]) => !(option === 'beta' && value === 1));
  if (said.length === 0) return `loss('${name}')`;
  return `loss('${name}', { ${said.map(([option, value]) => `${option}: ${JSON.stringify(value)}`).join(', ')} })`;
}

/** The same for several. */
export function codeOfAll(all: readonly ProbabilityLoss[]): string {
  return `[${all.map(codeOf).join(', ')}]`;
}

/** Options as written in a call, the undefined ones left out and a start distribution as a variable; empty for none. */
export function codeOfOptions(options: Readonly<Record<string, unknown>>): string {
  const said = Object.entries(options).filter(([, value]) => value !== undefined);
  if (said.length === 0) return '';
  const parts = said.map(([name, value]) => (name === 'start' ? name : `${name}: ${JSON.stringify(value)}`));
  return `, { ${parts.join(', ')} }`;
}
