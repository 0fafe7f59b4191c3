import { expect, test } from 'vitest';
import { at, HandMadeTrace, powerOffStory } from './hand-made-trace.fixture.js';
import { daemonLogs, logFilesOf, logLines } from './log-lines.js';

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

test('a file for each daemon: those that elect always, others that wrote something', () => {
  const { events } = new HandMadeTrace()
    .add(at('3'), 'daemon.log', 'fw1', {
      daemon: 'kernel',
      line: 'carp0: state transition: BACKUP -> MASTER',
    })
    .add(at('3.1'), 'daemon.log', 'fw1', {
      daemon: 'ucarp/2',
      line: '[INFO] Local advertised ethernet address',
    });
  const writers = [
    { node: 'fw1', daemon: 'kernel' },
    { node: 'fw2', daemon: 'kernel' },
  ];
  expect(logFilesOf({ events }, writers)).toEqual([
    {
      name: 'fw1.kernel.log',
      node: 'fw1',
      daemon: 'kernel',
      lines: ['   3.000000  fw1 kernel: carp0: state transition: BACKUP -> MASTER'],
    },
    { name: 'fw2.kernel.log', node: 'fw2', daemon: 'kernel', lines: [] },
    {
      name: 'fw1.ucarp-2.log',
      node: 'fw1',
      daemon: 'ucarp/2',
      lines: ['   3.100000  fw1 ucarp/2: [INFO] Local advertised ethernet address'],
    },
  ]);
});
