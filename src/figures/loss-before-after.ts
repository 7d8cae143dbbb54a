import { lossSummary } from '../metrics/loss-summary';
import { requireSome } from './check-data';
import type { Figure } from './figure';
import { sourcedFigure, type FigureSource } from './figure-source';
import { lossDecades, lossHistogram, lossHistogramHeight, type LossPanel } from './loss-histogram';
import { formatNumber } from './number-format';

/** Cross-entropy losses of the records of one model, nats, >= 0. */
export interface LossSample {
  /** E.g. `before training`, `CE`, `with CCEL (alpha 0.5)`. */
  readonly label: string;
  readonly members: ArrayLike<number>;
  readonly nonMembers: ArrayLike<number>;
}

/**
 * Losses of members and non-members before and after something (training, a defense), one above the other on the same
 * logarithmic axis.
 *
 * @throws UserError for a side without records or a loss that is negative or not finite
 */
export function lossBeforeAfterFigure(before: LossSample, after: LossSample, source: FigureSource): Figure {
  const panels = [before, after].map(panelOf);
  lossDecades(panels);
  const words = panels.map(
    ({ label, memberMarks, nonMemberMarks }) =>
      `${label}: median loss ${formatNumber(memberMarks.median, 'significant')} and variance ` +
      `${formatNumber(memberMarks.variance, 'significant')} of members, median ` +
      `${formatNumber(nonMemberMarks.median, 'significant')} of non-members`,
  );
  return sourcedFigure(
    {
      title: 'Losses of members and non-members, before and after',
      alt: `Histograms of cross-entropy losses on a logarithmic axis. ${words.join('. ')}.`,
      reading:
        'Cross-entropy loss of each record in bins of equal width on the logarithmic axis. Where the two shapes part, an ' +
        'attacker can tell members from non-members.',
      height: lossHistogramHeight(panels.length),
      draw: (framing, style) => lossHistogram(panels, framing, style),
    },
    source,
  );
}

function panelOf({ label, members, nonMembers }: LossSample): LossPanel {
  requireSome(`members ${label}`, members, 'Pass their losses');
  requireSome(`non-members ${label}`, nonMembers, 'Pass their losses');
  return {
    label,
    members,
    nonMembers,
    memberMarks: lossSummary(members),
    nonMemberMarks: lossSummary(nonMembers),
  };
}
