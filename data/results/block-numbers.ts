/** The content of block-numbers.json (make-block-numbers.ts). */
export interface BlockNumbers {
  readonly schema: 'ccl-lab/block-numbers/1';
  readonly command: string;
  /** One a target of the study `location30`: expected calibration errors, Brier score and mean loss on non-members. */
  readonly calibration: readonly {
    readonly method: string;
    readonly seed: number;
    readonly eceEqualMass: number;
    readonly eceEqualWidth: number;
    readonly brier: number;
    readonly nll: number;
  }[];
  /** Of the study `canaries`: share of a model's own canaries that it predicts as they were labelled. */
  readonly memorized: readonly {
    readonly method: string;
    readonly kind: string;
    readonly epochs: readonly number[];
    /** Mean over the models, one an epoch. */
    readonly mean: readonly number[];
    /** After the last epoch, one a model: models of different methods share their masks. */
    readonly last: readonly number[];
  }[];
  /** Of the study `canaries`: accuracy and what LiRA reaches, epoch by epoch, all models, each in turn. */
  readonly paths: readonly {
    readonly method: string;
    readonly epochs: readonly number[];
    /** On clean non-members, mean over the models. */
    readonly testAccuracy: readonly number[];
    /** TPR at 1 % FPR of LiRA on the scaled logit, by kind of canary; `clean`: one in eight of the other records. */
    readonly tpr: Readonly<Record<string, readonly number[]>>;
  }[];
}
