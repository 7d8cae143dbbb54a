import { readFileSync } from 'node:fs';
import { UserError, badInput } from '../errors';

/**
 * Reads the connection file that Jupyter hands to a kernel and refuses one without a usable signing key, since
 * everybody on the machine could then make this kernel run code.
 *
 * @returns the signing key
 * @throws UserError when the file cannot be read or has no key or another signature scheme
 */
export function readSigningKey(file: string | undefined): string {
  if (!file) {
    throw new UserError('No connection file was given. Jupyter starts this kernel; try: npm run lab.');
  }
  let connection: { key?: unknown; signature_scheme?: unknown };
  try {
    connection = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`The connection file ${file} cannot be read: ${(error as Error).message}`);
  }
  const { key, signature_scheme: scheme = 'hmac-sha256' } = connection;
  if (typeof key !== 'string' || key === '') {
    throw badInput(
      'The signing key of the connection file',
      key,
      'it must be a non-empty text: without it every user of this machine could run code in this kernel',
      'Start the kernel through Jupyter, and leave Session.key of its configuration as it is',
    );
  }
  if (scheme !== 'hmac-sha256') {
    throw badInput(
      'signature_scheme of the connection file',
      scheme,
      'only hmac-sha256 is supported',
      'Leave Session.signature_scheme of Jupyter’s configuration as it is',
    );
  }
  return key;
}
