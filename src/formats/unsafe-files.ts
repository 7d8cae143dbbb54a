import { extname } from 'node:path';
import { UserError } from '../errors';

const torch =
  "In Python: d = torch.load(path, weights_only=True), then numpy.savez('x.npz', **{k: v.numpy() for k, v in d.items()}) " +
  "for arrays, or safetensors.torch.save_file(d, 'x.safetensors') for weights";
const pickled =
  "Where you trust it, in Python: d = pickle.load(open(path, 'rb')), then numpy.savez('x.npz', **{name: array}) for the arrays";

const conversions: Readonly<Record<string, string>> = {
  '.pt': torch,
  '.pth': torch,
  '.ckpt': torch,
  '.bin': torch,
  '.pkl': pickled,
  '.pickle': pickled,
  '.p': pickled,
  '.joblib':
    "Where you trust it, in Python: d = joblib.load(path), then numpy.savez('x.npz', **{name: array}) for the arrays",
};

/**
 * Refuses files that can run code when they are loaded (pickles and what contains them), with the way to convert them.
 * Does nothing for other files.
 *
 * @throws UserError by the ending of the name
 */
export function refuseUnsafe(path: string): void {
  const ending = extname(path).toLowerCase();
  if (!Object.hasOwn(conversions, ending)) return;
  throw new UserError(
    `${path} is never read: files that end in ${ending} are or contain Python pickles, which run code when they are ` +
      `loaded. ${conversions[ending]}.`,
  );
}
