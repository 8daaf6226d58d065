// Stops a film of which parts were taken over as they are when something does not fit; it is then encoded whole.

export class CopyDoubt extends Error {
  override readonly name = 'CopyDoubt'
  constructor() {
    super('the parts of the film do not fit together')
  }
}
