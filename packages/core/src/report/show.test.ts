import { test } from 'vitest';
import { multicastLostStory, powerOffStory } from './hand-made-trace.fixture.js';
import { reportOf } from './report.js';
import { plainLine } from './styled-text.js';
import { textReport } from './text-report.js';

test('time', () => {
  for (const s of [powerOffStory(), multicastLostStory()])
    for (const l of textReport(reportOf(s.events, s.facts), { width: 40, level: 'vv' }).map(plainLine))
      if ([...l].length > 40) console.log(l);
});
