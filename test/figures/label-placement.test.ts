import fc from 'fast-check';
import { expect, test } from 'vitest';
import { textWidth } from '../../src/figures/text';
import { placeLabels, type LabelSide } from '../../src/figures/label-placement';

const area = { size: 10, mark: 4, width: 300, height: 200 };

/** Where a text stands, without its margin to the mark, so that boxes here are never larger than those placed. */
function centerOf(x: number, y: number, text: string, side: LabelSide): { x: number; y: number } {
  const [down, across] = side.split(' ');
  const dx = { left: -1, center: 0, right: 1 }[across] as number;
  const dy = { top: -1, middle: 0, bottom: 1 }[down] as number;
  return { x: x + dx * (area.mark + 2 + textWidth(text, area.size) / 2), y: y + dy * (area.mark + 5) };
}

test('texts that are placed do not lie on each other, however marks lie', () => {
  const mark = fc.record({
    x: fc.integer({ min: 0, max: 300 }),
    y: fc.integer({ min: 0, max: 200 }),
    text: fc.constantFrom('0.1', '0.25', '16', 'none'),
    isNeeded: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 20 }), (marks) => {
      const sides = placeLabels(marks, area);
      const placed = marks.flatMap(({ x, y, text }, i) => {
        const side = sides[i];
        return side === null ? [] : [{ ...centerOf(x, y, text, side), half: textWidth(text, area.size) / 2 }];
      });
      placed.forEach((a, i) =>
        placed.slice(i + 1).forEach((b) => {
          const isApart = Math.abs(a.x - b.x) >= a.half + b.half - 1e-9 || Math.abs(a.y - b.y) > 5;
          expect(isApart).toBe(true);
        }),
      );
    }),
  );
});

test('a lone text stands above its mark, at the upper edge below it, and off a line', () => {
  expect(placeLabels([{ x: 100, y: 100, text: '0.5' }], area)).toEqual(['top center']);
  expect(placeLabels([{ x: 100, y: 3, text: '0.5' }], area)).toEqual(['bottom center']);
  const rising = [
    [
      { x: 100, y: 100 },
      { x: 100, y: 0 },
    ],
  ];
  expect(placeLabels([{ x: 100, y: 100, text: '0.5' }], { ...area, lines: rising })).toEqual([
    'bottom center',
  ]);
});

test('where lines are everywhere only a needed text stands', () => {
  const lines = Array.from({ length: 100 }, (_, i) => [
    { x: 0, y: 2 * i },
    { x: 300, y: 2 * i },
  ]);
  const at = { x: 100, y: 100, text: '0.5' };
  expect(placeLabels([at], { ...area, lines })).toEqual([null]);
  expect(placeLabels([{ ...at, isNeeded: true }], { ...area, lines })).toEqual(['top center']);
  expect(placeLabels([{ ...at, text: '' }], area)).toEqual([null]);
});
