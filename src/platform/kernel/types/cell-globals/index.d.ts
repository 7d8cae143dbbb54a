/** What the kernel gives to cells beside Node's own globals. */

/**
 * Asks the person at the notebook for a line; nothing else of the notebook runs until it is there.
 *
 * @param otherwise what an empty line stands for
 * @throws where nobody can be asked (nbclient, papermill, nbconvert)
 */
declare function prompt(question?: string, otherwise?: string): string;

/** Asks the person at the notebook; `y` and `yes` are yes. Throws as `prompt` does. */
declare function confirm(question?: string): boolean;
