/** What ipvlans do on layer 2 (enum ipvlan_mode in if_link.h). */
export const IPVLAN_MODE_L2 = 0;
/** Only packets: no ARP, no broadcasts; routed by the namespace of the lower device. */
export const IPVLAN_MODE_L3 = 1;
/** The same, and what comes in passes the lower device's namespace as well, with its connection tracking. */
export const IPVLAN_MODE_L3S = 2;

/** How ipvlans of a port stand to each other. */
export const IPVLAN_BRIDGE = 0;
/** IPVLAN_F_PRIVATE: they do not reach each other. */
export const IPVLAN_PRIVATE = 1;
/** IPVLAN_F_VEPA: everything goes out on the wire. */
export const IPVLAN_VEPA = 2;

export const IPVLAN_MODE_NAMES = ['l2', 'l3', 'l3s'] as const;
export const IPVLAN_FLAG_NAMES = ['bridge', 'private', 'vepa'] as const;
