import { expect, test } from 'vitest'
import { exitCodeFor } from '#cli/exit-code.ts'
import { readSettings } from '#cli/pure/settings.ts'

test('settings from the command line are read as the API reads them', () => {
  expect(readSettings('blur', ['blur_threshold=0.3', 'slicing=true'])).toMatchObject({
    verdict: 'ok',
    choice: { model: 'blur', config: { blur_threshold: 0.3, slicing: true, mask_blur: true } },
  })
})

test('an unknown key, a value out of range and an unknown model are refused by name', () => {
  expect(readSettings('blur', ['blr=1'])).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('blr'),
  })
  expect(readSettings('blur', ['blur_threshold=7'])).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('blur_threshold'),
  })
  expect(readSettings('swap', [])).toMatchObject({
    verdict: 'refused',
    reason: expect.stringContaining('swap'),
  })
  expect(readSettings('blur', ['slicing'])).toMatchObject({ verdict: 'refused' })
})

test('one bad file among good ones is exit code 3, only bad ones 1, none 0', () => {
  expect(exitCodeFor({ good: 2, bad: 1 })).toBe(3)
  expect(exitCodeFor({ good: 0, bad: 1 })).toBe(1)
  expect(exitCodeFor({ good: 1, bad: 0 })).toBe(0)
})
