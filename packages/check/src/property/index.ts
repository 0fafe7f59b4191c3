export { type AlwaysOptions, always } from './always.js';
export { neededBy, observeClients, withCoverage } from './asked-properties.js';
export { budgetsOf } from './budgets.js';
export { checkedProperties } from './checked-properties.js';
export {
  type ClientCondition,
  clientWas,
  connectionAtCause,
  failoverWhile,
  requestAtCause,
} from './client-coverage.js';
export { type ClientOutageOptions, clientOutageWithin } from './client-outage-within.js';
export { coverage, dualOwners, failoverTo, headlessFor } from './coverage.js';
export { eventually } from './eventually.js';
export { everyClientLands } from './every-client-lands.js';
export { failoverWithin } from './failover-within.js';
export { flapFree } from './flap-free.js';
export { healthyOwner } from './healthy-owner.js';
export { type KeepsConnectionsOptions, keepsConnections } from './keeps-connections.js';
export { MonitorSet, type WatchedProperty } from './monitor-set.js';
export type { ClientView, NetView, NodeView, OwnerView, VipView } from './net-view.js';
export { netViewOf } from './net-view-of.js';
export { type NeverLosesOptions, neverLoses } from './never-loses.js';
export { noFlap } from './no-flap.js';
export { noFlux } from './no-flux.js';
export { notHeadless } from './not-headless.js';
export type { Monitor, Property, Violation, VipBudgets, Watch } from './property.js';
export { settles } from './settles.js';
export { singleOwner } from './single-owner.js';
export { sometimes } from './sometimes.js';
export type { Predicate } from './user-predicate.js';
