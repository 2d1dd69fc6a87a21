/** Node's crypto module, loaded when the first packet is encrypted: most runs encrypt none, and it is slow to start. */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
