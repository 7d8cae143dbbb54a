import { badInput } from '../errors';
import type { DefenseResult, StudyResult } from '../experiments/study-result';
import { exactly, type Interval } from '../metrics/interval';
import { requireInterval, requireSome } from './check-data';
import { advantageOf, sharedAttacks, studyFamilies, type StudyFamily } from './study-data';

/** One configuration of a method: what an attack gets out of it, and how good the model is. */
export interface PlanePoint {
  /** Value of the method's parameter as it is written beside the point, e.g. `0.5`; empty for a method without one. */
  readonly parameter: string;
  /** What the attack reaches, lower = more private: advantage in [-1, 1] or TPR at an FPR in [0, 1]. */
  readonly privacy: Interval;
  /** In [0, 1]. */
  readonly testAccuracy: Interval;
}

export interface PlaneMethod {
  readonly label: string;
  /** In the order of the parameter; a line joins them. */
  readonly points: readonly PlanePoint[];
}

/** One attack. Each panel has the same methods in the same order. */
export interface PlanePanel {
  readonly attack: string;
  readonly methods: readonly PlaneMethod[];
  /** The model without a defense. */
  readonly undefended: Omit<PlanePoint, 'parameter'>;
  /** What guessing reaches, a dotted line: 0 for an advantage, the FPR for a TPR. */
  readonly chance: number;
}

/** @throws UserError as `privacyUtilityPlaneFigure` says */
export function checkPanels(panels: readonly PlanePanel[]): void {
  requireSome('panels', panels, 'Pass one an attack');
  const names = panels[0].methods.map(({ label }) => label).join('\n');
  for (const { attack, methods, undefended, chance } of panels) {
    requireSome(`methods under ${attack}`, methods, 'Pass the defenses to compare');
    if (methods.map(({ label }) => label).join('\n') !== names) {
      const labels = methods.map(({ label }) => label);
      throw badInput(
        `the methods under ${attack}`,
        labels,
        'must be those of the first panel',
        'Use the same order',
      );
    }
    requireInterval(`the chance level under ${attack}`, exactly(chance));
    checkPoint(`the undefended model under ${attack}`, undefended);
    for (const { label, points } of methods) {
      requireSome(`points of ${label} under ${attack}`, points, 'Leave the method out');
      points.forEach((point) => checkPoint(`${label} ${point.parameter} under ${attack}`, point));
    }
  }
}

function checkPoint(what: string, { privacy, testAccuracy }: Omit<PlanePoint, 'parameter'>): void {
  requireInterval(`the privacy of ${what}`, privacy);
  requireInterval(`the test accuracy of ${what}`, testAccuracy);
}

/** A point whose cost is to be small and whose gain is to be large. */
export interface TradeOff {
  readonly cost: number;
  readonly gain: number;
}

/**
 * Places of the points that no other point beats: none has a cost as low and a gain as high with one of the two better.
 * In ascending order of cost; equal points are all kept.
 */
export function paretoFront(points: readonly TradeOff[]): number[] {
  const order = Array.from(points.keys()).sort(
    (a, b) => points[a].cost - points[b].cost || points[b].gain - points[a].gain,
  );
  const front: number[] = [];
  for (const i of order) {
    const last = front[front.length - 1];
    const isBetter = last === undefined || points[i].gain > points[last].gain;
    const isEqual =
      last !== undefined && points[i].cost === points[last].cost && points[i].gain === points[last].gain;
    if (isBetter || isEqual) front.push(i);
  }
  return front;
}

export interface StudyAttackChoice {
  /** Names of attacks as they stand in the result, e.g. `loss`; default all that every method has. */
  readonly attacks?: readonly string[];
  /** A sentence for the caption, e.g. why these. */
  readonly note?: string;
}

/** The panels of a study: advantages and test accuracies, means over seeds. */
export function studyPlanePanels(result: StudyResult, attacks?: readonly string[]): PlanePanel[] {
  const [undefended] = result.defenses;
  const families = studyFamilies(result).filter(
    ({ members }) => members.length > 1 || members[0].defense !== undefended,
  );
  if (families.length === 0) {
    throw badInput(
      'the number of methods of the study',
      result.defenses.length,
      'the plane compares at least two',
      'Add a method',
    );
  }
  return sharedAttacks(result, attacks).map(({ name, title }): PlanePanel => ({
    attack: title,
    methods: families.map((family) => planeMethod(family, name)),
    undefended: placeOf(undefended, name),
    chance: 0,
  }));
}

function planeMethod({ label, members }: StudyFamily, attack: string): PlaneMethod {
  return {
    label,
    points: members.map(({ defense, parameter }) => ({ parameter, ...placeOf(defense, attack) })),
  };
}

function placeOf(defense: DefenseResult, attack: string): PlanePanel['undefended'] {
  // `sharedAttacks` gives those that every method has.
  return { privacy: advantageOf(defense, attack)!, testAccuracy: defense.summary.testAccuracy };
}
