import type { GlobalDraft } from './draft.js';
import { DEFAULT_DOWN_TIMER_ADVERTS } from './draft.js';
import { type FixUpContext, placeOfKeyword } from './fix-up-context.js';
import type { GarpConfig, VrrpInstanceConfig } from './keepalived-config.js';
import { formatSeconds, MICROSECONDS_PER_SECOND as SECOND } from './values.js';

const CENTISECOND = 10_000;
/** RFC 5798 §5.2.7: 12 bits of centiseconds. */
const MAX_V3_INTERVAL = 4095 * CENTISECOND;

type Timers = Pick<
  VrrpInstanceConfig,
  'advertIntervalUs' | 'downTimerAdverts' | 'garp' | 'lowerPriorityNoAdvert' | 'higherPrioritySendAdvert'
>;

/** Intervals, gratuitous ARPs and the answers to adverts of other priorities. */
export function completeTimers(context: FixUpContext, strict: boolean, version: 2 | 3): Timers {
  const downTimerAdverts = completeDownTimerAdverts(context, strict);
  return {
    downTimerAdverts,
    garp: completeGarp(context, strict),
    lowerPriorityNoAdvert: completeAnswer(
      context,
      strict,
      'lower_prio_no_advert',
      context.draft.lowerPriorityNoAdvert,
      {
        strictly: true,
        otherwise: context.global.lowerPriorityNoAdvert,
      },
    ),
    higherPrioritySendAdvert: completeAnswer(
      context,
      strict,
      'higher_prio_send_advert',
      context.draft.higherPrioritySendAdvert,
      {
        strictly: false,
        otherwise: context.global.higherPrioritySendAdvert,
      },
    ),
    advertIntervalUs: completeInterval(context, version),
  };
}

/** The lower-priority values of `global_defs`: those of the master's burst if nothing else was said. */
export function globalGarp(global: GlobalDraft): GarpConfig {
  return {
    masterRepeat: global.garpMasterRepeat,
    masterDelayUs: global.garpMasterDelayUs,
    masterRefreshUs: global.garpMasterRefreshUs,
    masterRefreshRepeat: global.garpMasterRefreshRepeat,
    lowerPriorityRepeat: global.garpLowerPriorityRepeat ?? global.garpMasterRepeat,
    lowerPriorityDelayUs: global.garpLowerPriorityDelayUs ?? global.garpMasterDelayUs,
  };
}

function completeGarp({ draft, global, complaints }: FixUpContext, strict: boolean): GarpConfig {
  const shared = globalGarp(global);
  const lower = (keyword: string, written: number | undefined, otherwise: number): number => {
    if (!strict) return written ?? otherwise;
    if (written !== undefined && written > 0) {
      complaints.add(placeOfKeyword(draft, keyword), 'strict', `strict mode has no ${keyword}`, {
        means: 'keepalived logs this and uses 0',
      });
    }
    return 0;
  };
  return {
    masterRepeat: draft.garpMasterRepeat ?? shared.masterRepeat,
    masterDelayUs: draft.garpMasterDelayUs ?? shared.masterDelayUs,
    masterRefreshUs: draft.garpMasterRefreshUs ?? shared.masterRefreshUs,
    masterRefreshRepeat: draft.garpMasterRefreshRepeat ?? shared.masterRefreshRepeat,
    lowerPriorityRepeat: lower(
      'garp_lower_prio_repeat',
      draft.garpLowerPriorityRepeat,
      shared.lowerPriorityRepeat,
    ),
    lowerPriorityDelayUs: lower(
      'garp_lower_prio_delay',
      draft.garpLowerPriorityDelayUs,
      shared.lowerPriorityDelayUs,
    ),
  };
}

function completeAnswer(
  { draft, complaints }: FixUpContext,
  strict: boolean,
  keyword: string,
  written: boolean | undefined,
  values: { readonly strictly: boolean; readonly otherwise: boolean },
): boolean {
  if (!strict) return written ?? values.otherwise;
  if (written !== undefined && written !== values.strictly) {
    complaints.add(
      placeOfKeyword(draft, keyword),
      'strict',
      `strict mode wants ${keyword} ${values.strictly ? 'on' : 'off'}`,
      {
        means: 'keepalived logs this and sets it so',
      },
    );
  }
  return values.strictly;
}

function completeInterval({ draft, complaints }: FixUpContext, version: 2 | 3): number {
  const wanted = draft.advertIntervalUs ?? SECOND;
  const unit = version === 2 ? SECOND : CENTISECOND;
  // VRRPv2 cannot be above its limit: the keyword's own range ends at 255 s.
  if (version === 3 && wanted > MAX_V3_INTERVAL) {
    complaints.add(
      placeOfKeyword(draft, 'advert_int'),
      'out-of-range',
      `advert_int ${formatSeconds(wanted)} is out of range 0.01..40.95 of VRRPv3`,
      {
        means: 'keepalived logs this and uses 40.95',
      },
    );
    return MAX_V3_INTERVAL;
  }
  if (wanted % unit === 0) return wanted;
  const rounded = Math.max(unit, Math.floor((wanted + unit / 2) / unit) * unit);
  const rule =
    version === 2
      ? 'not a whole number of seconds, which VRRPv2 wants'
      : 'not a multiple of 0.01, which VRRPv3 wants';
  complaints.add(
    placeOfKeyword(draft, 'advert_int'),
    'interval-rounded',
    `advert_int ${formatSeconds(wanted)} is ${rule}`,
    {
      means: `keepalived logs this and uses ${formatSeconds(rounded)}`,
    },
  );
  return rounded;
}

/** The number of adverts to miss (`down_timer_adverts`); strict mode wants 3. */
function completeDownTimerAdverts({ draft, global, complaints }: FixUpContext, strict: boolean): number {
  const wanted = draft.downTimerAdverts ?? global.downTimerAdverts;
  if (!strict || wanted === DEFAULT_DOWN_TIMER_ADVERTS) return wanted;
  complaints.add(
    placeOfKeyword(draft, 'down_timer_adverts'),
    'strict',
    `strict mode misses ${DEFAULT_DOWN_TIMER_ADVERTS} adverts, not ${wanted}`,
    {
      means: `keepalived logs this and uses ${DEFAULT_DOWN_TIMER_ADVERTS}`,
    },
  );
  return DEFAULT_DOWN_TIMER_ADVERTS;
}
