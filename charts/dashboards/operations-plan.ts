// The dashboard of whoever keeps it running: what answers, what waits, what failed.
import type { DashboardPlan } from './build-dashboard.ts'
import { byRoom, occurred, quantile, RATE } from './rates.ts'

const UNDER_WAY = 'waiting_for_approval|queued|processing'

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
          about: 'Approved, and no worker has begun.',
          unit: 'none',
          kind: 'stat',
          queries: [['max by (model) (syntonym_tasks{state="queued"})', '{{model}}']],
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
          title: 'Jobs under way',
          about: 'By state and model; waiting for approval means that a client has not said yes.',
          unit: 'none',
          queries: [[`max by (state, model) (syntonym_jobs{state=~"${UNDER_WAY}"})`, '{{state}} {{model}}']],
        },
        {
          title: 'Tasks under way',
          about: 'Of those jobs, by state and model: an archive has one for each file.',
          unit: 'none',
          queries: [['max by (state, model) (syntonym_tasks)', '{{state}} {{model}}']],
        },
        {
          title: 'Jobs that are over',
          about: 'All that are kept: a deletion takes one away.',
          unit: 'none',
          kind: 'stat',
          queries: [
            [
              'sum by (state) (max by (state, model) (syntonym_jobs{state=~"completed|failed|cancelled"}))',
              '{{state}}',
            ],
          ],
        },
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
          title: 'Refused inputs',
          about:
            'Files and archives that were refused when they were opened, by code; nothing of them is processed.',
          unit: 'none',
          queries: [
            [
              `sum by (code) (increase(syntonym_refused_inputs_total${RATE})) > 0 or sum(increase(syntonym_refused_inputs_total${RATE})) == 0`,
              '{{code}}',
            ],
          ],
        },
        {
          title: 'Failed tasks by code',
          about:
            'Of tasks that a worker had begun or was to begin. Codes are explained in schemas/failure-codes.ts.',
          unit: 'none',
          queries: [[occurred('syntonym_task_failures_total', 'kind', 'code'), '{{kind}} {{code}}']],
        },
        {
          title: 'Consumer lag',
          about: 'Of every group; facts should be near zero.',
          unit: 'none',
          queries: [['max by (group, topic) (syntonym_consumer_lag_records)', '{{group}} {{topic}}']],
        },
        {
          title: 'Wait until a task starts',
          about: 'The promise is 15 minutes for 95 of 100; and how long the oldest job waits now.',
          unit: 's',
          queries: [
            ['max by (model) (syntonym_queue_oldest_seconds)', 'oldest {{model}}'],
            [quantile(0.5, 'syntonym_task_queue_seconds', 'kind'), '{{kind}} median'],
            [quantile(0.95, 'syntonym_task_queue_seconds', 'kind'), '{{kind}} 95 %'],
          ],
        },
        {
          title: 'Workers',
          about: 'Deaths by cause, replacements by reason, starts that cannot work.',
          unit: 'none',
          queries: [
            [occurred('syntonym_worker_deaths_total', 'kind', 'cause'), 'died {{kind}} {{cause}}'],
            [occurred('syntonym_workers_replaced_total', 'kind', 'reason'), 'replaced {{kind}} {{reason}}'],
            [occurred('syntonym_worker_unfit_total', 'kind', 'code'), 'unfit {{kind}} {{code}}'],
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
          about: 'Brought to an end, by group.',
          unit: 'cps',
          queries: [[`sum by (group) (rate(syntonym_records_total{outcome="done"}${RATE}))`, '{{group}}']],
        },
        {
          title: 'Records that were not done at once',
          about: 'dead: went to the dead letters; retried: a store was away; stopped: handed back at a stop.',
          unit: 'none',
          queries: [
            [
              occurred('syntonym_records_total{outcome!="done"}', 'group', 'outcome'),
              '{{group}} {{outcome}}',
            ],
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
            [
              `max by (room, instance) (${byRoom('syntonym_nodejs_eventloop_lag_p99_seconds')})`,
              '{{room}} {{instance}}',
            ],
          ],
        },
      ],
    },
  ],
}
