/** What a change of the tables answers when it is refused: the text that ipvsadm prints (ipvs_strerror). */
export class IpvsError extends Error {
  override readonly name = 'IpvsError';
}
