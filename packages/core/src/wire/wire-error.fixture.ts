import { WireError, type WireErrorCode } from './wire-error.js';

/** What an action that must not throw anything but a WireError throws, for tests; `none` if nothing. */
export function wireErrorCode(action: () => unknown): WireErrorCode | 'none' {
  try {
    action();
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
  return 'none';
}
