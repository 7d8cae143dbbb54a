import type { AttackCost, AttackNote, FittedOn, Need } from '../attacks/attack';
import type { SelfCheckItem } from '../attacks/self-check';
import type { Interval } from '../metrics/interval';
import type { Slice } from '../metrics/slices';
import type { SignalNote } from '../signals/signal-set';

/** Version of the JSON form; raised when a field changes its meaning or goes away (docs/audit.md). */
export const auditSchema = 'ccl-lab/audit/4';

/** A file that was read. */
export interface AuditedFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** How many models it holds. */
  readonly models: number;
}

/** What was audited. */
export interface AuditedData {
  readonly files: readonly AuditedFile[];
  readonly models: number;
  readonly target: number;
  readonly records: number;
  readonly members: number;
  readonly nonMembers: number;
  readonly classes: number;
  /**
   * Groups that lie on one side each, with several records: these were dealt as a whole, and tests and intervals go over
   * them. Null where records were dealt one by one.
   */
  readonly dealtGroups: { readonly members: number; readonly nonMembers: number } | null;
  /** Whether the records were generated rather than collected, as the person who made the file says. */
  readonly synthetic: boolean;
  /** What was made of the files; `signalNoteText` puts each into words. */
  readonly notes: readonly SignalNote[];
}

/** One attack on the target. All intervals are 95 %, over records. */
export interface AuditedAttack {
  readonly name: string;
  readonly title: string;
  /** Those that are plain data; empty where there are none. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly formula: string;
  readonly reference: string;
  readonly threatModel: string;
  readonly fittedOn: FittedOn;
  readonly cost: AttackCost;
  /** Records with a score that means something. */
  readonly scored: number;
  /** Area under the ROC curve of the score. */
  readonly auc: Interval;
  /** Largest TPR - FPR over all cuts. Biased upward: compare it with `chance`. */
  readonly largestAdvantage: Interval;
  /** The largest advantage that 95 % of random memberships stay below, and how often chance reaches the one seen. Null where groups were dealt as a whole. */
  readonly chance: { readonly advantage95: number; readonly pValue: number } | null;
  /** TPR - FPR at the cuts that `cutsFrom` names. */
  readonly advantage: Interval;
  /**
   * `elsewhere`: cuts were set without the target's membership. `these records`: the attack only ranks, or is an oracle,
   * and `advantage` is biased upward; compare it with `chance`.
   */
  readonly cutsFrom: 'elsewhere' | 'these records';
  /** TPR at a nominal FPR (key, e.g. '0.001'); the rule is FPR <= x. */
  readonly tprAtFpr: Readonly<Record<string, Interval>>;
  /** TNR at a nominal FNR, the attacker's certainty about non-members. */
  readonly tnrAtFnr: Readonly<Record<string, Interval>>;
  /** The smallest of its numbers in the leak test; null for upper bounds that were fitted on the target. */
  readonly correctedPValue: number | null;
  /** What an attacker gets who calls the lowest scores members; null unless the AUC's interval lies below one half. */
  readonly turned: {
    readonly largestAdvantage: Interval;
    readonly tprAtFpr: Readonly<Record<string, Interval>>;
    readonly tnrAtFnr: Readonly<Record<string, Interval>>;
  } | null;
  readonly notes: readonly AttackNote[];
}

/** An attack that did not run. */
export interface MissingAttack {
  readonly name: string;
  readonly title: string;
  readonly lacks: readonly Need[];
  readonly reason: string;
}

/** The attack with the most surprising number, corrected for the choice among all numbers of all attacks. */
export interface StrongestAttack {
  readonly name: string;
  /** Its AUC; the interval holds for all attacks at once (Bonferroni), so that the choice is counted. */
  readonly auc: Interval;
  /** How often random memberships give anything as surprising; see `AuditedEvidence`. */
  readonly correctedPValue: number;
  /** How many attacks the choice was made from (upper bounds fitted on the target are left out). */
  readonly among: number;
}

/** The strongest attack by one number: the largest effect beyond chance, else the most surprising one. */
export interface AuditedEvidence {
  readonly attack: string;
  /** `auc`: the ranking as a whole; `tpr`: members beyond all but the share `fpr` of the non-members. */
  readonly statistic: 'auc' | 'tpr';
  /** Nominal FPR of `tpr`, 0 for members beyond every non-member; null for `auc`. */
  readonly fpr: number | null;
  /** `high`: members have the higher scores, as attacks mean it. `low`: they have the lower ones. */
  readonly side: 'high' | 'low';
  /** The AUC, or the share of the members; the interval holds for all attacks at once (Bonferroni). */
  readonly value: Interval;
  /** How often random memberships give any attack, in any of these numbers and on either side, as large a surprise. */
  readonly correctedPValue: number;
}

/** One test over all attacks and AUC and TPRs at low FPR together; the verdict rests on it. */
export interface AuditedLeakTest {
  /** One a number, the most surprising first. */
  readonly evidence: readonly AuditedEvidence[];
  readonly attacks: number;
  readonly permutations: number;
  /** Whether sums of ranks were drawn from their normal limit, where counting them would take too long. */
  readonly normalLimit: boolean;
  /** A leak is said below this corrected p-value. */
  readonly level: number;
  /** The smallest effects in one attack that this very test sees with the chance `power`. */
  readonly detectable: {
    readonly power: number;
    /** AUC of binormal scores of equal variances; the same below one half. Null where not even perfect separation is seen. */
    readonly auc: number | null;
    /** Share of the members that is fully exposed, that is, above every non-member; null where not even all are seen, and where groups were dealt as a whole. */
    readonly exposed: number | null;
  };
}

/** Do members differ from non-members for another reason than that the model was trained on them? */
export interface ShiftCheck {
  readonly outcome: 'no shift seen' | 'shift' | 'not testable';
  readonly tests: readonly {
    readonly name: string;
    readonly statistic: string;
    readonly pValue: number | null;
    readonly detail: string;
  }[];
  /** What was tested with which answer, as a sentence. */
  readonly sentence: string;
}

/** The answer and why, as codes; `verdictWords` puts it into words. */
export interface AuditVerdict {
  /** `told apart`: the two sides differ, and no other model can say whether training or a shift made them differ. */
  readonly kind: 'leak' | 'told apart' | 'no leak found' | 'cannot tell' | 'self-check failed';
  readonly because:
    'self-check' | 'nothing ran' | 'same outputs' | 'few groups' | 'few records' | 'shift' | 'leak test';
  /** By `sizeRule`, of what the leak test found; null where it found nothing or does not decide. */
  readonly size: 'small' | 'medium' | 'large' | null;
  /** The side of the most surprising number; null where `size` is. */
  readonly side: 'high' | 'low' | null;
  /** The target does better on its non-members than on its members, so that the two sides may have been swapped. */
  readonly maybeSwapped: boolean;
}

/** Something to know before reading the numbers; `noteWords` puts it into words. */
export type AuditNote = ColumnsNote | GuessingNote | UnknownClassesNote;

/** Another assignment of output columns to labels is right far more often. */
export interface ColumnsNote {
  readonly code: 'columns';
  /** Share of records whose largest output is that of their label, and with the other assignment. */
  readonly accuracy: number;
  readonly otherAccuracy: number;
  /** The label that each output column seems to stand for, [classes]. */
  readonly labelOfColumn: readonly number[];
}

/** The target is right on its members no more often than answers would be that have nothing to do with the labels. */
export interface GuessingNote {
  readonly code: 'no better than guessing';
  /** Share of members whose largest output is that of their label. */
  readonly accuracy: number;
  /** The same if the same answers were dealt to the members by chance. */
  readonly byChance: number;
}

/** Models that know nothing of a class: no record of the class is compared with them. */
export interface UnknownClassesNote {
  readonly code: 'unknown classes';
  readonly found: readonly {
    /** Counted from 0 over all files; the target is attacked all the same. */
    readonly model: number;
    /** The file that holds it; null where the signals came from code. */
    readonly file: string | null;
    readonly label: number;
    readonly records: number;
  }[];
}

/** A record that several attacks point at. */
export interface ExposedRecord {
  /** Position in the file, from 0. */
  readonly record: number;
  /** Null where labels are not known. */
  readonly label: number | null;
  readonly member: boolean;
  /** Mean over attacks of the share of non-members that score lower, in [0, 1]. */
  readonly rank: number;
  /** Attacks that place it above all but 1 % of the non-members. */
  readonly attacks: readonly string[];
}

/** How often sets of attacks point at the same members: one row a combination, for the upset plot. */
export interface Agreement {
  readonly attacks: readonly string[];
  readonly combinations: readonly { readonly attacks: readonly string[]; readonly members: number }[];
}

/** ROC curve of a shown attack at attainable rates, evenly spread on a log axis; `low` and `high` are a 95 % band, point by point. */
export interface AuditedCurve {
  readonly attack: string;
  readonly fpr: readonly number[];
  readonly tpr: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** Shares of members and non-members in equal bins of a shown attack's score. */
export interface ScoreHistogram {
  readonly attack: string;
  /** `rank`: the share of all records that score lower, for scores with tails so long that one bin would hold nearly all. */
  readonly scale: 'score' | 'rank';
  /** [bins + 1], ascending. */
  readonly edges: readonly number[];
  readonly members: readonly number[];
  readonly nonMembers: readonly number[];
  /** Share of all records below the first and above the last edge, counted in the outermost bins. */
  readonly clipped: number;
}

export interface EpsilonBound {
  readonly name: string;
  /** A lower bound of epsilon at 95 % confidence, or null with the reason in `reason`. */
  readonly epsilon: number | null;
  readonly delta: number;
  readonly attack: string | null;
  readonly reason: string;
}

export interface AuditResult {
  readonly schema: typeof auditSchema;
  readonly version: string;
  readonly command: string;
  readonly seed: number;
  readonly data: AuditedData;
  readonly verdict: AuditVerdict;
  readonly notes: readonly AuditNote[];
  /** Null where no attack ran that may decide. */
  readonly leakTest: AuditedLeakTest | null;
  readonly strongest: StrongestAttack | null;
  readonly attacks: readonly AuditedAttack[];
  readonly notRun: readonly MissingAttack[];
  readonly shift: ShiftCheck;
  readonly selfCheck: { readonly passed: boolean; readonly items: readonly SelfCheckItem[] };
  /** Shares of right answers; `difference` is members less non-members with its 95 % interval. Null without labels. */
  readonly accuracy: {
    readonly members: number;
    readonly nonMembers: number;
    readonly difference: Interval;
  } | null;
  /** Null without labels. */
  readonly calibration: Readonly<
    Record<'members' | 'nonMembers', { readonly ece: number; readonly brier: number; readonly nll: number }>
  > | null;
  /** The strongest attack within parts of the records. */
  readonly slices: readonly Slice[];
  readonly epsilon: readonly EpsilonBound[];
  /** Null when the list was left out on purpose: it is sensitive itself. */
  readonly exposed: readonly ExposedRecord[] | null;
  readonly agreement: Agreement | null;
  /** Of the strongest attacks, at most one a family. */
  readonly curves: readonly AuditedCurve[];
  readonly histograms: readonly ScoreHistogram[];
  /** What this audit says nothing about. */
  readonly notTested: readonly string[];
}
