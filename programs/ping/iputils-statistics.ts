/** What iputils' ping counts, and the lines it prints at the end (finish in ping_common.c). */
export class PingStatistics {
  transmitted = 0;
  received = 0;
  repeats = 0;
  errors = 0;
  /** Most packets in flight when an answer came. */
  pipeSize = 0;
  minUs = Infinity;
  maxUs = 0;
  private acknowledged = 0;
  private sumUs = 0;
  private sumOfSquares = 0;
  /** Moving average of the round trip, times eight. */
  private smoothedUs = 0;
  private readonly seen = new Set<number>();

  addRoundTrip(us: number): void {
    this.sumUs += us;
    this.sumOfSquares += us * us;
    this.minUs = Math.min(this.minUs, us);
    this.maxUs = Math.max(this.maxUs, us);
    this.smoothedUs = this.smoothedUs === 0 ? us * 8 : this.smoothedUs + us - Math.floor(this.smoothedUs / 8);
  }

  /** Counts a reply; true when this sequence number was answered before. */
  addReply(sequence: number): boolean {
    this.acknowledge(sequence);
    const repeated = this.seen.has(sequence);
    this.seen.add(sequence);
    if (repeated) this.repeats++;
    else this.received++;
    return repeated;
  }

  advanceTransmitted(): void {
    this.transmitted++;
    this.seen.delete(this.transmitted & 0xffff);
    if (((this.transmitted - this.acknowledged) & 0xffff) > 0x7fff) {
      this.acknowledged = (this.transmitted + 1) & 0xffff;
    }
  }

  acknowledge(sequence: number): void {
    const behind = (this.transmitted - sequence) & 0xffff;
    if (behind > 0x7fff) return;
    this.pipeSize = Math.max(this.pipeSize, behind + 1);
    const ahead = (sequence - this.acknowledged) & 0xffff;
    const unanswered = (this.transmitted - this.acknowledged) & 0xffff;
    if ((ahead !== 0 && ahead < 0x8000) || unanswered > 0x7fff) this.acknowledged = sequence;
  }

  get inFlight(): number {
    const behind = (this.transmitted - this.acknowledged) & 0xffff;
    return behind <= 0x7fff ? behind : this.transmitted - this.received - this.errors;
  }

  /** The closing lines. `elapsedMs` runs from the first to the last request; `ipg`: intervals are worth a line. */
  summary(name: string, elapsedMs: number, timing: boolean, ipg: boolean): string {
    let text = `\n--- ${name} ping statistics ---\n${this.transmitted} packets transmitted, ${this.received} received`;
    if (this.repeats > 0) text += `, +${this.repeats} duplicates`;
    if (this.errors > 0) text += `, +${this.errors} errors`;
    if (this.transmitted > 0) {
      const loss = ((this.transmitted - this.received) * 100) / this.transmitted;
      text += `, ${Number(Math.fround(loss).toPrecision(6))}% packet loss, time ${elapsedMs}ms`;
    }
    text += '\n';
    let separator = '';
    if (this.received > 0 && timing) {
      text += `rtt min/avg/max/mdev = ${this.roundTrips()} ms`;
      separator = ', ';
    }
    if (this.pipeSize > 1) {
      text += `${separator}pipe ${this.pipeSize}`;
      separator = ', ';
    }
    if (timing && this.received > 0 && ipg && this.transmitted > 1) {
      const gapUs = Math.floor((1000 * elapsedMs) / (this.transmitted - 1));
      text += `${separator}ipg/ewma ${milliseconds(gapUs)}/${milliseconds(Math.floor(this.smoothedUs / 8))} ms`;
    }
    return text + '\n';
  }

  private roundTrips(): string {
    const total = this.received + this.repeats;
    const average = this.sumUs / total;
    const deviation = Math.sqrt(Math.max(0, this.sumOfSquares / total - average * average));
    return [this.minUs, Math.floor(average), this.maxUs, Math.floor(deviation)].map(milliseconds).join('/');
  }
}

function milliseconds(us: number): string {
  return `${Math.floor(us / 1000)}.${String(us % 1000).padStart(3, '0')}`;
}

/** A round trip to three significant digits, as each line has it. */
export function roundTripText(us: number): string {
  if (us >= 100_000 - 50) return String(Math.floor((us + 500) / 1000));
  const rounded = us >= 10_000 - 5 ? us + 50 : us >= 1000 ? us + 5 : us;
  const digits = us >= 10_000 - 5 ? 1 : us >= 1000 ? 2 : 3;
  const fraction = String(rounded % 1000).padStart(3, '0');
  return `${Math.floor(rounded / 1000)}.${fraction.slice(0, digits)}`;
}
