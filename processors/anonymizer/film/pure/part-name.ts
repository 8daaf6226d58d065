// Names the file of a finished part, and knows such a name again.

export const partName = (index: number): string => `part-${String(index).padStart(5, '0')}`

export const isPartName = (name: string): boolean => /^part-\d{5}$/.test(name)
