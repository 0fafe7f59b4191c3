import type { Cure, Diagnostic, TrackedBy, VrrpScriptConfig } from '@viplab/core';
import type { Cluster } from '../cluster.js';
import { goodPriority } from '../effective-priority.js';
import { finding, type Rule } from '../finding.js';
import { downIntervalOf, inSeconds, type Router, skewOf, vipOf } from '../router.js';

const SECOND = 1_000_000;

/**
 * A check that takes longer to notice a dead service than the backups take to notice a dead machine: a script fails
 * after `fall` runs, `interval` apart (keepalived `vrrp_script_child_thread`).
 */
export const checkOutlastsTimers: Rule = ({ clusters }) =>
  clusters.flatMap((cluster) => cluster.routers.flatMap((router) => ofRouter(cluster, router)));

function ofRouter({ routers }: Cluster, router: Router): readonly Diagnostic[] {
  const others = routers.filter((other) => other !== router);
  const [next] = [...others].sort((one, other) => downIntervalOf(one) - downIntervalOf(other));
  // Who is never master beside a living backup has nobody to give the address to.
  const isMaster = others.every(
    (other) => other.instance.nopreempt || goodPriority(other) <= goodPriority(router),
  );
  if (next === undefined || !isMaster) return [];
  return router.instance.trackScripts.flatMap((tracked) => {
    const script = router.config.scripts.find(({ name }) => name === tracked.name);
    if (script === undefined || noticed(script) <= downIntervalOf(next)) return [];
    return [ofScript(router, next, tracked, script)];
  });
}

/** The longest time from a failure to the last of the runs that it takes: the service dies just after a run began. */
const noticed = ({ intervalUs, fall }: VrrpScriptConfig): number => intervalUs * fall;

function ofScript(router: Router, next: Router, tracked: TrackedBy, script: VrrpScriptConfig): Diagnostic {
  const wait = downIntervalOf(next);
  const takeover = tracked.weight === 0 ? skewOf(next) : wait;
  const seconds = script.intervalUs / SECOND;
  const at = script.origin['interval'] ?? script.origin['fall'] ?? script.origin['name'] ?? tracked.origin;
  return finding({
    severity: 'warning',
    code: 'vrrp/check-outlasts-timers',
    at,
    message: `${script.name} needs up to ${inSeconds(noticed(script))} to fail, longer than the ${inSeconds(wait)} in which ${next.node} notices a dead machine`,
    hint: `interval ${seconds} s x fall ${script.fall}`,
    means: `the service on ${router.node} dies and ${router.node} keeps ${vipOf(router)} for up to ${inSeconds(noticed(script))} before the check fails, and ${inSeconds(takeover)} more until ${next.node} is master`,
    cures: curesOf(script, wait),
  });
}

function curesOf(script: VrrpScriptConfig, wait: number): readonly Cure[] {
  const { origin, fall, intervalUs } = script;
  const edit = (keyword: string, text: string): Cure['edits'] => {
    const place = origin[keyword];
    return place === undefined ? [] : [{ range: place.range, text }];
  };
  const interval = Math.floor(wait / fall / SECOND);
  if (interval >= 1) {
    const found = inSeconds(interval * SECOND * fall);
    return [
      {
        title: `interval ${interval} (with fall ${fall}: ${found})`,
        edits: edit('interval', String(interval)),
      },
    ];
  }
  const runs = Math.max(1, Math.floor(wait / intervalUs));
  if (runs * intervalUs <= wait) {
    return [
      {
        title: `fall ${runs} (with interval ${intervalUs / SECOND}: ${inSeconds(runs * intervalUs)})`,
        edits: edit('fall', String(runs)),
      },
    ];
  }
  return [{ title: 'a shorter interval and a smaller fall', edits: [] }];
}
