/**
 * Makes text from outside harmless in a Plotly figure.
 *
 * Plotly reads a small markup (`<b>`, `<a href>`, `<br>`, `<span style>`) in every title, label and name, MathJax reads
 * `$…$` where a page has it, and hover templates read `%{…}`. Entities are decoded after the markup is cut, so the
 * text shows as it was written.
 */
export function plotText(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\$/g, '&#36;')
    .replace(/%\{/g, '%&#123;');
}

/**
 * Breaks text into lines of at most `width` characters at spaces (a longer word stays whole), escaped and joined by
 * Plotly's line break; Plotly itself never wraps.
 */
export function wrappedPlotText(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines.map(plotText).join('<br>');
}
