import { plotlyWindow } from '../../src/figures/static';

export interface TextBox {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Selects what is measured; the same in a browser. */
export const measuredTexts =
  '.xtick text, .ytick text, .legendtext, .xtitle, .ytitle, .gtitle, .annotation-text';

/** The measuring itself, as source, since it also runs in Chromium. */
export const measureSource = `(host, query) => {
  const { left: x, top: y } = host.getBoundingClientRect();
  return Array.from(host.querySelectorAll(query), (node) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    return { text: node.textContent, left: left - x, right: right - x, top: top - y, bottom: bottom - y };
  });
}`;

/** Where the texts of a static picture stand, by the project's own measurement. */
export function textBoxes(svg: string, query = measuredTexts): TextBox[] {
  const boxes = plotlyWindow().eval(`(() => {
    const host = document.createElement('div');
    host.innerHTML = ${JSON.stringify(svg)};
    return JSON.stringify((${measureSource})(host, ${JSON.stringify(query)}));
  })()`) as string;
  return (JSON.parse(boxes) as TextBox[]).filter(({ text }) => text.trim() !== '');
}
