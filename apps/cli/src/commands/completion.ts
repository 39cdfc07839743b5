import { type Command, commonOptions } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

/** Prints a completion script for the commands. */
export function completion(commands: readonly Command[]): Command {
  return {
    name: "completion",
    summary: "Print a completion script for bash or zsh",
    operands: "bash|zsh",
    options: {},
    optionHelp: {},
    async run({ positionals, terminal }) {
      const [shell = "bash"] = positionals;
      if (shell !== "bash" && shell !== "zsh") {
        terminal.err(`bedplate: there is no completion for ${shell}\n`);
        return exitCodes.usage;
      }
      const zsh = shell === "zsh" ? "autoload -U bashcompinit && bashcompinit\n" : "";
      terminal.out(`${zsh}${bashScript(commands)}`);
      return exitCodes.success;
    },
  };
}

function bashScript(commands: readonly Command[]): string {
  const firsts = [...new Set(commands.map((each) => each.name.split(" ")[0]))].join(" ");
  const seconds = firsts
    .split(" ")
    .map((first) => ({ first, words: secondsOf(first, commands) }))
    .filter(({ words }) => words !== "")
    .map(({ first, words }) => `      ${first}) words="${words}" ;;`);
  const options = commands.map((each) => `    "${each.name}") words="${optionsOf(each)}" ;;`);
  return `_bedplate() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then words="${firsts}"
  elif [ "$COMP_CWORD" -eq 2 ] && [ "\${current#-}" = "$current" ]; then
    case "\${COMP_WORDS[1]}" in
${seconds.join("\n")}
    esac
  fi
  case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${options.filter((each) => each.includes(" ls") || each.split('"')[1]?.includes(" ")).join("\n")}
  esac
  case "$current" in -*) case "\${COMP_WORDS[1]}" in
${options.filter((each) => !each.split('"')[1]?.includes(" ")).join("\n")}
  esac ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ -n "\${COMPREPLY[*]}" ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _bedplate bedplate ./bedplate
`;
}

function secondsOf(first: string, commands: readonly Command[]): string {
  const words = commands.map((each) => each.name.split(" "));
  return words.flatMap(([a, b]) => (a === first && b !== undefined ? [b] : [])).join(" ");
}

function optionsOf({ options }: Command): string {
  return Object.keys({ ...options, ...commonOptions })
    .map((each) => `--${each}`)
    .join(" ");
}
