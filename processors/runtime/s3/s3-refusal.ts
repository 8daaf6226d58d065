// The answer of an S3 that is no success, with the code that its XML names.

const CODE = /<Code>\s*([A-Za-z0-9]+)\s*<\/Code>/

export class S3Refusal extends Error {
  /** As the server says it, for example NoSuchKey; where it says none, one that its status stands for. */
  readonly code: string
  readonly status: number
  constructor(status: number, answer: string) {
    const code = CODE.exec(answer)?.[1] ?? (status === 404 ? 'NotFound' : `HTTP_${status}`)
    super(`the object store answered ${status} ${code}`)
    this.name = 'S3Refusal'
    this.code = code
    this.status = status
  }
}
