import coreWebVitals from 'eslint-config-next/core-web-vitals'
import typescript from 'eslint-config-next/typescript'

const src = (folders) => folders.map((folder) => `./src/${folder}`)
const TASK_VIEWS = src(
  ['list', 'panel', 'quick-add', 'controls', 'waiting'].map((f) => `features/tasks/${f}`),
)
const TASK_STATE = './src/features/tasks/state'
const TASK_MODEL = './src/features/tasks/model'
const OTHER_FEATURES = src(
  [
    'accounts',
    'assistant',
    'connect',
    'live',
    'notifications',
    'projects',
    'recurrence',
    'reminders',
    'search',
    'settings',
  ].map((feature) => `features/${feature}`),
)
const ABOVE_FEATURES = src(['shell', 'app'])

/** The layers of decision 0015. Modules in `target` must not import modules in `from`. */
const LAYERS = [
  {
    target: src(['lib', 'api']),
    from: [...src(['components', 'session', 'features']), ...ABOVE_FEATURES],
    message: 'lib and api are the lowest layer.',
  },
  {
    target: './src/components',
    from: [...src(['api', 'session', 'features']), ...ABOVE_FEATURES],
    message: 'Components know neither the API nor the session.',
  },
  {
    target: './src/session',
    from: [...src(['features']), ...ABOVE_FEATURES],
    message: 'The session is below the features.',
  },
  {
    target: './src/features',
    from: ABOVE_FEATURES,
    message: 'Features do not know the shell and the routes.',
  },
  { target: './src/shell', from: './src/app', message: 'The shell does not know the routes.' },
  {
    target: TASK_MODEL,
    from: [...src(['components', 'session']), TASK_STATE, ...TASK_VIEWS, ...OTHER_FEATURES],
    message: 'The model of tasks is pure: it imports lib and the types of the API.',
  },
  {
    target: TASK_STATE,
    from: [...TASK_VIEWS, ...OTHER_FEATURES],
    message: 'The state of tasks is below the task views and the other features.',
  },
  {
    target: src(['features/recurrence', 'features/reminders']),
    from: './src/features/tasks',
    message: 'The task panel imports recurrence and reminders, not the other way round.',
  },
  {
    target: './src/features/notifications',
    from: TASK_VIEWS,
    message: 'Task pages show the bell, so notifications know only the state of tasks.',
  },
  {
    target: TASK_VIEWS,
    from: src(
      ['accounts', 'assistant', 'connect', 'live', 'projects', 'search', 'settings'].map(
        (f) => `features/${f}`,
      ),
    ),
    message: 'Task views are below these features.',
  },
]

const config = [
  {
    ignores: [
      '.next/**',
      'node_modules/**',
      'next-env.d.ts',
      'src/api/schema.ts',
      'test-results/**',
      'playwright-report/**',
    ],
  },
  ...coreWebVitals,
  ...typescript,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      'react/no-danger': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**'],
    rules: {
      'max-lines': ['error', 250],
      'import/no-restricted-paths': ['error', { zones: LAYERS }],
    },
  },
  {
    files: ['src/features/tasks/model/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: ['react', '@/api/browser', '@/api/server'] }],
    },
  },
]

export default config
