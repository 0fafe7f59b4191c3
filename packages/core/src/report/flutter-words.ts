import { formatSeconds } from '../engine/index.js';
import type { CarpReason } from '../trace/index.js';
import { instanceOf } from './election-events.js';
import type { Flutter } from './flutter.js';
import type { VipReport } from './report.js';
import { exactSeconds, spanInWords, timesInWords } from './spans-of-time.js';
import type { StoryEntry } from './story-entry.js';
import type { Telling } from './story-events.js';

/** `fw1 and fw2 are MASTER for 1 ms in every 3.001 s, 32 times until 99.032, without a cause`. */
export function flutterInWords({ owners, held, period, times, hasStopped, to }: Flutter): string {
  const who = `${namesInWords(owners)} ${owners.length === 1 ? 'is' : 'are'} MASTER`;
  const end = hasStopped ? ` until ${formatSeconds(to)}` : '';
  return `${who} for ${spanInWords(held)} in every ${exactSeconds(period)} s, ${timesInWords(times)}${end}, without a cause`;
}

/** Hundredths of a percent. */
const PARTS = 10_000;

/** The flutters of all VIPs: one entry each, for what are hundreds of changes. */
export function tellFlutters(telling: Telling): StoryEntry[] {
  return telling.report.vips.flatMap((vip) =>
    vip.flutters.map((flutter): StoryEntry => {
      const subject = `${telling.names.short(vip.address)} flaps`;
      const share = Math.floor((flutter.owned * PARTS) / Math.max(1, flutter.to - flutter.from)) / 100;
      const parts = [
        `FLAP: ${flutterInWords(flutter)}`,
        `It has an owner for ${share === 0 ? 'less than 0.01' : share} % of that time`,
        whyLostInWords(telling, vip, flutter),
      ];
      return {
        time: flutter.from,
        kind: 'owner',
        level: 'normal',
        subject,
        text: parts.filter((part) => part !== '').join('. '),
        vip: vip.address,
        style: 'bad',
        isLettered: true,
        key: '',
      };
    }),
  );
}

const WHY_LOST: Partial<Readonly<Record<CarpReason, string>>> = {
  'equal-advert': 'an equal advert',
  'less-demoted': 'one that is demoted less',
  'better-advert': 'a better advert',
};

/** Why it is lost each time, where adverts are the reason. */
function whyLostInWords({ elections }: Telling, { facts }: VipReport, { from, to, owners }: Flutter): string {
  const reasons = new Map<CarpReason, Set<string>>();
  for (const state of elections.states) {
    if (state.name !== 'carp.state' || state.from !== 'MASTER' || state.time < from || state.time > to)
      continue;
    if (instanceOf(facts, state) === undefined) continue;
    const nodes = reasons.get(state.reason) ?? new Set();
    reasons.set(state.reason, nodes.add(state.node));
  }
  const told = [...reasons].filter(([reason]) => WHY_LOST[reason] !== undefined);
  const [first] = told;
  if (first === undefined || told.length < reasons.size) return '';
  if (told.length > 1)
    return told
      .map(([reason, nodes]) => {
        const who = namesInWords([...nodes].sort());
        return `${who} ${nodes.size === 1 ? 'yields' : 'yield'} to ${WHY_LOST[reason]}`;
      })
      .join(', ');
  if (first[0] !== 'equal-advert') return `Each yields to ${WHY_LOST[first[0]]}`;
  return owners.length === 1
    ? 'It hears its own adverts as equal ones of another: something sends them back'
    : 'Each yields to the equal advert of the other: no address decides between equals';
}

/** `fw1`, `fw1 and fw2`, `fw1, fw2 and fw3`. */
function namesInWords(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
