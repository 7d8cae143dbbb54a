import { InvalidArgumentError } from 'commander';

/** Parses an option that must be a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || text.trim() === '') {
    throw new InvalidArgumentError('It must be a whole number of at least 1.');
  }
  return value;
}

/** Parses an option that must be a number; its range is checked where it is used. */
export function number(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || text.trim() === '') throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Parses numbers with commas between them; an empty text is an empty list. */
export function numbers(text: string): number[] {
  return text.trim() === '' ? [] : text.split(',').map(number);
}
