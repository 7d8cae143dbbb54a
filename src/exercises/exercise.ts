/** What a check says to an answer; the words follow «Right» or «Not yet». */
export interface Verdict {
  readonly right: boolean;
  readonly says: string;
}

/** A question of a notebook. */
export interface Exercise<Answer> {
  /** From a first push to nearly the answer; shown one after the other. */
  readonly hints: readonly [string, ...string[]];
  readonly check: (answer: Answer) => Verdict;
}

/** What to say where an answer is right, and where it is not without giving the answer away. */
interface Words<Answer> {
  readonly hints: readonly [string, ...string[]];
  readonly right?: string;
  readonly wrong: string | ((answer: Answer) => string);
}

const wordsFor = <Answer>(wrong: Words<Answer>['wrong'], answer: Answer): string =>
  typeof wrong === 'string' ? wrong : wrong(answer);

interface OfNumber extends Words<number> {
  /** The right number, or how it is computed. */
  readonly value: number | (() => number);
  readonly within: number;
}

/** An exercise whose answer is a number. */
export function numberExercise({ value, within, hints, right = '', wrong }: OfNumber): Exercise<number> {
  return {
    hints,
    check(answer) {
      if (typeof answer !== 'number' || Number.isNaN(answer)) return notYet('the answer is a number.');
      const exact = typeof value === 'number' ? value : value();
      if (Math.abs(answer - exact) <= within) return { right: true, says: right };
      return notYet(wordsFor(wrong, answer));
    },
  };
}

interface OfChoice<Name extends string> extends Words<Name> {
  readonly answer: Name;
  readonly others: readonly Name[];
}

/** An exercise whose answer is one of a few names. */
export function choiceExercise<const Name extends string>({
  answer: exact,
  others,
  hints,
  right = '',
  wrong,
}: OfChoice<Name>): Exercise<Name> {
  return {
    hints,
    check(answer) {
      if (answer === exact) return { right: true, says: right };
      if (others.includes(answer)) return notYet(wordsFor(wrong, answer));
      return notYet(`the answer is one of ${[exact, ...others].sort().join(', ')}.`);
    },
  };
}

interface OfFunction<Answer> {
  readonly hints: readonly [string, ...string[]];
  /** Runs the function on inputs that the notebook does not show; undefined if it is right, else what is wrong. */
  readonly fault: (answer: Answer) => string | undefined;
  readonly right?: string;
}

/** An exercise whose answer is a function. What it throws is told to who wrote it. */
export function functionExercise<Answer extends (...of: never[]) => unknown>({
  hints,
  fault,
  right = '',
}: OfFunction<Answer>): Exercise<Answer> {
  return {
    hints,
    check(answer) {
      if (typeof answer !== 'function') return notYet('the answer is a function.');
      try {
        const found = fault(answer);
        return found === undefined ? { right: true, says: right } : notYet(found);
      } catch (error) {
        return notYet(`your function throws: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}

export const notYet = (says: string): Verdict => ({ right: false, says });
