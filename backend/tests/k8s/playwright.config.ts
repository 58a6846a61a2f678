import base from '../../../frontend/playwright.config'

// The browser opens the host name of the Ingress, at the local port that the test forwards to the edge.
const { INGRESS_HOST: host, EDGE_PORT: port } = process.env

export default {
  ...base,
  testDir: '../../../frontend/tests/e2e',
  use: {
    ...base.use,
    baseURL: `http://${host}`,
    launchOptions: {
      ...base.use?.launchOptions,
      args: [
        ...(base.use?.launchOptions?.args ?? []),
        `--host-resolver-rules=MAP ${host}:80 127.0.0.1:${port}`,
      ],
    },
  },
}
