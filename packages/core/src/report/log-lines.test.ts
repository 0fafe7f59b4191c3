import { expect, test } from 'vitest';
import { HandMadeTrace, powerOffStory } from './hand-made-trace.fixture.js';
import { daemonLogs, logLines } from './log-lines.js';

test('a log for each daemon, stamped with the time of the run', () => {
  expect(daemonLogs(powerOffStory().events)).toEqual([
    {
      node: 'n1',
      daemon: 'keepalived',
      lines: ['0.061000: (VI_WRITE) Entering BACKUP STATE', '3.475063: (VI_WRITE) Entering MASTER STATE'],
    },
    { node: 'n2', daemon: 'keepalived', lines: ['13.084438: (VI_WRITE) Entering MASTER STATE'] },
  ]);
});

test('all logs on one screen, or one node', () => {
  const report = powerOffStory();
  expect(logLines(report).at(-1)).toBe('  13.084438  n2 keepalived: (VI_WRITE) Entering MASTER STATE');
  expect(logLines(report, 'n2')).toHaveLength(1);
  expect(logLines(report, 'n9')).toEqual([]);
});

test('a name with a line break cannot forge a line without a stamp', () => {
  const { events } = new HandMadeTrace().add(1, 'daemon.log', 'n1', {
    daemon: 'keepalived',
    line: '(VI\r\n_1) x',
  });
  expect(daemonLogs(events)[0]?.lines).toEqual(['0.000000: (VI', '0.000000: _1) x']);
});
