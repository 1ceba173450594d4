/** Completion for bash. */

import { type CommandWord, type FlagWord, nodeNames, offeredWords } from "./vocabulary.ts";

/** Returns the script: `source <(serf completion bash)`. */
export function bashScript(commands: readonly CommandWord[]): string {
  return `# Completion of serf for bash: source <(serf completion bash)
# At most 2 s, where there is "timeout".
_serf_nodes() {
  local limit=(); type timeout > /dev/null 2>&1 && limit=(timeout 2)
  "\${limit[@]}" serf members 2> /dev/null | ${nodeNames}
}
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
  [[ -n $command && $current == --* ]] && words=" $words" && words="\${words// -/ --}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _serf serf`;
}

function commandCase({ name, flags, offers }: CommandWord): string {
  const cases = flags.filter(({ takesValue }) => takesValue).map(valueCase);
  const lines = [
    `    ${name})`,
    ...(cases.length === 0 ? [] : [`      case "$before" in`, ...cases, `      esac`]),
    `      if [[ $current == -* ]]; then words="${flags.map(({ name }) => `-${name}`).join(" ")}"`,
    `      else words="${offeredText(offers)}"; fi ;;`,
  ];
  return lines.join("\n");
}

function offeredText(offers: FlagWord["offers"]): string {
  return offers === "nodes" ? "$(_serf_nodes)" : offeredWords(offers).join(" ");
}

/** Without a word of ours bash goes on to files, which is right for free values as well. */
function valueCase({ name, offers }: FlagWord): string {
  const words = offeredText(offers);
  const reply = words === "" ? "" : `COMPREPLY=($(compgen -W "${words}" -- "$current")); `;
  return `        -${name}) ${reply}return ;;`;
}
