import { type Command, commonOptions } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { UsageError } from "../usage-error.ts";

const shells = ["bash", "zsh"] as const;

/** Prints a completion script for the commands. */
export function completion(commands: readonly Command[]): Command {
  const all: Command = {
    name: "completion",
    summary: "Print a completion script for bash or zsh",
    operands: "bash|zsh",
    options: {},
    optionHelp: {},
    async run({ positionals, terminal }) {
      const [word] = positionals;
      const shell = shells.find((each) => each === word);
      if (word === undefined) throw new UsageError("the name of a shell is missing");
      if (shell === undefined) throw new UsageError(`there is no completion for ${word}`);
      terminal.out(completionScript(shell, [...commands, all]));
      return exitCodes.success;
    },
  };
  return all;
}

/** The script for one shell; zsh takes the one of bash through its compatibility module. */
export function completionScript(
  shell: (typeof shells)[number],
  commands: readonly Command[],
): string {
  return `${shell === "zsh" ? zshLoading : ""}${bashScript(commands)}`;
}

/** Shells without a completion set-up get one; others keep theirs. */
const zshLoading = `(( \${+functions[compdef]} )) || { autoload -U +X compinit && compinit -u; }
autoload -U +X bashcompinit && bashcompinit
`;

function bashScript(commands: readonly Command[]): string {
  const firsts = [...new Set(commands.map(({ name }) => name.split(" ")[0] ?? ""))];
  const seconds = firsts.flatMap((first) => {
    const words = secondsOf(first, commands);
    return words === "" ? [] : [`      ${first}) words="${words}" ;;`];
  });
  const isPair = ({ name }: Command) => name.includes(" ");
  const optionsOf = (chosen: readonly Command[]) =>
    chosen.map((each) => `      "${each.name}") words="${optionNames(each)}" ;;`).join("\n");
  return `_bedplate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" first="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${firsts.join(" ")}"
  elif [ "\${current#-}" != "$current" ]; then
    case "$first" in
${optionsOf(commands.filter((each) => !isPair(each)))}
    esac
    case "$first \${COMP_WORDS[2]}" in
${optionsOf(commands.filter(isPair))}
    esac
  elif [ "$COMP_CWORD" -eq 2 ]; then
    case "$first" in
${seconds.join("\n")}
    esac
  fi
  COMPREPLY=()
  [ -z "$words" ] || COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -n "\${COMPREPLY[*]}" ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _bedplate bedplate ./bedplate
`;
}

function secondsOf(first: string, commands: readonly Command[]): string {
  const words = commands.map((each) => each.name.split(" "));
  return words.flatMap(([a, b]) => (a === first && b !== undefined ? [b] : [])).join(" ");
}

function optionNames({ options }: Command): string {
  return Object.keys({ ...options, ...commonOptions })
    .map((each) => `--${each}`)
    .join(" ");
}
