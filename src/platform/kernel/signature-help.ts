import { ts } from './tslab-parts';
import type { TypeScript } from './tslab-parts';

/** A part of TypeScript's language service that is not in its declarations. */
interface SignatureHelp {
  getSignatureHelpItems(
    program: TypeScript.Program,
    file: TypeScript.SourceFile,
    position: number,
    reason: undefined,
    cancellation: object,
  ): TypeScript.SignatureHelpItems | undefined;
}

const neverCancelled = {
  isCancellationRequested: () => false,
  throwIfCancellationRequested: () => undefined,
};

/** The signature of the call around a place, with what the parameter there means. */
export function signatureAt(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): TypeScript.QuickInfo | undefined {
  const help = (ts as unknown as { SignatureHelp: SignatureHelp }).SignatureHelp;
  const found = help.getSignatureHelpItems(program, file, position, undefined, neverCancelled);
  const item = found?.items[found.selectedItemIndex];
  if (!found || !item) return undefined;
  const parameters = item.parameters.flatMap(({ displayParts }, i) => [
    ...(i > 0 ? item.separatorDisplayParts : []),
    ...displayParts,
  ]);
  const here = item.parameters[found.argumentIndex];
  const words = here?.documentation.map(({ text }) => text).join('');
  return {
    kind: ts.ScriptElementKind.functionElement,
    kindModifiers: '',
    textSpan: { ...found.applicableSpan },
    displayParts: [...item.prefixDisplayParts, ...parameters, ...item.suffixDisplayParts],
    documentation: item.documentation,
    tags: words ? [{ name: 'param', text: [{ text: `${here!.name} ${words}`, kind: 'text' }] }] : [],
  };
}
