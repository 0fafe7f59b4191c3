export type { ArpChange } from './arp-changes.js';
export type { Cause } from './causes.js';
export {
  type ClientTargetReport,
  FAILURE_KINDS,
  type FailureKind,
  failuresInWords,
  type Outage,
  type Service,
} from './client-outages.js';
export type { ConnectionCounts } from './connection-counts.js';
export {
  BREAK_KINDS,
  type Breakage,
  type BreakKind,
  type ConnectionEnd,
  type ConnectionLife,
  type ConnectionRequest,
  type Retransmission,
  type SentReset,
  worstBroken,
} from './connection-life.js';
export type { Convergence } from './convergence.js';
export type { Flutter } from './flutter.js';
export type { Flux, LandingMove } from './flux.js';
export type { Handover } from './handovers.js';
export type { Interval } from './interval.js';
export type { Landing, LandingInterval } from './landing.js';
export type { Latency } from './latency.js';
export { type LifeMermaidOptions, lifeMermaid } from './life-mermaid.js';
export { type LifeStep, type LifeStepKind, lifeSteps } from './life-steps.js';
export { type LifeTextOptions, lifeLines } from './life-text.js';
export { type DaemonLog, daemonLogs, type LogFile, logFilesOf, logLines } from './log-lines.js';
export { type MermaidOptions, mermaid } from './mermaid.js';
export type { DualInterval, OwnerInterval, Ownership, OwnershipKind } from './ownership.js';
export { type ClientReport, type Report, reportOf, type VipReport } from './report.js';
export type {
  ClientFacts,
  ExpectedFact,
  InferredFact,
  InstanceFacts,
  NodeFacts,
  RunFacts,
  ScheduledFact,
  VipFacts,
} from './run-facts.js';
export { type RunJson, type RunJsonOptions, runJson } from './run-json.js';
export { JSON_EVENT_NAMES, type JsonObject, type JsonValue } from './run-json-events.js';
export { RUN_JSON_SCHEMA } from './run-json-schema.js';
export type { ServiceReport } from './service-report.js';
export { spanInWords } from './spans-of-time.js';
export { type LetteredEntry, type Story, type StoryOptions, storyLines, storyOf } from './story.js';
export type { FrameSighting, StoryEntry, StoryKind, StoryLevel } from './story-entry.js';
export {
  inAscii,
  plainLine,
  plainText,
  type Span as StyledSpan,
  type SpanStyle,
  type StyledLine,
} from './styled-text.js';
export { type Surroundings, surroundingsOf } from './surroundings.js';
export type { SwitchAlarm, SwitchMove, SwitchReport } from './switch-moves.js';
export { pageHead, type TextReportOptions, textReport } from './text-report.js';
export { type Mark, type TimelineOptions, timeline } from './timeline.js';
export type { Finding, Verdict } from './verdict.js';
export { VERDICT_WORDS, type VerdictWord, wordOnScreen } from './verdict-word.js';
export { VipNames } from './vip-names.js';
