import type { AuditResult } from '../audit/audit-result';
import { auditRoc, auditRocHeight } from './audit-roc';
import type { Figure } from './figure';
import { draftedFigure, type FigureDraft } from './figure-draft';
import { scoreHistogram, scoreHistogramHeight } from './score-histogram';
import { upset, upsetHeight } from './upset';

function figure(result: AuditResult, draft: FigureDraft): Figure {
  const { synthetic } = result.data;
  const made = synthetic ? ' Synthetic data.' : '';
  const reproduce = result.command === '' ? '' : `\nReproduce: ${result.command}`;
  return draftedFigure(draft, `${draft.reading}${made}${reproduce}`, synthetic);
}

/** ROC curves of the strongest attacks with bands. */
export function auditRocFigure(result: AuditResult): Figure {
  const { curves, data } = result;
  const words = curves.map(({ attack, fpr, tpr }) => {
    const at = fpr.findIndex((rate) => rate >= 0.01);
    return `${attack}: TPR ${tpr[at].toFixed(3)} at FPR ${fpr[at].toFixed(3)}`;
  });
  return figure(result, {
    title: 'ROC of the strongest attacks',
    alt: `ROC curves on logarithmic axes. ${words.join('. ')}.`,
    reading:
      'True positive rate at each false positive rate, the best attack of each family. On the left an attacker is sure of ' +
      `the few records that he names. The bands of the two strongest are 95 %, point by point, and count the uncertainty of the cut; nothing below 1/${data.nonMembers} can be measured.`,
    height: auditRocHeight,
    draw: (framing, style) => auditRoc(curves, framing, style),
  });
}

/** Scores of members and non-members under the strongest attacks. */
export function scoreHistogramFigure(result: AuditResult): Figure {
  const { histograms } = result;
  return figure(result, {
    title: 'Scores of members and non-members',
    alt: `Histograms of the scores of ${histograms.map(({ attack }) => attack).join(', ')}, members and non-members apart.`,
    reading:
      'Share of members and of non-members in equal bins of the score (the outermost bins hold what lies beyond), or of its rank among all records where a few scores lie far out. Where the two shapes part, the attack tells members from non-members.',
    height: scoreHistogramHeight(histograms.length),
    draw: (framing, style) => scoreHistogram(histograms, framing, style),
  });
}

/** Which attacks point at the same members; null where there is nothing to compare. */
export function agreementFigure(result: AuditResult): Figure | null {
  const { agreement } = result;
  if (agreement === null || agreement.combinations.length === 0) return null;
  const most = agreement.combinations[0];
  return figure(result, {
    title: 'Which attacks point at the same members',
    alt: `Upset plot of ${agreement.attacks.join(', ')}. The most frequent combination is ${most.attacks.join(' and ')} with ${most.members} members.`,
    reading:
      'Members that an attack places above all but 1 % of the non-members, counted by the combination of attacks that does so.',
    height: upsetHeight(agreement.attacks.length),
    draw: (framing, style) => upset(agreement, framing, style),
  });
}
