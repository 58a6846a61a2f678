import base from './playwright.config'

// The pictures of docs/screenshots, from a product that is up: TODO_URL=http://localhost:3000 npm run screenshots
const pictures: typeof base = { ...base, testDir: './tests/screenshots', workers: 1 }

export default pictures
