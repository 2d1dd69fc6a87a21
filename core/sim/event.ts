/**
 * What the event queue holds. Events run in (time, sequence) order; the sequence number is drawn when the
 * event is scheduled, so equal times run in the order scheduled.
 */
export interface SimEvent {
  timeNs: number;
  seq: number;
  fire(): void;
}
