import { SIGINT, SIGTERM } from '../../../core/host/process.ts';
import type { Container } from '../../../drivers/container/container.ts';
import type { Run } from '../../line-input.ts';
import { serviceOf } from './labels.ts';
import { LogPrinter, logName } from './log-printer.ts';
import { stopServices, type ComposeWork } from './project-containers.ts';

export interface AttachOptions {
  readonly prefix: boolean;
  readonly timestamps: boolean;
  /** The end of one container ends all. */
  readonly abortOnExit: boolean;
  /** The service whose exit code is the command's; '' for the first that ends. */
  readonly exitCodeFrom: string;
  readonly timeoutS: number | null;
}

/** Prints what the containers print from now on, until all have ended or the user ends it: the exit code. */
export function attachServices(
  work: ComposeWork,
  containers: readonly Container[],
  options: AttachOptions,
): () => Run<number> {
  const { proc } = work;
  const printer = new LogPrinter(proc, containers, options);
  proc.print(`Attaching to ${containers.map(logName).join(', ')}\n`);
  for (const container of containers) {
    proc.own({ releasedBy: container.log.listen((entry) => printer.print(container, entry)) });
  }
  return () => followToEnd(work, containers, printer, options);
}

function* followToEnd(
  work: ComposeWork,
  containers: readonly Container[],
  printer: LogPrinter,
  options: AttachOptions,
): Run<number> {
  const { proc } = work;
  const signals = [SIGINT, SIGTERM].map((signal) => proc.catchSignal(signal));
  const live = new Set(containers);
  for (;;) {
    for (const container of live) {
      if (container.isRunning || container.state.status === 'restarting') continue;
      live.delete(container);
      printer.flush();
      proc.print(`${logName(container)} exited with code ${container.state.exitCode}\n`);
      if (!options.abortOnExit) continue;
      proc.print('Aborting on container exit...\n');
      yield* stopServices(work, containers, options.timeoutS);
      const { exitCodeFrom } = options;
      const counted =
        exitCodeFrom === '' ? container : containers.find((each) => serviceOf(each) === exitCodeFrom);
      return counted?.state.exitCode ?? 0;
    }
    if (live.size === 0) return 0;
    if (signals.some(({ raised }) => raised)) {
      proc.print('Gracefully stopping... (press Ctrl+C again to force)\n');
      yield* stopServices(work, [...live], options.timeoutS);
      return 130;
    }
    yield* proc.waitAny([...[...live].map(({ ended }) => ended), ...signals.map(({ queue }) => queue)]);
  }
}
