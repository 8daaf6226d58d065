// The version of this program, for metrics and help.
export const VERSION = '0.1.0'
