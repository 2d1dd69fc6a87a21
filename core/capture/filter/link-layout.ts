/**
 * Where the headers are, known while compiling: the `vlan` keyword moves both by four bytes for all that follows
 * it in the expression, exactly as libpcap does (pcap-filter(7), "vlan").
 */
export class LinkLayout {
  /** Offset of the EtherType. */
  typeOffset = 12;
  /** Offset of the network header. */
  payloadOffset = 14;

  shiftForVlanTag(): void {
    this.typeOffset += 4;
    this.payloadOffset += 4;
  }
}
