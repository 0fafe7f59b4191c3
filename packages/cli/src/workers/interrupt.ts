/** What ends a command early: Ctrl-C, or the end of a job's time in a queue. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Aborted by the first Ctrl-C; the second one ends the process as if nobody listened. */
export function listenForInterrupt(): { readonly signal: AbortSignal; readonly release: () => void } {
  const controller = new AbortController();
  const release = (): void => {
    for (const name of SIGNALS) process.off(name, interrupt);
  };
  const interrupt = (): void => {
    release();
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, interrupt);
  return { signal: controller.signal, release };
}
