import { expect, test } from 'vitest'
import { capacityPage } from './capacity-page.ts'

test('docs/capacity.md is what the model says (vitest -u writes it anew)', async () => {
  await expect(capacityPage()).toMatchFileSnapshot('../../docs/capacity.md')
})
