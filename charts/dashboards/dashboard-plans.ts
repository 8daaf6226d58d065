// The three dashboards: operations, capacity, quality and privacy.
import type { DashboardPlan } from './build-dashboard.ts'

const RATE = '[$__rate_interval]'
const quantile = (q: number, metric: string, by: string): string =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket${RATE})))`

export const OPERATIONS: DashboardPlan = {
  uid: 'syntonym-operations',
  title: 'Syntonym: operations',
  rows: [
    {
      title: 'At a glance',
      panels: [
        {
          title: 'What answers',
          about: '1: everything that processes need answers; 0: see docs/runbooks/store-down.md.',
          unit: 'none',
          kind: 'stat',
          queries: [['min by (dependency) (syntonym_dependency_up)', '{{dependency}}']],
        },
        {
          title: 'Tasks waiting',
          about: 'Records of the task topics that no worker has finished.',
          unit: 'none',
          kind: 'stat',
          queries: [
            ['max by (topic) (syntonym_consumer_lag_records{group=~"syntonym.anonymizer.*"})', '{{topic}}'],
          ],
        },
        {
          title: 'Versions',
          about: 'More than one while a roll-out is under way.',
          unit: 'none',
          kind: 'stat',
          queries: [['count by (version, room) (syntonym_build_info)', '{{room}} {{version}}']],
        },
      ],
    },
    {
      title: 'Jobs and tasks',
      panels: [
        {
          title: 'Facts',
          about: 'Jobs submitted, approved, extracted; tasks planned and ended.',
          unit: 'cps',
          queries: [[`sum by (type) (rate(syntonym_facts_total${RATE}))`, '{{type}}']],
        },
        {
          title: 'Tasks ended',
          about: 'By kind and outcome.',
          unit: 'cps',
          queries: [[`sum by (kind, outcome) (rate(syntonym_tasks_total${RATE}))`, '{{kind}} {{outcome}}']],
        },
        {
          title: 'Failures by code',
          about: 'Codes are explained in schemas/failure-codes.ts.',
          unit: 'none',
          queries: [
            [`sum by (kind, code) (increase(syntonym_task_failures_total${RATE}))`, '{{kind}} {{code}}'],
          ],
        },
        {
          title: 'Consumer lag',
          about: 'Of every group; facts should be near zero.',
          unit: 'none',
          queries: [['max by (group, topic) (syntonym_consumer_lag_records)', '{{group}} {{topic}}']],
        },
        {
          title: 'Wait until a task starts',
          about: 'The promise is 15 minutes for 95 of 100.',
          unit: 's',
          queries: [
            [quantile(0.5, 'syntonym_task_queue_seconds', 'kind'), '{{kind}} median'],
            [quantile(0.95, 'syntonym_task_queue_seconds', 'kind'), '{{kind}} 95 %'],
          ],
        },
        {
          title: 'Workers',
          about: 'Deaths by cause, replacements by reason, starts that cannot work.',
          unit: 'none',
          queries: [
            [
              `sum by (kind, cause) (increase(syntonym_worker_deaths_total${RATE}))`,
              'died {{kind}} {{cause}}',
            ],
            [
              `sum by (kind, reason) (increase(syntonym_workers_replaced_total${RATE}))`,
              'replaced {{kind}} {{reason}}',
            ],
            [`sum by (kind, code) (increase(syntonym_worker_unfit_total${RATE}))`, 'unfit {{kind}} {{code}}'],
            [`sum by (kind) (increase(syntonym_task_restarts_total${RATE}))`, 'taken over {{kind}}'],
          ],
        },
      ],
    },
    {
      title: 'Bus and gateway',
      panels: [
        {
          title: 'Outbox',
          about: 'Age of the oldest decision that is not on the bus; seconds at most.',
          unit: 's',
          queries: [
            ['max(syntonym_outbox_oldest_seconds)', 'oldest'],
            [
              `histogram_quantile(0.95, sum by (le) (rate(syntonym_outbox_wait_seconds_bucket${RATE})))`,
              '95 %',
            ],
          ],
        },
        {
          title: 'Records handled',
          about: 'dead: went to the dead letters; retried: a store was away.',
          unit: 'cps',
          queries: [
            [`sum by (group, outcome) (rate(syntonym_records_total${RATE}))`, '{{group}} {{outcome}}'],
          ],
        },
        {
          title: 'Requests',
          about: 'By route and status.',
          unit: 'reqps',
          queries: [
            [
              `sum by (route, status) (rate(syntonym_http_request_seconds_count${RATE}))`,
              '{{route}} {{status}}',
            ],
          ],
        },
        {
          title: 'Answer time, 99 %',
          about: 'By route; uploads and downloads are long by nature.',
          unit: 's',
          queries: [[quantile(0.99, 'syntonym_http_request_seconds', 'route'), '{{route}}']],
        },
        {
          title: 'Decisions',
          about: 'What clients asked and were answered.',
          unit: 'cps',
          queries: [
            [`sum by (decision, answer) (rate(syntonym_decisions_total${RATE}))`, '{{decision}} {{answer}}'],
          ],
        },
        {
          title: 'Event loop delay, 99 %',
          about: 'Above 20 ms a process is starved.',
          unit: 's',
          queries: [
            ['max by (job, instance) (syntonym_nodejs_eventloop_lag_p99_seconds)', '{{job}} {{instance}}'],
          ],
        },
      ],
    },
  ],
}

export const CAPACITY: DashboardPlan = {
  uid: 'syntonym-capacity',
  title: 'Syntonym: capacity and GPU',
  rows: [
    {
      title: 'Throughput',
      panels: [
        {
          title: 'Frames per second',
          about: 'Encoded against copied: copied ones cost next to nothing.',
          unit: 'cps',
          queries: [[`sum by (kind, how) (rate(syntonym_frames_total${RATE}))`, '{{kind}} {{how}}']],
        },
        {
          title: 'Bytes',
          about: 'Of inputs that became results, and of results.',
          unit: 'Bps',
          queries: [
            [`sum by (kind) (rate(syntonym_input_bytes_total${RATE}))`, 'in {{kind}}'],
            [`sum by (kind) (rate(syntonym_output_bytes_total${RATE}))`, 'out {{kind}}'],
          ],
        },
        {
          title: 'Task time',
          about: 'From taking a task to its end.',
          unit: 's',
          queries: [
            [quantile(0.5, 'syntonym_task_seconds', 'kind'), '{{kind}} median'],
            [quantile(0.95, 'syntonym_task_seconds', 'kind'), '{{kind}} 95 %'],
          ],
        },
      ],
    },
    {
      title: 'Detectors and devices',
      panels: [
        {
          title: 'Detector time for a run',
          about: 'By model and execution provider; a GPU that throttles shows here first.',
          unit: 's',
          queries: [
            [
              `sum by (model, provider) (rate(syntonym_detector_seconds_total${RATE})) / sum by (model, provider) (rate(syntonym_detector_runs_total${RATE}))`,
              '{{model}} {{provider}}',
            ],
          ],
        },
        {
          title: 'Detectors at work',
          about: 'Seconds in a detector for each second of time: the number of them that run at once.',
          unit: 'none',
          queries: [
            [
              `sum by (model, provider) (rate(syntonym_detector_seconds_total${RATE}))`,
              '{{model}} {{provider}}',
            ],
          ],
        },
        {
          title: 'Processes by provider',
          about: 'What anonymizers run on.',
          unit: 'none',
          kind: 'stat',
          queries: [['count by (provider) (syntonym_execution_provider_info)', '{{provider}}']],
        },
      ],
    },
    {
      title: 'Room',
      panels: [
        {
          title: 'Records in flight',
          about: 'Against the slots of the pools: all in use means more pods would help.',
          unit: 'none',
          queries: [['sum by (group) (syntonym_records_in_flight)', '{{group}}']],
        },
        {
          title: 'Work folder left',
          about: 'Below a tenth: docs/runbooks/work-folder-full.md.',
          unit: 'percentunit',
          queries: [['syntonym_work_folder_free_bytes / syntonym_work_folder_size_bytes', '{{instance}}']],
        },
        {
          title: 'Processor and memory',
          about: 'Of the processes themselves; media workers are their children and not in it.',
          unit: 'short',
          queries: [
            [`sum by (job) (rate(syntonym_process_cpu_seconds_total${RATE}))`, 'cores {{job}}'],
            ['sum by (job) (syntonym_process_resident_memory_bytes) / 1073741824', 'GiB {{job}}'],
          ],
        },
      ],
    },
  ],
}

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
              `sum by (kind, code) (increase(syntonym_task_failures_total{code=~"DETECTION_FAILED|RENDER_FAILED|OUTPUT_UNVERIFIED"}${RATE}))`,
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
          about: 'Held by approvals; captured by results or released.',
          unit: 'none',
          queries: [
            [`sum(rate(syntonym_credits_held_total${RATE}))`, 'held'],
            [`sum by (outcome) (rate(syntonym_credits_settled_total${RATE}))`, '{{outcome}}'],
          ],
        },
      ],
    },
  ],
}

export const DASHBOARDS = { operations: OPERATIONS, capacity: CAPACITY, quality: QUALITY } as const
