import { expect, test } from 'vitest';
import { formatBounds, formatDifference, formatNumber, formatP } from '../../src/figures/text';

test('numbers are printed for people: fixed decimals for proportions, three digits otherwise, a real minus', () => {
  expect(formatNumber(0.5, 'proportion')).toBe('0.500');
  expect(formatNumber(-0.0214, 'proportion')).toBe('\u22120.021');
  expect(formatNumber(0.00097, 'significant')).toBe('0.000970');
  expect(formatNumber(4.25e-5, 'significant')).toMatch(/^4\.[23]×10⁻⁵$/);
  expect(formatNumber(139.4, 'significant')).toBe('139');
  expect(formatNumber(12345.6, 'significant')).toBe('12346');
  expect(formatNumber(Number.NaN, 'proportion')).toBe('not defined');
});

test('a difference has its sign, unless it rounds to nothing', () => {
  expect(formatDifference(0.0301, 'proportion')).toBe('+0.030');
  expect(formatDifference(-11.783, 'significant')).toBe('\u221211.8');
  expect(formatDifference(-0.0001, 'proportion')).toBe('0.000');
});

test('a missing interval says so instead of looking like a number', () => {
  expect(formatBounds({ estimate: 1, low: null, high: null, method: { name: 'exact' } }, 'proportion')).toBe(
    'no interval',
  );
  expect(formatBounds({ estimate: 1, low: 0.25, high: 2, method: { name: 'exact' } }, 'proportion')).toBe(
    '0.250 to 2.000',
  );
});

test('p is never printed as zero', () => {
  expect(formatP(1e-9)).toBe('< 0.001');
  expect(formatP(0.0312)).toBe('0.031');
  expect(formatP(null)).toBe('none');
});
