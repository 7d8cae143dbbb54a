/** A number with its 95 % interval; `low` and `high` are null where no valid interval exists, and `method` says why. */
export interface Interval {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  /** How the interval was made; `intervalWords` says it to people. */
  readonly method: IntervalMethod;
}

/** Of one among several attacks: widened by Bonferroni's rule, since it was chosen among so many. */
interface AmongAttacks {
  readonly attacks?: number;
}

/** Of a TPR at a nominal FPR; `mirrored`: of a TNR at a nominal FNR, with members and non-members exchanged. */
interface AtNominalRate extends AmongAttacks {
  readonly mirrored?: true;
}

/** Over seeds, or over records that were paired. */
interface OverRepetitions {
  /** How many. */
  readonly n: number;
  readonly over: 'seeds' | 'records';
  readonly paired?: true;
  /** Computed from logarithms, so that it is one of ratios. */
  readonly logarithms?: true;
}

/** Groups of records on either side. */
interface OfGroups {
  readonly members: number;
  readonly nonMembers: number;
}

/** Of an area under the ROC curve. */
interface OfArea extends AmongAttacks {
  /** Over models instead of records: how many. */
  readonly models?: number;
}

/** How an interval was made, or why there is none, with what it rests on. */
export type IntervalMethod =
  /** Clopper-Pearson of a rate whose cut was fixed beforehand, over records or so many models. */
  | { readonly name: 'clopper-pearson'; readonly models?: number }
  /** The same over the records that were called members, at the sample's share of members. */
  | { readonly name: 'clopper-pearson-of-calls'; readonly calls: number }
  /** Outer Clopper-Pearson bounds of TPR and FPR joined, for another share of members. */
  | { readonly name: 'clopper-pearson-joined'; readonly prior: number }
  /** Of a difference of two rates whose cuts were fixed beforehand. */
  | { readonly name: 'newcombe' }
  | ({ readonly name: 'every-record-called' } & AtNominalRate)
  /** No interval: the smallest rate that has one is `least` / `count`, of records or of pairs of model and record. */
  | ({
      readonly name: 'not-resolvable';
      readonly least: number;
      readonly count: number;
      readonly pairs?: true;
    } & AtNominalRate)
  /** Stratified bootstrap with the cut chosen anew, perhaps joined with Clopper-Pearson. */
  | ({
      readonly name: 'resampled-cut';
      readonly tolerated: number;
      readonly of: number;
      readonly joined?: true;
    } & AtNominalRate)
  /** Clopper-Pearson at the outermost cuts that may have the rate. */
  | ({
      readonly name: 'outermost-cuts';
      readonly fewest: number;
      readonly most: number;
      readonly of: number;
    } & AtNominalRate)
  | ({ readonly name: 'delong' } & OfArea)
  /** From disjoint pairs of a member and a non-member, where DeLong's variance says nothing. */
  | ({
      readonly name: 'disjoint-pairs';
      readonly bound: 'clopper-pearson' | 'hoeffding';
      readonly pairs: number;
    } & OfArea)
  /** Over groups of records that were dealt as a whole: so many of members and of non-members. */
  | ({ readonly name: 'obuchowski' } & OfGroups & AmongAttacks)
  | ({ readonly name: 'too-few-groups' } & OfGroups & AmongAttacks)
  | ({ readonly name: 'none-over-groups' } & AmongAttacks)
  /** Stratified bootstrap, BCa. */
  | { readonly name: 'bca'; readonly resamples: number }
  | { readonly name: 'alike-resamples'; readonly of: 'one sample' | 'models' }
  /** Bootstrap clustered by record and by model. */
  | { readonly name: 'clustered-bootstrap'; readonly resamples: number; readonly models: number }
  | { readonly name: 'too-few-models'; readonly models: number; readonly needed: number }
  /** Dvoretzky-Kiefer-Wolfowitz-Massart, over all cuts at once. */
  | { readonly name: 'all-cuts' }
  /** No interval: the cut was chosen on the records that it is judged by. */
  | { readonly name: 'chosen-cut' }
  | { readonly name: 'nothing-called' }
  /** Student's. */
  | ({ readonly name: 't' } & OverRepetitions)
  /** No interval: all repetitions are equal, or there is one. */
  | ({ readonly name: 'no-spread' } & OverRepetitions)
  | { readonly name: 'normal-mean'; readonly records: number }
  | { readonly name: 'no-mean' }
  /** DeLong with covariance, of two models. */
  | { readonly name: 'paired-delong' }
  | { readonly name: 'bonett-price' }
  | { readonly name: 'alike-scores' }
  /** A number that was computed and has no error of its own. */
  | { readonly name: 'exact' };

/** The same, said to be widened by Bonferroni's rule over so many attacks; with one it is as it was. */
export function among(interval: Interval, attacks: number): Interval {
  const { method } = interval;
  return attacks === 1 ? interval : { ...interval, method: { ...method, attacks } as IntervalMethod };
}

/** A number without an interval. */
export function exactly(estimate: number): Interval {
  return { estimate, low: null, high: null, method: { name: 'exact' } };
}

/** The smallest nominal rate that has an interval, where one has none for that reason; else null. */
export function smallestResolvable({ method }: Interval): number | null {
  return method.name === 'not-resolvable' ? method.least / method.count : null;
}
