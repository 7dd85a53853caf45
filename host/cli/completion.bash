# The part of the completion for bash that is the same whatever the commands are. All functions share the
# variables of _firstborn(), which 'firstborn completion bash' puts behind them.

# Names of machines come from the state directory itself: starting firstborn for every press of the tab key would
# be felt. A name may outlive its machine, so that is looked for too.
_firstborn_machines() {
  local state=${FIRSTBORN_STATE_DIR:-/var/lib/firstborn} file id
  for file in "$state"/names/*; do
    id=
    [[ -f $file ]] && IFS= read -r id <"$file"
    [[ -n $id && -d $state/machines/$id ]] && printf '%s\n' "${file##*/}"
  done
}

_firstborn_reply() {
  local IFS=$' \t\n'
  mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
  # A word that ends in "=" is only the beginning of one.
  [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

_firstborn_files() {
  mapfile -t COMPREPLY < <(compgen "$@" -- "$current")
  compopt -o filenames 2>/dev/null
}

# One side of a copy: a file, or a machine with a colon behind it.
_firstborn_places() {
  local name
  _firstborn_files -f
  while IFS= read -r name; do
    [[ $name: == "$current"* ]] || continue
    COMPREPLY+=("$name:")
    compopt +o filenames -o nospace 2>/dev/null
  done < <(_firstborn_machines)
}

# Sets "words" to the words as firstborn will get them, "at" to the last one's index, and "typed" and "current" to
# the last one. Readline also divides words at "=" and ":": what has no space before it belongs to the word before.
_firstborn_split() {
  local index line=$COMP_LINE
  words=()
  for ((index = 0; index <= COMP_CWORD; index++)); do
    if ((index > 0)) && [[ -n ${COMP_WORDS[index]} && $line != [[:space:]]* ]]; then
      words[${#words[@]} - 1]+=${COMP_WORDS[index]}
    else
      words+=("${COMP_WORDS[index]}")
    fi
    line=${line#"${line%%[![:space:]]*}"}
    line=${line#"${COMP_WORDS[index]}"}
  done
  at=$((${#words[@]} - 1))
  typed=${words[at]}
  current=$typed
}

# Sets "place" to the flag whose value is being typed, to "flag", to "operand", or to "foreign" for a word of
# another command. Of "--flag=value", "current" becomes the value and "head" what is before it.
_firstborn_place() {
  local index word pending=
  for ((index = first; index < at; index++)); do
    word=${words[index]}
    if [[ -n $pending ]]; then
      pending=
    elif [[ $taking == *" $word "* ]]; then
      pending=$word
    elif [[ $word == -- || ( $stops == 1 && $word != -?* ) ]]; then
      place=foreign
      return
    fi
  done
  if [[ -n $pending ]]; then
    place=$pending
  elif [[ $current == --*=* ]]; then
    place=${current%%=*}
    head=$place=
    current=${current#*=}
  elif [[ $current == -* ]]; then
    place=flag
  else
    place=operand
  fi
}

# Leaves of each reply what replaces the last part that readline sees.
_firstborn_trim() {
  local breaks= before=
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+==
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=:
  [[ -n $breaks ]] && before=${typed%"${typed##*[$breaks]}"}
  COMPREPLY=("${COMPREPLY[@]/#/$head}")
  COMPREPLY=("${COMPREPLY[@]#"$before"}")
}
