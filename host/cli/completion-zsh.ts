import { type CompletedCommand, shellQuote } from './completion-table.ts';
import type { Offer } from './completion-values.ts';

/** What _arguments of zshcompsys(1) calls for a word. */
function action(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `(${offer.words.join(' ')})`;
    case 'machines':
      return offer.colon ? '_firstborn_places' : '_firstborn_machines';
    case 'files':
      return '_files';
    case 'directories':
      return '_files -/';
    case 'nothing':
      return ' ';
    default:
      return offer satisfies never;
  }
}

function escape(text: string, characters: RegExp): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll(characters, String.raw`\$&`);
}

function optionSpecs({ options }: CompletedCommand): string[] {
  return options.flatMap(({ flags, help, offer }) =>
    flags.map((flag) => {
      const text = escape(help, /[[\]:]/g);
      if (offer === undefined) return `*${flag}[${text}]`;
      // Behind the name, or behind "=" and a letter at once.
      return `*${flag}${flag.startsWith('--') ? '=' : '+'}[${text}]:value:${action(offer)}`;
    }),
  );
}

function operandSpecs({ operand, stopAtOperand }: CompletedCommand): string[] {
  if (operand.kind === 'nothing') return [];
  if (stopAtOperand) return [`1:operand:${action(operand)}`, '*:argument:_files'];
  return [`${operand.kind === 'words' ? '1' : '*'}:operand:${action(operand)}`];
}

function commandCase(command: CompletedCommand): string {
  const words = [...optionSpecs(command), ...operandSpecs(command)].map(
    (spec) => `        ${shellQuote(spec)}`,
  );
  const flags = command.stopAtOperand ? "-s -S -A '-*'" : '-s -S';
  return `    (${shellQuote(command.name)})
      _arguments ${flags} : \\
${words.join(' \\\n')}
      ;;
`;
}

function description({ name, summary }: { name: string; summary: string }): string {
  return `      ${shellQuote(`${escape(name, /:/g)}:${escape(summary, /:/g)}`)}\n`;
}

/** The script for zsh(1), for a file in fpath or to be sourced; `functions` is what completion.zsh holds. Pure. */
export function zshCompletion(table: readonly CompletedCommand[], functions: string): string {
  const single = table.filter(({ name }) => !name.includes(' '));
  const pairs = table.filter(({ name }) => name.includes(' ')).map(({ name }) => shellQuote(name));
  const topics = [...single, { name: 'help', summary: 'Show the help of a command' }];
  return `#compdef firstborn
# Completion of firstborn for zsh, made by 'firstborn completion zsh'.

${functions}
_firstborn() {
  local curcontext=$curcontext command
  local -a topics=(
${topics.map(description).join('')}  )
  if (( CURRENT == 2 )); then
    _describe -t commands command topics
    compadd -- --help --version
    return
  fi
  command=$words[2]
  if (( CURRENT > 3 )); then
    case "$words[2] $words[3]" in
      (${pairs.join('|')}) command="$words[2] $words[3]"; shift words; (( CURRENT-- )) ;;
    esac
  fi
  shift words
  (( CURRENT-- ))
  case $command in
    (help) (( CURRENT > 2 )) || _describe -t commands command topics ;;
${table.map(commandCase).join('')}  esac
}

if [[ $funcstack[1] == _firstborn ]]; then
  _firstborn "$@"
else
  compdef _firstborn firstborn
fi
`;
}
