/**
 * The options in the key of a method, as `methodsOf` wrote them: `ce weightDecay=0.005` has weightDecay 0.005. What a key
 * leaves out has its default, so a missing beta is 1.
 */
export function keyOptions(key: string): ReadonlyMap<string, string> {
  const [, ...parts] = key.split(/ (?=[\w.]+=)/);
  return new Map(
    parts.map((part) => {
      const at = part.indexOf('=');
      return [part.slice(0, at), part.slice(at + 1)];
    }),
  );
}

/** The value that an option of a method has where its key leaves it out; null if the key cannot tell. */
export function leftOutOption(
  option: string,
  settings: Readonly<Record<string, string | number>>,
): string | null {
  if (option === 'beta') return '1';
  const setting = settings[spacedName(option)];
  return setting === undefined ? null : String(setting);
}

/** `weightDecay` as people write it: `weight decay`. */
export function spacedName(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
