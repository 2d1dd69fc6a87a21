import type { NetNamespace } from '../namespace/net-namespace.ts';
import { XfrmState } from './xfrm-state.ts';

/** The namespace's IPsec, made and hooked in when it is first asked for. */
export function xfrmOf(netns: NetNamespace): XfrmState {
  netns.xfrm ??= new XfrmState(netns);
  return netns.xfrm;
}
