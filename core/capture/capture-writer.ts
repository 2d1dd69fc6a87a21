/** Direction of a captured packet as seen from the interface, the values a device hands to its taps. */
export const CAPTURE_IN = 0;
export const CAPTURE_OUT = 1;

/** What a tap writes packets to: one file, in one of the two formats. */
export interface CaptureWriter {
  /**
   * Appends one packet.
   *
   * @param timeNs simulated time in nanoseconds
   * @param capturedLength bytes of `buf` from `offset` that are stored
   * @param originalLength bytes the packet has on the wire
   * @param interfaceIndex the interface's number in the file (pcapng; pcap has one interface and ignores it)
   * @param direction CAPTURE_IN or CAPTURE_OUT (pcapng only)
   * @param packetId the packet's number, the same at every tap (pcapng only)
   */
  writePacket(
    timeNs: number,
    buf: Uint8Array,
    offset: number,
    capturedLength: number,
    originalLength: number,
    interfaceIndex: number,
    direction: number,
    packetId: number,
  ): void;
  /** Hands everything buffered to the sink, so that the file is readable as it stands. */
  flush(): void;
  close(): void;
}
