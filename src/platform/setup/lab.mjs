import { constants, copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { childEnvironment } from './child-process.mjs';
import { SetupError, say } from './messages.mjs';
import { runTask } from './processes.mjs';
import { venvPython } from './python.mjs';

const originals = 'notebooks';
const copies = 'my-notebooks';
const firstNotebook = '00-start-here.ipynb';

/**
 * Copies the notebooks that are not yet in my-notebooks, so that running them changes no file of the project. What is
 * there is never touched; a notebook that was deleted there comes back as it is in the project.
 *
 * @returns the folder to open: that of the copies, or of the originals where the project is read-only
 */
export function copyNotebooks(root) {
  const folder = path.join(root, copies);
  try {
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(path.join(root, originals)).filter((each) => each.endsWith('.ipynb'))) {
      if (existsSync(path.join(folder, name))) continue;
      copyFileSync(path.join(root, originals, name), path.join(folder, name), constants.COPYFILE_EXCL);
    }
    return copies;
  } catch (error) {
    if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(error.code)) throw error;
    say(`No copies of the notebooks can be made in ${folder} (${error.code}); the originals are opened.`);
    return originals;
  }
}

/** The port that the person asked for, or null. Throws when it is no port. */
export function requestedPort(args) {
  let asked = null;
  args.forEach((arg, i) => {
    const match = /^--(?:port|ServerApp\.port|LabApp\.port)(?:=(.*))?$/.exec(arg);
    if (match) asked = match[1] ?? args[i + 1] ?? '';
  });
  if (asked === null) return null;
  const port = Number(asked);
  if (/^\d+$/.test(asked) && port >= 1 && port <= 65535) return port;
  throw new SetupError({
    what: `--port ${asked} is not a port.`,
    why: 'the rule is a whole number from 1 to 65535',
    remedy: 'give one, such as "npm run lab -- --port 8899", or leave it out',
  });
}

/** Whether a port of 127.0.0.1 can be listened on: null, or the code of the error. */
export function portTrouble(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(null)));
  });
}

export async function checkPort(port) {
  const code = await portTrouble(port);
  if (code === null) return;
  const taken = code === 'EADDRINUSE';
  throw new SetupError({
    what: `JupyterLab cannot listen on port ${port} of 127.0.0.1.`,
    why: taken ? 'another program listens there' : `the system refuses it (${code})`,
    remedy: `choose another, such as "npm run lab -- --port ${port < 65535 ? port + 1 : 8888}", or leave --port out: then the first free one from 8888 on is taken`,
  });
}

/** The arguments for `python -m jupyterlab`. */
export function labArguments({ root, args, isRoot, hasScreen, port, folder = originals }) {
  const own = ['--ip=127.0.0.1', `--ServerApp.root_dir=${root}`];
  own.push(`--LabApp.default_url=/lab/tree/${folder}/${firstNotebook}`);
  // They need LaTeX or a browser of their own, which the set-up does not install; a page saved as HTML prints to PDF.
  for (const name of ['PDF', 'WebPDF', 'QtPDF', 'QtPNG']) own.push(`--${name}Exporter.enabled=False`);
  if (port !== null) own.push('--ServerApp.port_retries=0');
  if (isRoot) own.push('--allow-root');
  if (!hasScreen) own.push('--no-browser');
  return ['-m', 'jupyterlab', ...own, ...args];
}

function hasScreen(env) {
  if (process.platform === 'darwin') return !env.SSH_CONNECTION;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY) && !env.SSH_CONNECTION;
}

/** `npm run lab`: JupyterLab on this machine only, with its token. */
export async function runLab(root, args, env = process.env) {
  const port = requestedPort(args);
  if (port !== null) await checkPort(port);
  const isRoot = process.getuid?.() === 0;
  const screen = hasScreen(env);
  if (isRoot)
    say('Running as root: JupyterLab is started with --allow-root, and notebooks can do what root can.');
  if (!screen) say('No browser is opened here. Open the address with ?token= that JupyterLab prints below.');
  const folder = copyNotebooks(root);
  if (folder === copies) {
    say(
      `The notebooks that open are copies, in ${copies}: what you do there changes no file of the project.`,
    );
  }
  const all = labArguments({ root, args, isRoot, hasScreen: screen, port, folder });
  const child = childEnvironment(root, env);
  // `jupyter` and `node` of this project first, so that terminals inside JupyterLab find them.
  child.PATH = [path.join(root, '.venv', 'bin'), child.PATH].join(path.delimiter);
  return runTask(venvPython(root), all, { cwd: root, env: child });
}
