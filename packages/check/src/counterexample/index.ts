export { counterexampleOf, runOfCounterexample } from './counterexample-of.js';
export { CURE_KEYWORDS } from './cure-candidates.js';
export { type Cure, type CuredFile, type CureOptions, type CureSearch, curesFor } from './cures.js';
export { scenarioOfPath, scenarioOfToken, scenarioPath, scenarioToken } from './scenario-token.js';
export { sequenceText } from './sequence-text.js';
export { instantOf, type StorySentence, storyOfBreak } from './story.js';
export { unifiedDiff } from './unified-diff.js';
export { storyMarkdown, vitestSource, type WriteUpFile, writeUpOf } from './write-up.js';
