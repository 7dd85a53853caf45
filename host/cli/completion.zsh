# Names of machines come from the state directory itself: starting firstborn for every press of the tab key would
# be felt. A name may outlive its machine, so that is looked for too.
_firstborn_names() {
  local state=${FIRSTBORN_STATE_DIR:-/var/lib/firstborn} file id
  names=()
  for file in $state/names/*(N.); do
    id=$(<$file)
    [[ -n $id && -d $state/machines/$id ]] && names+=(${file:t})
  done
}

_firstborn_machines() {
  local -a names
  local expl
  _firstborn_names
  _wanted machines expl machine compadd -a names
}

# One side of a copy: a file, or a machine with a colon behind it.
_firstborn_places() {
  local -a names
  _firstborn_names
  _alternative 'machines:machine:compadd -S : -a names' 'files:file:_files'
}
