/** Completion for bash. */

import type { CommandWord, FlagWord } from "./vocabulary.ts";

/** Returns the script: `source <(serf completion bash)`. */
export function bashScript(commands: readonly CommandWord[]): string {
  return `# Completion of serf for bash: source <(serf completion bash)
_serf() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="" word
  # bash hands over -flag=value as three words.
  if [[ $current == "=" ]]; then
    current=""
  elif [[ $before == "=" ]]; then
    before="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  before="\${before/#--/-}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] || { command="$word"; break; }
  done
  COMPREPLY=()

  local words=""
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(" ")} --help --version" ;;
${commands.map(commandCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _serf serf`;
}

function commandCase({ name, flags, words }: CommandWord): string {
  const cases = flags.filter(({ takesValue }) => takesValue).map(valueCase);
  const lines = [
    `    ${name})`,
    ...(cases.length === 0 ? [] : [`      case "$before" in`, ...cases, `      esac`]),
    `      if [[ $current == -* ]]; then words="${flags.map(({ name }) => `-${name}`).join(" ")}"`,
    `      else words="${words.join(" ")}"; fi ;;`,
  ];
  return lines.join("\n");
}

/** Without a word of ours bash goes on to files, which is right for free values as well. */
function valueCase({ name, values }: FlagWord): string {
  const reply = values.length === 0
    ? ""
    : `COMPREPLY=($(compgen -W "${values.join(" ")}" -- "$current")); `;
  return `        -${name}) ${reply}return ;;`;
}
