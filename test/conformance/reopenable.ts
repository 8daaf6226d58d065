// What a conformance suite needs of an adapter: the adapter, and the same stored things through a fresh one.

export interface Reopenable<A> extends AsyncDisposable {
  readonly adapter: A
  /** As after a restart of the process; the earlier adapter is not used any more. */
  reopen(): Promise<A>
}
export type Factory<A> = () => Promise<Reopenable<A>>
