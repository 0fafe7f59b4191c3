/** Widest line that a small object may have on its own. */
const WIDTH = 96;

/** Plain data as TypeScript, texts of several lines as templates, so that a configuration stays readable. */
export function typescriptLiteral(value: unknown, indent = ''): string {
  if (typeof value === 'string') return value.includes('\n') ? template(value) : quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const deeper = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => typescriptLiteral(item, deeper))
    : Object.entries(value)
        .filter(([, inner]) => inner !== undefined && typeof inner !== 'function')
        .map(([key, inner]) => `${keyOf(key)}: ${typescriptLiteral(inner, deeper)}`);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (items.length === 0) return open + close;
  const oneLine = isList ? `[${items.join(', ')}]` : `{ ${items.join(', ')} }`;
  if (!oneLine.includes('\n') && oneLine.length + indent.length <= WIDTH) return oneLine;
  return `${open}\n${items.map((item) => `${deeper}${item},\n`).join('')}${indent}${close}`;
}

const keyOf = (key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__' ? key : quoted(key);

const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

/** A template gives line breaks back as they are, but CR, which it makes LF of. */
const template = (text: string): string =>
  `\`${text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${').replaceAll('\r', '\\r')}\``;
