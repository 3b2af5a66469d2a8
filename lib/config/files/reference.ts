/** The option table as a page for people: docs/configuration.md holds what this makes. */
import { INSTANCE_OPTIONS, type Option, type OptionTable } from '../option-table.ts';

/** Markdown: a section for each group of options, the outer one first. */
export function optionReference(): string {
  return section('An instance', '', INSTANCE_OPTIONS).join('\n');
}

function section(title: string, path: string, table: OptionTable): string[] {
  const options = Object.entries(table);
  const rows = options.map(
    ([name, option]) => `| \`${name}\` | ${kindText(option)} | ${fallbackText(option)} | ${xmlText(option)} | ${option.doc} |`,
  );
  const inner = options.flatMap(([name, option]) => {
    if (option.kind !== 'group' && option.kind !== 'list' && option.kind !== 'named') return [];
    const place = `${path}${name}${option.kind === 'named' ? '.<name>' : option.kind === 'list' ? '[]' : ''}`;
    return ['', ...section(`\`${place}\``, `${place}.`, option.options)];
  });
  return [`### ${title}`, '', '| option | what it may be | default | XML | |', '|---|---|---|---|---|', ...rows, ...inner];
}

function kindText(option: Option): string {
  switch (option.kind) {
    case 'number':
      return `${option.whole === true ? 'whole number' : 'number'}, ${bound(option.min)} to ${bound(option.max)}${option.orInfinity === true ? ', or Infinity' : ''}`;
    case 'flag':
      return 'true, false';
    case 'text':
      return 'text';
    case 'choice':
      return option.of.map((one) => `\`${one}\``).join(', ');
    case 'texts':
      return 'list of texts';
    case 'properties':
      return 'texts by name';
    case 'part':
      return option.module ? `${option.what}, or \`{ module, export }\`; in files \`path#export\`` : `${option.what} (not in files)`;
    case 'group':
      return `options, below${option.inFiles === false ? ' (not in files)' : ''}`;
    case 'list':
      return 'list of options, below';
    case 'named':
      return 'options by name, below';
  }
}

function bound(value: number): string {
  return value === Number.MAX_SAFE_INTEGER ? 'any' : value.toLocaleString('en-US');
}

function fallbackText({ fallback, source }: Option): string {
  if (fallback === undefined) return '';
  const isEmpty = typeof fallback === 'object' && Object.keys(fallback as object).length === 0;
  return `${isEmpty ? 'none' : `\`${JSON.stringify(fallback).replaceAll('"', '')}\``}${source === undefined ? '' : ` (${source}'s)`}`;
}

function xmlText({ xml = [] }: Option): string {
  return xml.map((spelling) => `\`${spelling}\``).join(', ');
}
