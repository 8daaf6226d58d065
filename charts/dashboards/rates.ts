// The two ways in which panels look at counters and histograms.

/** Grafana puts the range in; a test puts its own. */
export const RATE = '[$__rate_interval]'

/** A quantile of a histogram, by the given labels. */
export const quantile = (q: number, metric: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket${RATE})))`
