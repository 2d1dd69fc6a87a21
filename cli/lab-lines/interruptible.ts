import type { Lab } from '../../scenarios/lab/lab.ts';

/** Does something while SIGINT goes to the lab: to the program in front. */
export async function interruptible<T>(
  lab: Lab,
  work: () => Promise<T>,
  noteInterrupt: () => void = () => {},
): Promise<T> {
  const onInterrupt = () => {
    noteInterrupt();
    void lab.interrupt();
  };
  process.on('SIGINT', onInterrupt);
  try {
    return await work();
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}
