/**
 * The key under which a value tells a Jupyter kernel how to show it (the convention of Deno's kernel, also followed by
 * nodejs-polars): a method without parameters that returns a MIME bundle or a Promise of one.
 */
export const jupyterDisplay: unique symbol = Symbol.for('Jupyter.display');

/** MIME type to its content: text, base64 for binary types, an object for JSON types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** A value with a rich form in notebooks. */
export interface JupyterDisplayable {
  [jupyterDisplay](): MimeBundle | Promise<MimeBundle>;
}
