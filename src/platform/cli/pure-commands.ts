import type { Command } from 'commander';
import { attacksCommand } from './attacks-command';
import { auditCommand } from './audit-command';
import { glossaryCommand } from './glossary-command';
import { lossCommand, lossesCommand } from './loss-command';
import { shadowsCommand } from './shadows-command';

/**
 * The commands that compute on plain typed arrays: no backend, no training. These, and only these, are in the package
 * that `npm pack` makes; what they import must be pure JavaScript or loaded on demand (src/platform/cli/bundle.mjs checks it).
 */
export function pureCommands(): Command[] {
  return [
    auditCommand(),
    attacksCommand(),
    shadowsCommand(),
    lossCommand(),
    lossesCommand(),
    glossaryCommand(),
  ];
}
