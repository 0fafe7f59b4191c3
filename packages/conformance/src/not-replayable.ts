/** Why a recorded case cannot be replayed: what stands in it that the simulator has no counterpart of. */
export class NotReplayable extends Error {
  override readonly name = 'NotReplayable';
}
