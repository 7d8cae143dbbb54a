import { Argument, Command } from 'commander';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** `ccl completion`: a script that teaches a shell the commands and options, made from the commands themselves. */
export function completionCommand(root: () => Command): Command {
  return new Command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which').choices(shells))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(npx ccl completion bash)\n  npx ccl completion zsh > ~/.zfunc/_ccl\n' +
        '  npx ccl completion fish > ~/.config/fish/completions/ccl.fish',
    )
    .action((shell: Shell) => void process.stdout.write(completionScript(root(), shell)));
}

/** What can stand behind a command: its subcommands and options. */
interface Place {
  /** Names from the first subcommand on; empty for the command itself. */
  readonly path: readonly string[];
  readonly words: readonly { readonly word: string; readonly what: string }[];
}

export function completionScript(root: Command, shell: Shell): string {
  const places = placesOf(root, []);
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](places);
}

function placesOf(command: Command, path: readonly string[]): Place[] {
  const help = command.createHelp();
  const words = [
    ...help.visibleCommands(command).map((inner) => ({ word: inner.name(), what: inner.description() })),
    ...help
      .visibleOptions(command)
      .map((option) => ({ word: option.long ?? option.flags, what: option.description })),
  ];
  const inner = command.commands.flatMap((each) => placesOf(each, [...path, each.name()]));
  return [{ path, words }, ...inner];
}

/** Cases by the typed commands, the longest first. */
function cases(places: readonly Place[], line: (place: Place) => string): string {
  return [...places]
    .sort((a, b) => b.path.length - a.path.length)
    .map((place) => {
      const typed = place.path.join(' ');
      return `    ${typed === '' ? '*' : `"${typed}"|"${typed} "*`}) ${line(place)} ;;`;
    })
    .join('\n');
}

function bashScript(places: readonly Place[]): string {
  return `# ccl completion for bash: source <(npx ccl completion bash)
_ccl() {
  local typed="" word words
  local current="\${COMP_WORDS[COMP_CWORD]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) typed="\${typed:+$typed }$word" ;; esac
  done
  case "$typed" in
${cases(places, ({ words }) => `words="${words.map(({ word }) => word).join(' ')}"`)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _ccl ccl
`;
}

function zshScript(places: readonly Place[]): string {
  const quoted = (text: string): string => text.replace(/[\\'":`$[\]]/g, ' ').replace(/\s+/g, ' ');
  const items = ({ words }: Place): string =>
    words.map(({ word, what }) => `"${word}:${quoted(what)}"`).join(' ');
  return `#compdef ccl
_ccl() {
  local typed="" word
  local -a items
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    case "$word" in -*) ;; *) typed="\${typed:+$typed }$word" ;; esac
  done
  case "$typed" in
${cases(places, (place) => `items=(${items(place)})`)}
  esac
  _describe 'ccl' items || _files
}
if [ "$funcstack[1]" = "_ccl" ]; then _ccl "$@"; else compdef _ccl ccl; fi
`;
}

function fishScript(places: readonly Place[]): string {
  const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
  return [
    '# ccl completion for fish',
    ...places.flatMap(({ path, words }) =>
      words.map(({ word, what }) => {
        const condition =
          path.length === 0
            ? '__fish_use_subcommand'
            : path.map((name) => `__fish_seen_subcommand_from ${name}`).join('; and ');
        const named = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
        return `complete -c ccl -n ${quoted(condition)} ${named} -d ${quoted(what)}`;
      }),
    ),
    '',
  ].join('\n');
}
