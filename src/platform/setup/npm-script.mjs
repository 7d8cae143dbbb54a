// What the scripts of package.json call: node npm-script.mjs <task> [arguments]. Makes the project ready, then runs
// the task. Only plain, old syntax here, so that an unsupported Node.js still reaches its error message.
import { nodeComplaint } from './versions.cjs';

const complaint = nodeComplaint(process.versions.node);
if (complaint !== null) {
  console.error(complaint);
  process.exit(1);
}
import('./tasks.mjs').then(
  (tasks) => tasks.main(process.argv[2], process.argv.slice(3)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
