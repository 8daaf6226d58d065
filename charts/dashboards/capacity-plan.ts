// The dashboard of whoever buys nodes: throughput, detectors by device, room that is left.
import type { DashboardPlan } from './build-dashboard.ts'
import { byRoom, quantile, RATE } from './rates.ts'

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
          title: 'Groups of pictures',
          about:
            'Of films that may be copied in part: those without anything to hide are copied whole. Beside them the parts of shared films.',
          unit: 'cps',
          queries: [
            [`sum by (how) (rate(syntonym_film_groups_total${RATE}))`, '{{how}}'],
            [`sum(rate(syntonym_film_parts_total${RATE}))`, 'parts of shared films'],
          ],
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
          title: 'Tasks that run',
          about: 'Workers with a task in hand; what waits is the lag of the task topics less these.',
          unit: 'none',
          queries: [['sum by (kind) (syntonym_tasks_running)', '{{kind}}']],
        },
        {
          title: 'Work folder left',
          about: 'Below a tenth: docs/runbooks/work-folder-full.md.',
          unit: 'percentunit',
          queries: [['syntonym_work_folder_free_bytes / syntonym_work_folder_size_bytes', '{{instance}}']],
        },
        {
          title: 'Processor',
          about: 'Cores that the processes themselves use; media workers are their children and not in it.',
          unit: 'none',
          queries: [
            [`sum by (room) (${byRoom(`rate(syntonym_process_cpu_seconds_total${RATE})`)})`, '{{room}}'],
          ],
        },
        {
          title: 'Memory',
          about: 'Of the processes themselves; media workers are their children and not in it.',
          unit: 'bytes',
          queries: [[`sum by (room) (${byRoom('syntonym_process_resident_memory_bytes')})`, '{{room}}']],
        },
      ],
    },
  ],
}
