/** Completion for zsh. */

import { type CommandWord, type FlagWord, nodeNames } from "./vocabulary.ts";

/** Returns the script: `source <(serf completion zsh)`, or a file `_serf` in the `fpath`. */
export function zshScript(commands: readonly CommandWord[]): string {
  return `#compdef serf
# Completion of serf for zsh: source <(serf completion zsh)
# At most 2 s, where there is "timeout".
_serf_nodes() {
  local -a limit=(\${commands[timeout]:+timeout 2})
  compadd -- $(\${=limit} serf members 2> /dev/null | ${nodeNames})
}
_serf() {
  local current="\${words[CURRENT]}" before="\${words[CURRENT-1]}" command="" word
  for word in "\${(@)words[2,CURRENT-1]}"; do
    [[ $word == -* ]] || { command="$word"; break }
  done
  # A flag and its value may be one word.
  if [[ $current == -*=* ]]; then
    before="\${current%%=*}"
    compset -P 1 '*='
    current="\${current#*=}"
  fi
  before="\${before/#--/-}"

  local -a items
  case "$command" in
    "")
      items=(${
    commands.map(({ name, about }) => quote(`${escapeColons(name)}:${about}`)).join(" ")
  })
      _describe command items ;;
${commands.map(commandCase).join("\n")}
  esac
}
(( $+functions[compdef] )) && compdef _serf serf`;
}

function commandCase({ name, flags, offers }: CommandWord): string {
  const cases = flags.filter(({ takesValue }) => takesValue).map(valueCase);
  const items = flags.map(({ name, about }) => quote(`-${escapeColons(name)}:${about}`));
  return [
    `    ${name})`,
    ...(cases.length === 0 ? [] : [`      case "$before" in`, ...cases, `      esac`]),
    `      if [[ $current == -* ]]; then`,
    `        items=(${items.join(" ")})`,
    `        [[ $current == --* ]] && items=(-\${^items})`,
    `        _describe option items`,
    `      else ${offer(offers.length === 0 ? "files" : offers)}; fi ;;`,
  ].join("\n");
}

function valueCase({ name, offers }: FlagWord): string {
  return `        -${name}) ${offers === undefined ? "" : `${offer(offers)}; `}return ;;`;
}

function offer(offers: readonly string[] | "files" | "nodes"): string {
  if (offers === "nodes") return "_serf_nodes";
  return offers === "files" ? "_files" : `compadd -- ${offers.join(" ")}`;
}

function escapeColons(text: string): string {
  return text.replaceAll(":", "\\:");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
