/** The DNS message codec. */
export * from './constants.ts';
export * from './message.ts';
export { canonicalDnsName, dnsLabels, isDnsName } from './name.ts';
export { parseDnsMessage } from './reader.ts';
export { isReverseName, parseReverseName, reverseName } from './reverse-name.ts';
export { writeDnsMessage } from './writer.ts';
