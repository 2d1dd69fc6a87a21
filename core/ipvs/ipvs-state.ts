/** The virtual servers of a namespace; its hooks are registered when it is made. */
export interface IpvsState {
  /** Removes hooks and connections. */
  destroy(): void;
}
