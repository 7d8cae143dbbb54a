import { keyOptions, leftOutOption, spacedName } from '../experiments/method-key';
import type { MethodResult, StudyResult } from '../experiments/study-result';

/** A method in its family. */
export interface FamilyMember {
  readonly method: MethodResult;
  /** Values of the options that vary in the family, e.g. `0.5` or `1, 0.01`; empty where none does. */
  readonly parameter: string;
  /** The same as a number, where one option varies and its values are numbers; else null. */
  readonly value: number | null;
}

/** One loss or defense with all its settings. */
export interface StudyFamily {
  /** Name of the loss or defense. */
  readonly family: string;
  /** For legends: `CCEL (alpha)`, after the options that vary; of a single method its label. */
  readonly label: string;
  /** Options that vary. */
  readonly options: readonly string[];
  /** Ascending where one number varies, else in the order of the study. */
  readonly members: readonly FamilyMember[];
}

/** The methods of a study by family, in the order in which families appear. */
export function studyFamilies({
  methods,
  settings,
}: Pick<StudyResult, 'methods' | 'settings'>): StudyFamily[] {
  return [...new Set(methods.map(({ family }) => family))].map((family) =>
    familyOf(
      family,
      methods.filter((method) => method.family === family),
      settings,
    ),
  );
}

function familyOf(
  family: string,
  methods: readonly MethodResult[],
  settings: StudyResult['settings'],
): StudyFamily {
  const given = methods.map(({ key }) => keyOptions(key));
  const valueOf = (of: ReadonlyMap<string, string>, option: string): string =>
    of.get(option) ?? leftOutOption(option, settings) ?? 'default';
  const options = [...new Set(given.flatMap((of) => [...of.keys()]))].filter(
    (option) => new Set(given.map((of) => valueOf(of, option))).size > 1,
  );
  const members = methods.map((method, i): FamilyMember => {
    const values = options.map((option) => valueOf(given[i], option));
    const number = values.length === 1 ? Number(values[0]) : NaN;
    return { method, parameter: values.join(', '), value: Number.isFinite(number) ? number : null };
  });
  const isOrdered = members.every(({ value }) => value !== null);
  const label =
    options.length === 0
      ? methods[0].label
      : `${familyTitle(methods[0].label)} (${options.map(spacedName).join(', ')})`;
  return {
    family,
    label,
    options,
    members: isOrdered ? [...members].sort((a, b) => a.value! - b.value!) : members,
  };
}

/** `CCEL (alpha 0.5)`, `CE [weightDecay=0.005]` and `Temperature 5` without their settings. */
export function familyTitle(label: string): string {
  return label.split(/ [([]/)[0].replace(/ [\d.]+$/, '');
}
