import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FoundInput, planOutputs } from '#cli/pure/output-plan.ts'

const file = (path: string): FoundInput => ({ is: 'file', path })

test('one file goes to the file that was named', () => {
  expect(planOutputs([file('/in/a.jpg')], '/out/b.jpg')).toMatchObject({
    verdict: 'planned',
    files: [{ input: '/in/a.jpg', output: '/out/b.jpg', kind: 'picture' }],
  })
})

test('a result is never written over its input', () => {
  expect(planOutputs([file('/in/a.jpg')], '/in/a.jpg').verdict).toBe('refused')
  expect(planOutputs([file('/in/a.jpg'), file('/in/b.mp4')], '/in').verdict).toBe('refused')
  expect(planOutputs([{ is: 'folder', path: '/in', files: ['a.jpg'] }], '/in').verdict).toBe('refused')
})

test('two inputs never share an output', () => {
  expect(planOutputs([file('/x/a.jpg'), file('/y/a.jpg')], '/out').verdict).toBe('refused')
  const segment = fc.constantFrom('a', 'b', 'c')
  const names = fc.array(
    fc.tuple(segment, segment, fc.constantFrom('.jpg', '.mp4', '.rar', '.zip', '.txt')),
    { minLength: 2 },
  )
  fc.assert(
    fc.property(names, (list) => {
      const plan = planOutputs(
        list.map(([folder, name, extension]) => file(`/${folder}/${name}${extension}`)),
        '/out',
      )
      if (plan.verdict === 'refused') return
      const outputs = plan.files.map((planned) => planned.output)
      expect(new Set(outputs).size).toBe(outputs.length)
    }),
  )
})

test('the results of a rar come back as zip, and a name that says otherwise is refused', () => {
  expect(planOutputs([file('/in/a.rar')], '/out/a.rar').verdict).toBe('refused')
  expect(planOutputs([file('/in/a.rar'), file('/in/b.jpg')], '/out')).toMatchObject({
    files: [{ output: '/out/a.zip' }, { output: '/out/b.jpg' }],
  })
})

test('a stray file in a folder is skipped, a stray file that was named is an error', () => {
  const folder: FoundInput = { is: 'folder', path: '/in', files: ['a.jpg', 'sub/notes.txt'] }
  expect(planOutputs([folder], '/out')).toMatchObject({ skipped: ['/in/sub/notes.txt'], refused: [] })
  expect(planOutputs([file('/in/a.jpg'), file('/in/b.txt')], '/out')).toMatchObject({
    skipped: [],
    refused: ['/in/b.txt'],
  })
})

test('a folder keeps its layout', () => {
  expect(planOutputs([{ is: 'folder', path: '/in', files: ['x/a.jpg'] }], '/out')).toMatchObject({
    files: [{ input: '/in/x/a.jpg', output: '/out/x/a.jpg' }],
  })
})
