import type { NetNamespace } from '../namespace/net-namespace.ts';
import { IpvsState } from './ipvs-state.ts';

/** The virtual servers of a namespace, made when they are first asked for (the ip_vs module is loaded). */
export function ipvsOf(netns: NetNamespace): IpvsState {
  netns.ipvs ??= new IpvsState(netns);
  return netns.ipvs;
}
