import { Resvg } from '@resvg/resvg-js';
import { expect, test } from 'vitest';
import { fontFiles, staticFontFamily, textWidth } from '../../src/figures/text';
import { clientBox, localBox, type SvgNode } from '../../src/figures/svg-boxes';

const size = 40;

/** Where resvg, which has its own shaping, puts the ink of a text. */
function inkWidth(text: string, weight: string): number {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="100"><text x="10" y="60" ` +
    `font-family="${staticFontFamily}" font-size="${size}" font-weight="${weight}">${text}</text></svg>`;
  const font = { loadSystemFonts: false, fontFiles: [...fontFiles()], defaultFontFamily: staticFontFamily };
  return new Resvg(svg, { font }).getBBox()?.width ?? 0;
}

test.each([
  ['false positive rate (logarithmic)', 'normal'],
  ['CCEL (alpha 0.5)', 'normal'],
  ['Losses of members and non-members', 'bold'],
])('the measured width of «%s» (%s) is that of the renderer', (text, weight) => {
  // Side bearings at both ends are in the advance width and not in the ink.
  const difference = textWidth(text, size, weight === 'bold') - inkWidth(text, weight);
  expect(difference).toBeGreaterThan(-0.5);
  expect(difference).toBeLessThan(0.25 * size);
});

function node(
  nodeName: string,
  attributes: Record<string, string>,
  children: SvgNode[] = [],
  style = {},
): SvgNode {
  const made = {
    nodeType: 1,
    nodeName,
    textContent: children.map((child) => child.textContent).join(''),
    childNodes: children,
    parentNode: null as SvgNode | null,
    style: { fontSize: '', fontWeight: '', display: '', ...style },
    getAttribute: (name: string): string | null => attributes[name] ?? null,
  };
  for (const child of children) (child as { parentNode: SvgNode | null }).parentNode = made;
  return made;
}

function words(text: string): SvgNode {
  return { nodeType: 3, nodeName: '#text', textContent: text, childNodes: [], parentNode: null };
}

test('a box follows anchor, lines, rotation and nesting', () => {
  const text = node('text', { x: '100', y: '50', 'text-anchor': 'middle' }, [words('abc')], {
    fontSize: '20px',
  });
  const width = textWidth('abc', 20);
  const box = localBox(text);
  expect(box?.left).toBeCloseTo(100 - width / 2, 9);
  expect(box?.right).toBeCloseTo(100 + width / 2, 9);
  expect(box!.top).toBeLessThan(50);
  expect(box!.bottom).toBeGreaterThan(50);

  const turned = node('text', { x: '0', y: '0', transform: 'rotate(-90)' }, [words('abc')], {
    fontSize: '20px',
  });
  node('g', { transform: 'translate(7,9)' }, [turned]);
  const client = clientBox(turned);
  // Upwards from (7, 9): as high as the text is long.
  expect(client!.bottom).toBeCloseTo(9, 9);
  expect(client!.bottom - client!.top).toBeCloseTo(width, 9);

  const line = (dy: string): SvgNode => node('tspan', { class: 'line', x: '0', y: '0', dy }, [words('abc')]);
  const lines = localBox(node('text', {}, [line('0em'), line('1.3em')], { fontSize: '20px' }));
  const single = localBox(node('text', {}, [words('abc')], { fontSize: '20px' }));
  expect(lines!.bottom - single!.bottom).toBeCloseTo(26, 9);
});

test('rectangles in groups make one box, hidden and empty elements none', () => {
  const rect = node('rect', { x: '1', y: '2', width: '3', height: '4' });
  const path = node('path', { d: 'M10,20H30V5' });
  expect(localBox(node('g', {}, [rect, path]))).toEqual({ left: 1, top: 2, right: 30, bottom: 20 });
  expect(localBox(node('g', {}, []))).toBeNull();
  expect(localBox(node('rect', { width: '5', height: '5' }, [], { display: 'none' }))).toBeNull();
});
