/** Each shell's script asks kindgcr for candidates, so that it never has to be installed again. */
export const COMPLETION_SCRIPTS = {
  bash: `_kindgcr() {
  local word
  COMPREPLY=()
  while IFS=$'\\t' read -r word _; do
    if [ "$word" = :files ]; then compopt -o default; return; fi
    case $word in "\${COMP_WORDS[COMP_CWORD]#=}"*) COMPREPLY+=("$word") ;; esac
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _kindgcr kindgcr
`,
  zsh: `#compdef kindgcr
_kindgcr() {
  local line
  local -a found
  while IFS= read -r line; do
    if [[ $line == :files ]]; then _files; return; fi
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe kindgcr found
}
if [[ $funcstack[1] == _kindgcr ]]; then _kindgcr; else compdef _kindgcr kindgcr; fi
`,
  fish: `function __kindgcr_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    if test "$line" = ':files'
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c kindgcr -f -a '(__kindgcr_complete)'
`,
} as const;

/** A supported shell. */
export type Shell = keyof typeof COMPLETION_SCRIPTS;
