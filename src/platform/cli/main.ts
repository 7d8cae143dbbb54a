import { runCommandLine } from './command-line';
import { program } from './program';

runCommandLine(program());
