/** 127.0.0.0/8. */
export function isLoopbackAddress(address: number): boolean {
  return address >>> 24 === 127;
}

/** 224.0.0.0/4. */
export function isMulticastAddress(address: number): boolean {
  return address >>> 28 === 0xe;
}

/** 255.255.255.255. */
export function isLimitedBroadcast(address: number): boolean {
  return address === 0xffffffff;
}

/** 0.0.0.0/8. */
export function isZeronet(address: number): boolean {
  return address >>> 24 === 0;
}
