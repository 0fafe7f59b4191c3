import { describe, expect, test } from 'vitest';
import { ClockDomain, Engine, SECOND, SeededChoices } from '../../../engine/index.js';
import { Trace } from '../../../trace/index.js';
import { RouterBench } from '../testing/router-bench.js';
import { script, trackProcess } from '../testing/sample-config.js';
import type { VrrpMachine } from '../vrrp-machine.js';
import { InterfaceTracker, limitDelay, type TrackerSurroundings } from './interface-tracker.js';
import { ProcessTracker } from './process-tracker.js';
import { ScriptTracker } from './script-tracker.js';
import type { LocalSystem } from './tracking.js';

/** One router of priority 100 that is MASTER for a long time, and trackers on its clock. */
class Bench {
  readonly routers = new RouterBench();
  readonly engine: Engine = this.routers.engine;
  readonly machine: VrrpMachine = this.routers
    .add('A', '10.0.0.1', { priority: 100 }, { start: 0 })
    .machine();
  readonly log: string[] = [];
  readonly surroundings: TrackerSurroundings = {
    engine: this.engine,
    domain: new ClockDomain(this.engine, 'trackers'),
    trace: this.routers.trace,
    node: 'A',
    path: 'tracker',
    log: (text) => this.log.push(text),
  };
  count = 1;
  readonly system: LocalSystem = {
    countProcesses: () => this.count,
    hasFile: () => false,
    isListening: () => false,
    isLocal: () => true,
  };

  script(...args: Parameters<typeof script>): ScriptTracker {
    return new ScriptTracker(this.surroundings, script(...args), this.system);
  }

  /** `seconds -> effective priority` of every change. */
  priorities(): [number, number][] {
    return this.routers.trace.filter('vrrp.priority').map(({ time, to }) => [time / SECOND, to]);
  }

  counts(): string[] {
    return this.routers.trace
      .filter('track.result')
      .map(({ good, count }) => `${good ? 'good' : 'bad'} ${count}`);
  }
}

describe('vrrp_script', () => {
  const begin = (bench: Bench, tracker: ScriptTracker): void => {
    bench.routers.run(0);
    tracker.prepare();
    tracker.run();
  };

  test('rise and fall: a count of results, not a share', () => {
    const bench = new Bench();
    const tracker = bench.script('chk', { weight: -60, rise: 2, fall: 3 });
    tracker.add({ machine: bench.machine, weight: -60, reverse: false });
    begin(bench, tracker);
    bench.routers.at(1.5, () => tracker.setResult(false));
    // Two bad results and a good one: the count is full again.
    bench.routers.at(3.5, () => tracker.setResult(true));
    bench.routers.at(4.5, () => tracker.setResult(false));
    bench.routers.at(8.5, () => tracker.setResult(true));
    bench.routers.run(12.5);
    expect(bench.priorities()).toEqual([
      [7, 40],
      [10, 100],
    ]);
    expect(bench.counts()).toEqual([
      'good 2/2',
      'bad 1/3',
      'bad 2/3',
      'good 2/2',
      'bad 1/3',
      'bad 2/3',
      'bad 3/3',
      'good 1/2',
      'good 2/2',
    ]);
    expect(bench.log).toContain('Script `chk` now returning 1');
    expect(bench.log).toContain('VRRP_Script(chk) failed (exited with status 1)');
  });

  test('the first result: one success is enough whatever rise says, one failure too', () => {
    for (const good of [true, false]) {
      const bench = new Bench();
      const tracker = bench.script('chk', { weight: good ? 10 : -10, rise: 5, fall: 5 });
      tracker.add({ machine: bench.machine, weight: good ? 10 : -10, reverse: false });
      tracker.setResult(good);
      begin(bench, tracker);
      expect(bench.priorities()).toEqual([[0, good ? 110 : 90]]);
    }
  });

  test('a positive weight is added while it is good, and turned round by reverse', () => {
    const bench = new Bench();
    const tracker = bench.script('chk', { weight: 10 });
    tracker.add({ machine: bench.machine, weight: 10, reverse: true });
    begin(bench, tracker);
    bench.routers.at(1.5, () => tracker.setResult(false));
    bench.routers.run(3);
    expect(bench.priorities()).toEqual([
      [0, 90],
      [2, 100],
    ]);
  });

  test('init_fail: bad from the start, and `rise` successes to get out', () => {
    const bench = new Bench();
    const tracker = bench.script('chk', { rise: 2, initFail: true });
    tracker.add({ machine: bench.machine, weight: 0, reverse: false });
    tracker.prepare();
    expect(bench.machine.state.failures).toBe(1);
    bench.routers.run(0);
    expect(bench.machine.state.state).toBe('FAULT');
    tracker.run();
    bench.routers.run(0.5);
    expect(bench.machine.state.state).toBe('FAULT');
    bench.routers.run(1);
    expect(bench.machine.state.state).toBe('BACKUP');
    expect(bench.log[0]).toBe('(VI_1): entering FAULT state due to script chk');
  });

  test('a run that takes longer than its timeout has failed; runs go on from start to start', () => {
    const bench = new Bench();
    const tracker = bench.script('chk', { weight: -10, intervalUs: 2_000_000, timeoutUs: 500_000 });
    tracker.add({ machine: bench.machine, weight: -10, reverse: false });
    tracker.setDuration(300_000_000);
    begin(bench, tracker);
    bench.routers.at(3, () => tracker.setDuration(3 * SECOND));
    bench.routers.at(5, () => tracker.setDuration(0));
    bench.routers.run(8);
    expect(bench.priorities()).toEqual([
      [4.5, 90],
      [6, 100],
    ]);
    expect(bench.log).toContain('VRRP_Script(chk) timed_out');
  });

  test('2.2.7 says that it skips a run, and runs it beside the first', () => {
    const bench = new Bench();
    const tracker = bench.script('chk', { intervalUs: 1_000_000, timeoutUs: 10_000_000 });
    tracker.setDuration(1_500_000_000);
    begin(bench, tracker);
    bench.routers.at(1.2, () => tracker.setResult(false));
    bench.routers.run(3.6);
    expect(bench.log).toEqual([
      'Track script chk is already running, expect idle - skipping run',
      'VRRP_Script(chk) succeeded',
      'Track script chk is already running, expect idle - skipping run',
      'Track script chk is already running, expect idle - skipping run',
      'Script `chk` now returning 1',
      'VRRP_Script(chk) failed (exited with status 1)',
    ]);
  });

  test('a command that the host understands is not the lab’s to decide', () => {
    const bench = new Bench();
    const tracker = bench.script('chk', { weight: -10, arguments: ['killall', '-0', 'haproxy'] });
    tracker.add({ machine: bench.machine, weight: -10, reverse: false });
    tracker.setResult(false);
    begin(bench, tracker);
    bench.routers.at(1.5, () => {
      bench.count = 0;
    });
    bench.routers.run(3);
    expect(bench.priorities()).toEqual([[2, 90]]);
  });
});

describe('interfaces', () => {
  const tracker = (bench: Bench, weight: number, down = 0, up = 0, isUp = true): InterfaceTracker => {
    const created = new InterfaceTracker(bench.surroundings, 'eth1', down, up, () => isUp);
    created.add({ machine: bench.machine, weight, reverse: false });
    return created;
  };

  test('a weight instead of FAULT', () => {
    const bench = new Bench();
    const eth1 = tracker(bench, -30);
    eth1.start();
    bench.routers.run(5);
    eth1.linkChanged(false);
    eth1.linkChanged(false);
    bench.routers.run(6);
    eth1.linkChanged(true);
    expect(bench.priorities()).toEqual([
      [5, 70],
      [6, 100],
    ]);
    expect(bench.log).toEqual(['Netlink reports eth1 down', 'Netlink reports eth1 up']);
  });

  test('interface_up_down_delays: a short outage is none, a long one counts late', () => {
    const bench = new Bench();
    const eth1 = tracker(bench, 0, 500_000, 250_000);
    eth1.start();
    bench.routers.at(5, () => eth1.linkChanged(false));
    bench.routers.at(5.4, () => eth1.linkChanged(true));
    bench.routers.at(7, () => eth1.linkChanged(false));
    bench.routers.at(9, () => eth1.linkChanged(true));
    bench.routers.run(10);
    expect(bench.routers.states('A').slice(2)).toEqual([
      [7.5, 'FAULT'],
      [9.25, 'BACKUP'],
    ]);
    expect(bench.log[0]).toBe('Delay timer for eth1 cancelled');
  });

  test('down at the start: FAULT without a delay', () => {
    const bench = new Bench();
    const eth1 = tracker(bench, 0, 500_000, 500_000, false);
    eth1.start();
    bench.routers.at(1, () => eth1.linkChanged(true));
    bench.routers.run(2);
    expect(bench.routers.states('A')).toEqual([
      [0, 'FAULT'],
      [1, 'BACKUP'],
    ]);
    expect(bench.log[0]).toBe('(VI_1): entering FAULT state (interface eth1 down)');
  });

  test('of a weighted and an unweighted interest of one machine the unweighted one holds', () => {
    const bench = new Bench();
    const eth1 = tracker(bench, 20);
    eth1.add({ machine: bench.machine, weight: 0, reverse: false });
    eth1.start();
    bench.routers.run(1);
    eth1.linkChanged(false);
    expect(bench.machine.state.state).toBe('FAULT');
  });

  test('delays are cut below the time that a backup waits', () => {
    expect(limitDelay(1_000_000, [{ advertIntervalUs: 1_000_000, downTimerAdverts: 3 }])).toBe(1_000_000);
    expect(limitDelay(5_000_000, [{ advertIntervalUs: 1_000_000, downTimerAdverts: 3 }])).toBe(1_996_094);
    expect(limitDelay(5_000_000, [{ advertIntervalUs: 1_000_000, downTimerAdverts: 1 }])).toBe(0);
  });
});

describe('vrrp_track_process', () => {
  test('quorum, with delays', () => {
    const bench = new Bench();
    const config = trackProcess('haproxy', {
      weight: -20,
      quorum: 2,
      terminateDelayUs: 1_000_000,
      forkDelayUs: 500_000,
    });
    const tracker = new ProcessTracker(bench.surroundings, config, bench.system);
    tracker.add({ machine: bench.machine, weight: -20, reverse: false });
    bench.count = 2;
    tracker.start();
    const set = (time: number, count: number): void =>
      bench.routers.at(time, () => {
        bench.count = count;
        tracker.processesChanged();
      });
    set(5, 1);
    set(5.9, 2);
    set(7, 1);
    set(7.5, 0);
    set(9, 2);
    bench.routers.run(12);
    expect(bench.priorities()).toEqual([
      [8, 80],
      [9.5, 100],
    ]);
    expect(bench.log).toEqual([
      'Quorum lost for tracked process haproxy',
      'Quorum gained for tracked process haproxy',
    ]);
  });

  test('a loss that was undone in time starts its delay anew', () => {
    const bench = new Bench();
    const config = trackProcess('haproxy', { weight: -20, terminateDelayUs: 1_000_000 });
    const tracker = new ProcessTracker(bench.surroundings, config, bench.system);
    tracker.add({ machine: bench.machine, weight: -20, reverse: false });
    tracker.start();
    const news: [number, number][] = [
      [5, 0],
      [5.9, 1],
      [5.95, 0],
    ];
    for (const [time, count] of news) {
      bench.routers.at(time, () => {
        bench.count = count;
        tracker.processesChanged();
      });
    }
    bench.routers.run(12);
    expect(bench.priorities()).toEqual([[6.95, 80]]);
  });

  test('too many are as bad as too few', () => {
    const bench = new Bench();
    const tracker = new ProcessTracker(
      bench.surroundings,
      trackProcess('haproxy', { quorumMax: 2 }),
      bench.system,
    );
    tracker.add({ machine: bench.machine, weight: 0, reverse: false });
    tracker.start();
    bench.routers.run(5);
    bench.count = 3;
    tracker.processesChanged();
    bench.routers.run(6);
    expect(bench.machine.state.state).toBe('FAULT');
  });
});

test('nothing happens while the daemon does not run', () => {
  const engine = new Engine({ choices: new SeededChoices(1) });
  const trace = new Trace(engine);
  const surroundings = { engine, domain: engine.world, trace, node: 'A', path: 'tracker', log: () => {} };
  const system = {
    countProcesses: () => 0,
    hasFile: () => false,
    isListening: () => false,
    isLocal: () => false,
  };
  new ProcessTracker(surroundings, trackProcess('haproxy'), system).processesChanged();
  expect(engine.nextEventAt).toBeUndefined();
});
