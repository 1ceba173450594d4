/** Completion for PowerShell. */

import { type CommandWord, type FlagWord, offeredWords } from "./vocabulary.ts";

/** Returns the script: `serf completion powershell | Out-String | Invoke-Expression`. */
export function powershellScript(commands: readonly CommandWord[]): string {
  return `# Completion of serf for PowerShell: serf completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName serf -ScriptBlock {
  param($word, $ast, $position)
  $commands = [ordered]@{
${commands.map(({ name, about }) => `    ${quote(name)} = ${quote(about)}`).join("\n")}
  }
  $flags = @{
${commands.map(commandFlags).join("\n")}
  }
  $values = @{
${commands.flatMap(commandValues).join("\n")}
  }
  $nodes = {
    serf members 2> $null | ForEach-Object {
      if ($_ -match '^([A-Za-z0-9_][A-Za-z0-9._-]*)  +\\S*:\\d+  ') { $Matches[1] }
    }
  }
  $takesNodes = ${list(commands.flatMap(nodePlaces))}
  $words = @{
${commands.flatMap(({ name, offers }) => offerLine(name, offers)).join("\n")}
  }
  $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } |
    ForEach-Object { $_.ToString() })
  $command = $typed | Select-Object -Skip 1 | Where-Object { $_ -notlike '-*' } |
    Select-Object -First 1
  $offer = {
    param($text, $about)
    if ($text -like "$word*") {
      [System.Management.Automation.CompletionResult]::new($text, $text, 'ParameterValue', $about)
    }
  }
  if (-not $command) {
    foreach ($name in $commands.Keys) { & $offer $name $commands[$name] }
  } elseif ($word -match '^(--?([^=]+)=)') {
    $start = $Matches[1]
    $flag = "$command -$($Matches[2])"
    $offered = if ($takesNodes -contains $flag) { & $nodes } else { $values[$flag] }
    foreach ($value in $offered) { & $offer "$start$value" $value }
  } elseif ($typed[-1] -match '^--?([^=]+)$' -and $values.ContainsKey("$command -$($Matches[1])")) {
    foreach ($value in $values["$command -$($Matches[1])"]) { & $offer $value $value }
  } elseif ($typed[-1] -match '^--?([^=]+)$' -and $takesNodes -contains "$command -$($Matches[1])") {
    foreach ($node in & $nodes) { & $offer $node $node }
  } elseif ($word -like '-*') {
    $dash = if ($word -like '--*') { '-' } else { '' }
    foreach ($flag in $flags[$command].Keys) { & $offer "$dash$flag" $flags[$command][$flag] }
  } elseif ($takesNodes -contains $command) {
    foreach ($node in & $nodes) { & $offer $node $node }
  } else {
    foreach ($text in $words[$command]) { & $offer $text $text }
  }
}`;
}

function commandFlags({ name, flags }: CommandWord): string {
  const lines = flags.map(({ name, about }) => `      ${quote(`-${name}`)} = ${quote(about)}`);
  return `    ${quote(name)} = [ordered]@{\n${lines.join("\n")}\n    }`;
}

function commandValues({ name, flags }: CommandWord): string[] {
  return flags.flatMap((flag) => offerLine(`${name} -${flag.name}`, flag.offers));
}

function offerLine(place: string, offers: FlagWord["offers"]): string[] {
  const words = offeredWords(offers);
  return words.length === 0 ? [] : [`    ${quote(place)} = ${list(words)}`];
}

/** Where names of nodes stand: `query -node`, or a command for its arguments. */
function nodePlaces({ name, flags, offers }: CommandWord): string[] {
  const places = flags.filter((flag) => flag.offers === "nodes");
  return [...places.map((flag) => `${name} -${flag.name}`), ...(offers === "nodes" ? [name] : [])];
}

function list(words: readonly string[]): string {
  return `@(${words.map(quote).join(", ")})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
