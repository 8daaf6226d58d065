// The four servers that cluster mode stands on: how the rooms find those that were started, and a set of one's own.
import { allStartedBy } from '#test/services/ask-host.ts'
import type { ServiceAddresses, ServiceKind } from '#test/services/service-kinds.ts'

export interface ClusterServers {
  readonly brokers: readonly string[]
  readonly registryUrl: string
  readonly redisUrl: string
  readonly s3: ServiceAddresses['s3']
}

type Addressed<K extends ServiceKind> = { readonly addresses: ServiceAddresses[K] }
interface StartedServers {
  /** One broker or three. */
  readonly kafka: Addressed<'kafka'>
  readonly registry: Addressed<'registry'>
  readonly valkey: Addressed<'valkey'>
  readonly s3: Addressed<'s3'>
}

export const clusterServers = ({ kafka, registry, valkey, s3 }: StartedServers): ClusterServers => ({
  brokers: kafka.addresses.brokers,
  registryUrl: registry.addresses.url,
  redisUrl: valkey.addresses.url,
  s3: s3.addresses,
})

/** Fresh ones of the host behind the socket, which ends them with itself. */
export const ownClusterServers = async (socket: string): Promise<ClusterServers> =>
  clusterServers(await allStartedBy(socket, 'own', ['kafka', 'registry', 'valkey', 's3']))
