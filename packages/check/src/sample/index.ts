export { holdsInRuns, type SampleOptions, scenarioOfSeed } from './holds-in-runs.js';
export {
  type LongestSpan,
  type RunScenarioOptions,
  runScenario,
  type ScenarioOutcome,
} from './run-scenario.js';
