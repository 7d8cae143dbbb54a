/**
 * Lines of cells as CSV: a cell with a comma, a quote or a line break stands in quotes; a missing one is empty.
 *
 * @param lineEnd `\n`, or `\r\n` as RFC 4180 has it
 */
export function csvText(
  lines: readonly (readonly (string | number | null)[])[],
  lineEnd: '\n' | '\r\n' = '\n',
): string {
  return lines.map((line) => `${line.map(csvCell).join(',')}${lineEnd}`).join('');
}

function csvCell(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
