/** Alternatives that `{a,b}` may unfold to. */
const MAX_ALTERNATIVES = 64;

/** `a{b,c}d` gives `abd` and `acd`. */
export function unfoldBraces(pattern: string): readonly string[] {
  let open = [pattern];
  for (let round = 0; round < MAX_ALTERNATIVES; round++) {
    const next = open.flatMap((text) => {
      const match = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(text);
      return match === null
        ? [text]
        : (match[2] ?? '').split(',').map((choice) => `${match[1]}${choice}${match[3]}`);
    });
    if (next.length === open.length || next.length > MAX_ALTERNATIVES) return open;
    open = next;
  }
  return open;
}

/** Whether a name matches one part of a pattern with `*`, `?` and `[…]`. Takes time in the product of the lengths at most. */
export function matchesName(name: string, pattern: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starredAt = 0;
  while (at < name.length) {
    const step =
      inPattern < pattern.length && pattern[inPattern] !== '*'
        ? matchOne(name[at] ?? '', pattern, inPattern)
        : 0;
    if (step > 0) {
      at++;
      inPattern += step;
    } else if (pattern[inPattern] === '*') {
      star = inPattern++;
      starredAt = at;
    } else if (star !== -1) {
      inPattern = star + 1;
      at = ++starredAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}

/** How many characters of the pattern matched one character of the name; 0 if none did. */
function matchOne(character: string, pattern: string, from: number): number {
  const sign = pattern[from];
  if (sign === '?') return 1;
  const end = sign === '[' ? pattern.indexOf(']', from + 2) : -1;
  if (end === -1) return sign === character ? 1 : 0;
  const negated = pattern[from + 1] === '!' || pattern[from + 1] === '^';
  const set = pattern.slice(from + (negated ? 2 : 1), end);
  let inside = false;
  for (let index = 0; index < set.length; index++) {
    const low = set[index] ?? '';
    const high = set[index + 1] === '-' && index + 2 < set.length ? (set[index + 2] ?? '') : low;
    if (character >= low && character <= high) inside = true;
    if (high !== low) index += 2;
  }
  return inside !== negated ? end - from + 1 : 0;
}

/** Whether a path matches a pattern, part by part, braces unfolded. */
export function matchesPath(path: string, pattern: string): boolean {
  const names = path.split('/');
  return unfoldBraces(pattern).some((alternative) => {
    const parts = alternative.split('/');
    return (
      parts.length === names.length && parts.every((part, index) => matchesName(names[index] ?? '', part))
    );
  });
}
