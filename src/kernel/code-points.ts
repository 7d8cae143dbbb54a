/** Jupyter counts cursor positions in Unicode characters, JavaScript in UTF-16 units. */
export function toUnits(text: string, characters: number): number {
  return [...text].slice(0, characters).join('').length;
}

/** The reverse of toUnits. */
export function toCharacters(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
