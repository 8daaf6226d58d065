// What the views hold after some writes, by the plainest reading of the port's words; tests compare with it.
import type { ViewWrite } from '#schemas/views.ts'

export interface ViewModel {
  readonly docs: Map<string, Map<string, string>>
  readonly sets: Map<string, Map<string, number>>
}

export function modelOf(writes: Iterable<ViewWrite>): ViewModel {
  const docs = new Map<string, Map<string, string>>()
  const sets = new Map<string, Map<string, number>>()
  const orders = new Map<string, number>()
  const fieldsOf = (doc: string) => {
    const known = docs.get(doc) ?? new Map<string, string>()
    docs.set(doc, known)
    return known
  }
  for (const write of writes) {
    if (write.do === 'add') {
      const members = sets.get(write.set) ?? new Map<string, number>()
      sets.set(
        write.set,
        members.set(write.member, Math.max(write.score, members.get(write.member) ?? write.score)),
      )
      continue
    }
    const fields = fieldsOf(write.doc)
    if (write.do === 'set') for (const [name, value] of Object.entries(write.fields)) fields.set(name, value)
    else {
      const [value, order] =
        write.do === 'max' ? [String(write.value), write.value] : [write.value, write.order]
      const place = `${write.doc}\0${write.field}`
      const before = orders.get(place) ?? Number.NEGATIVE_INFINITY
      if (order < before || (order === before && value <= (fields.get(write.field) ?? ''))) continue
      orders.set(place, order)
      fields.set(write.field, value)
    }
  }
  return { docs, sets }
}

/** The same content in one notation, whatever the order of insertion. */
export const plain = ({ docs, sets }: ViewModel) => ({
  docs: Object.fromEntries([...docs].map(([name, fields]) => [name, Object.fromEntries(fields)])),
  sets: Object.fromEntries([...sets].map(([name, members]) => [name, Object.fromEntries(members)])),
})
