// The dashboard of whoever answers for privacy: what is found, how surely, and what failed closed.
import type { DashboardPlan } from './build-dashboard.ts'
import { occurred, RATE } from './rates.ts'

export const QUALITY: DashboardPlan = {
  uid: 'syntonym-quality',
  title: 'Syntonym: quality and privacy',
  rows: [
    {
      title: 'What is found',
      panels: [
        {
          title: 'Hidden for each frame',
          about: 'A sudden fall with the same cameras: look at results before trusting them.',
          unit: 'none',
          queries: [
            [
              `sum by (kind, class) (rate(syntonym_detections_total${RATE})) / on (kind) group_left sum by (kind) (rate(syntonym_frames_total${RATE}))`,
              '{{kind}} {{class}}',
            ],
          ],
        },
        {
          title: 'Share of weak finds',
          about:
            'Finds less than .1 above the threshold; a rise means that the scene or the camera is hard for the model.',
          unit: 'percentunit',
          queries: [
            [
              `sum by (model) (rate(syntonym_detector_finds_total{strength="weak"}${RATE})) / sum by (model) (rate(syntonym_detector_finds_total${RATE}))`,
              '{{model}}',
            ],
          ],
        },
        {
          title: 'Blurred instead of drawn',
          about:
            'Share of sightings where something synthetic was asked for and not surely possible; the reports say why.',
          unit: 'percentunit',
          queries: [
            [
              `sum by (class) (rate(syntonym_syn_sightings_total{how="blurred"}${RATE})) / sum by (class) (rate(syntonym_syn_sightings_total${RATE}))`,
              '{{class}}',
            ],
          ],
        },
        {
          title: 'Models',
          about: 'Every process must show the same hashes.',
          unit: 'none',
          kind: 'stat',
          queries: [['count by (model, sha256) (syntonym_model_info)', '{{model}} {{sha256}}']],
        },
      ],
    },
    {
      title: 'What did not work',
      panels: [
        {
          title: 'Failed closed',
          about: 'Tasks that ended without a result because a look, a rendering or a check did not succeed.',
          unit: 'none',
          queries: [
            [
              occurred(
                'syntonym_task_failures_total{code=~"DETECTION_FAILED|RENDER_FAILED|OUTPUT_UNVERIFIED"}',
                'kind',
                'code',
              ),
              '{{kind}} {{code}}',
            ],
          ],
        },
        {
          title: 'Share of failed tasks',
          about: 'Of all that ended.',
          unit: 'percentunit',
          queries: [
            [
              `sum by (kind) (rate(syntonym_tasks_total{outcome="failed"}${RATE})) / sum by (kind) (rate(syntonym_tasks_total${RATE}))`,
              '{{kind}}',
            ],
          ],
        },
        {
          title: 'Credits',
          about:
            'A second: held by approvals; captured by results or released. 0 where accounts have no credits.',
          unit: 'cps',
          queries: [
            [`sum(rate(syntonym_credits_held_total${RATE}))`, 'held'],
            [`sum by (outcome) (rate(syntonym_credits_settled_total${RATE}))`, '{{outcome}}'],
          ],
        },
      ],
    },
  ],
}
