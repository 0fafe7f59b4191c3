export { HEALTHS, type Health } from '../service/service.js';
export { perform } from './actions.js';
export { CaptureTap } from './capture.js';
export type {
  ActionDesign,
  ActionName,
  CarpDesign,
  ClientDesign,
  ExpectationDesign,
  FilterDesign,
  HostDesign,
  HttpDesign,
  InferenceNote,
  InterfaceDesign,
  KeepAliveDesign,
  KeepalivedDesign,
  LabDesign,
  LinkDesign,
  NodeDesign,
  PoolDesign,
  PostgresDesign,
  ProgramDesign,
  SwitchDesign,
  TcpClientDesign,
  UcarpDesign,
  UdpClientDesign,
} from './design.js';
export type { DesignProblem } from './design-problem.js';
export { factsOf, vipFactsOf } from './facts.js';
export { defineLab, Lab, problemToDiagnostic, type RunOptions } from './lab.js';
export { Network, type NetworkOptions } from './network.js';
export {
  hasNeighbourEntry,
  landingOf,
  MOST_MASKED_HOSTS,
  type OwnedVip,
  ownerMaskOf,
  ownersOf,
  owns,
} from './ownership-now.js';
export type { LabPlan, SharePlan, VipPlan } from './plan.js';
export { type PlanResult, planLab } from './plan-lab.js';
export { ACTIONS, daemonsOf, LOSS_KINDS, serversOf } from './plan-schedule.js';
export {
  defineProgram,
  type Program,
  type ProgramContext,
  type ProgramState,
  type ReceivedDatagram,
} from './program.js';
export type {
  ClosedConnection,
  HeardBytes,
  OpenedConnection,
  ProgramTcp,
  TcpContext,
} from './program-tcp.js';
export { electorsOf, Run } from './run.js';
export { NodeVerbs, Simulation, type SimulationOptions, type SimulationSnapshot } from './simulation.js';
export {
  designDigest,
  formatChoiceToken,
  formatRangeToken,
  formatToken,
  parseToken,
  type ReplayToken,
} from './token.js';
export { askedVip, clientsAsking, ordinaryVip, vipOf } from './vip-shares.js';
