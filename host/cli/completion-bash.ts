import { type CompletedCommand, firstWords, shellQuote, valueFlags } from './completion-table.ts';
import type { Offer } from './completion-values.ts';

function offerLine(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `_firstborn_reply -W ${shellQuote(offer.words.join(' '))}`;
    case 'machines':
      return offer.colon ? '_firstborn_places' : '_firstborn_reply -W "$(_firstborn_machines)"';
    case 'files':
      return '_firstborn_files -f';
    case 'directories':
      return '_firstborn_files -d';
    case 'nothing':
      return ':';
    default:
      return offer satisfies never;
  }
}

function commandCase(command: CompletedCommand): string {
  const { name, options, operand, stopAtOperand } = command;
  const flags = options.flatMap((option) => option.flags).join(' ');
  const taking = valueFlags(command).flatMap((option) => option.flags);
  const values = valueFlags(command)
    .filter(({ offer }) => offer.kind !== 'nothing')
    .map((one) => `        ${one.flags.join('|')}) ${offerLine(one.offer)} ;;\n`);
  return `    ${shellQuote(name)})
      taking=${shellQuote(` ${taking.join(' ')} `)} stops=${stopAtOperand ? 1 : 0}
      _firstborn_place
      case $place in
${values.join('')}        flag) _firstborn_reply -W ${shellQuote(flags)} ;;
        operand) ${offerLine(operand)} ;;
        foreign) _firstborn_files -f ;;
      esac
      ;;
`;
}

/** The script for bash(1), 4.4 or later; `functions` is what completion.bash holds. Pure. */
export function bashCompletion(table: readonly CompletedCommand[], functions: string): string {
  const pairs = table.filter(({ name }) => name.includes(' ')).map(({ name }) => shellQuote(name));
  const topics = firstWords(table).join(' ');
  return `# Completion of firstborn for bash, made by 'firstborn completion bash'.

${functions}
_firstborn() {
  local words at typed current first=2 command= place=operand head= taking stops
  COMPREPLY=()
  _firstborn_split
  ((at > 1)) && command=\${words[1]}
  if ((at > 2)); then
    case "$command \${words[2]}" in
      ${pairs.join(' | ')}) command="$command \${words[2]}" first=3 ;;
    esac
  fi
  case $command in
    '') _firstborn_reply -W ${shellQuote(`${topics} --help --version`)} ;;
    help) ((at > 2)) || _firstborn_reply -W ${shellQuote(topics)} ;;
${table.map(commandCase).join('')}  esac
  _firstborn_trim
}

complete -F _firstborn firstborn
`;
}
