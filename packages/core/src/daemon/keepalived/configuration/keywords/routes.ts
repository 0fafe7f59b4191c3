import { parseAddress } from '../address-entry.js';
import type { WordLine } from '../draft.js';
import type { Statement } from './keyword.js';

/*
 * Routes and rules are not modelled. Their lines are looked at just far enough to find what people get wrong in them
 * and `keepalived -t` rejects.
 */

/** One line of `virtual_routes` (`alloc_route`). */
export function checkVirtualRoute(statement: Statement, { words }: WordLine): void {
  const { complaints } = statement.reading;
  const [first] = words;
  if (first === undefined) return;
  const renamed: Readonly<Record<string, string>> = { gw: 'via', or: 'nexthop' };
  for (const word of words) {
    const name = Object.hasOwn(renamed, word.text) ? renamed[word.text] : undefined;
    if (name === undefined) continue;
    complaints.add(word.place, 'deprecated', `${word.text} is now ${name} in a route`, {
      means: 'keepalived logs this and obeys',
      cures:
        word.text === 'gw' ? [{ title: name, edits: [{ range: word.place.range, text: name }] }] : undefined,
    });
  }
  const device = words.findIndex((word) => word.text === 'dev' || word.text === 'oif');
  const name = words[device + 1];
  if (
    device !== -1 &&
    name !== undefined &&
    !statement.reading.interfaceExists(name, 'keepalived leaves this route out')
  )
    return;
  if (device !== -1 || words.some((word) => word.text === 'no_track')) return;
  complaints.add(first.place, 'route-not-tracked', 'a route without an interface cannot be tracked', {
    means: 'keepalived logs this and does not notice when the route is lost; say dev or no_track',
  });
}

/** One line of `virtual_rules` or `static_rules` (`alloc_rule`). */
export function checkRule(statement: Statement, { words }: WordLine): void {
  const { complaints } = statement.reading;
  const [first] = words;
  if (first === undefined) return;
  for (const [index, word] of words.entries()) {
    if (word.text !== 'from' && word.text !== 'to') continue;
    const value = words[index + 1];
    if (value === undefined || value.text === 'all' || value.text === 'default' || value.text === 'any')
      continue;
    if (parseAddress(value.text.replace(/\/\d+$/, '')) !== undefined) continue;
    complaints.add(value.place, 'bad-address', `'${value.text}' is not an IP address`, {
      means: 'keepalived leaves this rule out',
    });
    return;
  }
  if (words.some((word) => ['preference', 'order', 'priority'].includes(word.text))) return;
  complaints.add(first.place, 'rule-without-preference', 'a rule without a preference', {
    means: 'keepalived logs this and gives it one near 16384',
  });
}
