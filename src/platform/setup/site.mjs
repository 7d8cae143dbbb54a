import { Converter } from 'typedoc';

/** For the site that `npm run docs` makes: a document is called by its heading, not by its file. */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const text = document.content.map((part) => part.text).join('');
    const heading = /^\s*# ([^\n]+)\n/.exec(text);
    if (heading !== null) document.name = heading[1].replaceAll('`', '').trim();
  });
}
