/**
 * Powers of ten between which all positive finite values lie, with a little room; at least one whole decade, so that a
 * logarithmic axis has a label.
 */
export function positiveDecades(values: readonly number[]): readonly [number, number] {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  if (positive.length === 0) return [-1, 1];
  const low = Math.log10(positive.reduce((a, b) => Math.min(a, b)));
  const high = Math.log10(positive.reduce((a, b) => Math.max(a, b)));
  return [Math.min(low - 0.1, Math.floor(high) - 0.05), Math.max(high + 0.1, Math.ceil(low) + 0.05)];
}
