/** What the tests use of dns-packet, which ships no types. */
declare module 'dns-packet' {
  export interface Answer {
    name: string;
    type: string;
    ttl?: number;
    data?: unknown;
  }
  export interface Packet {
    id?: number;
    type?: 'query' | 'response';
    flags?: number;
    questions?: { name: string; type: string }[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }
  const dnsPacket: {
    readonly RECURSION_DESIRED: number;
    readonly AUTHORITATIVE_ANSWER: number;
    encode(packet: Packet): Uint8Array;
    decode(bytes: Uint8Array): Packet;
  };
  export default dnsPacket;
}
