import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isWritable, workFolder } from './files.mjs';

// These would send packages elsewhere than into the project's own folders.
const astray = ['PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT', 'PIP_NO_BINARY', 'PYTHONHOME', 'PYTHONPATH'];

/** The variables with which the package managers and the tasks run: the caller's, with what would lead them astray removed. */
export function childEnvironment(root, env = process.env) {
  const child = Object.fromEntries(Object.entries(env).filter(([name]) => !astray.includes(name)));
  child.PIP_USER = '0';
  child.PIP_REQUIRE_VIRTUALENV = '0';
  child.PYTHONNOUSERSITE = '1';
  child.PIP_DISABLE_PIP_VERSION_CHECK = '1';
  child.TF_CPP_MIN_LOG_LEVEL ??= '3';
  child.TF_ENABLE_ONEDNN_OPTS ??= '1'; // its default, set explicitly to silence one line of log
  if (child.HOME === '') delete child.HOME;
  return homeIsUsable(env) ? child : { ...child, ...foldersInsteadOfHome(root) };
}

function homeIsUsable(env) {
  if (env.HOME === '') return false;
  return isWritable(env.HOME ?? homedir());
}

// Without a home that can be written, caches and Jupyter's files live in .setup.
function foldersInsteadOfHome(root) {
  const home = path.join(workFolder(root), 'home');
  mkdirSync(home, { recursive: true });
  return {
    npm_config_cache: path.join(home, 'npm'),
    npm_config_logs_dir: path.join(home, 'npm-logs'),
    PIP_CACHE_DIR: path.join(home, 'pip'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    JUPYTER_CONFIG_DIR: path.join(home, 'jupyter-config'),
    JUPYTER_DATA_DIR: path.join(home, 'jupyter-data'),
    JUPYTER_RUNTIME_DIR: path.join(home, 'jupyter-runtime'),
    IPYTHONDIR: path.join(home, 'ipython'),
  };
}
