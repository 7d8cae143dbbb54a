/** A command line of a page and what it does, as the end of a sentence. */
export interface PageCommand {
  readonly command: string;
  readonly does: string;
}

/** The study that a command runs, as a word of a shell: its name or file; null if the command is of another kind. */
export function studyWord(command: string): string | null {
  if (command === 'npm start') return 'first-look';
  return /^npx ccl (?:study run|start --study) ((?:'[^']*'|\\'|[^\s'])+)/.exec(command)?.[1] ?? null;
}

/**
 * The commands that make a study's numbers again.
 *
 * @param command the one that the result names
 * @param made the one that wrote the page, if another
 */
export function studyCommands(command: string, made?: string): PageCommand[] {
  const word = studyWord(command);
  const again = { command, does: 'trains the same models, or finds them in the store, and attacks them' };
  const around: PageCommand[] =
    word === null
      ? [again]
      : [
          { command: `npx ccl study plan ${word}`, does: 'tells time and disk before, and trains nothing' },
          again,
          {
            command: `npx ccl study report ${word}`,
            does: 'writes this page from what lies in the store, and trains nothing',
          },
          { command: `npx ccl study export ${word}`, does: 'writes all numbers as tables' },
        ];
  if (made === undefined || around.some((line) => line.command === made)) return around;
  return [...around, { command: made, does: 'wrote this page' }];
}
