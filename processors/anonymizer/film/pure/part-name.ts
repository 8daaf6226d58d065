// Names the plan of a film in parts and the file of a finished part, and knows a part's name again.

export const PLAN_NAME = 'plan'

export const partName = (index: number): string => `part-${String(index).padStart(5, '0')}`

export const isPartName = (name: string): boolean => /^part-\d{5}$/.test(name)
