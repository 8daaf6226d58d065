// The ways in which panels look at counters and histograms.

/** Grafana puts the range in; a test puts its own. */
export const RATE = '[$__rate_interval]'

/** A quantile of a histogram, by the given labels. */
export const quantile = (q: number, metric: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket${RATE})))`

/** What occurred of a counter, by its labels; where nothing did one line at 0, not one for each thing that might. */
export const occurred = (counter: string, of: string, by: string): string =>
  `sum by (${of}, ${by}) (increase(${counter}${RATE})) > 0 or sum by (${of}) (increase(${counter}${RATE})) == 0`

/** A metric of processes by what runs in them: the scrape's own labels do not say it in every site. */
export const byRoom = (expression: string): string =>
  `${expression} * on (job, instance) group_left (room) syntonym_build_info`
