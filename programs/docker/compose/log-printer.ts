import type { Process } from '../../../core/host/process.ts';
import type { LogEntry } from '../../../drivers/container/container-log.ts';
import type { Container } from '../../../drivers/container/container.ts';
import { rfc3339 } from '../../../drivers/docker-time.ts';
import { NUMBER_LABEL, PROJECT_LABEL, SERVICE_LABEL } from './labels.ts';

export interface LogOptions {
  readonly prefix: boolean;
  readonly timestamps: boolean;
}

/** A container's name in logs: without the project's, unless the file gives it one (getContainerNameWithoutProject). */
export function logName({ name, config: { labels } }: Container): string {
  const [project, service, number] = [PROJECT_LABEL, SERVICE_LABEL, NUMBER_LABEL].map((label) =>
    labels.get(label),
  );
  return name === `${project}-${service}-${number}` ? `${service}-${number}` : name;
}

/** Prints what containers print, line by line, each behind its container's name (cmd/formatter/logs.go). */
export class LogPrinter {
  private readonly proc: Process;
  private readonly options: LogOptions;
  private readonly width: number;
  /** What a stream of a container has printed since its last newline. */
  private readonly pending = new Map<string, { container: Container; entry: LogEntry }>();

  constructor(proc: Process, containers: readonly Container[], options: LogOptions) {
    this.proc = proc;
    this.options = options;
    this.width = Math.max(0, ...containers.map((container) => logName(container).length)) + 1;
  }

  print(container: Container, entry: LogEntry): void {
    const key = `${container.id} ${entry.stream}`;
    const before = this.pending.get(key)?.entry.text ?? '';
    const lines = (before + entry.text).split('\n');
    const rest = lines.pop()!;
    for (const line of lines) this.printLine(container, entry, line);
    if (rest === '') this.pending.delete(key);
    else this.pending.set(key, { container, entry: { ...entry, text: rest } });
  }

  /** Prints the last lines, which have no newline. */
  flush(): void {
    for (const { container, entry } of this.pending.values()) this.printLine(container, entry, entry.text);
    this.pending.clear();
  }

  private printLine(container: Container, { stream, timeNs }: LogEntry, line: string): void {
    const prefix = this.options.prefix ? `${logName(container).padEnd(this.width)} | ` : '';
    const time = this.options.timestamps ? `${rfc3339(timeNs)} ` : '';
    const text = `${prefix}${time}${line}\n`;
    if (stream === 'stdout') this.proc.print(text);
    else this.proc.printError(text);
  }
}
