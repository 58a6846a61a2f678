import { expect, test } from 'vitest'
import { everyWords, orderWords } from './words'

test('an interval of one unit is named without the number', () => {
  expect([5, 60, 90, 1440].map(everyWords)).toEqual([
    'Every 5 minutes',
    'Every hour',
    'Every 1 hour 30 minutes',
    'Every day',
  ])
})

test('a later channel names the whole wait before it', () => {
  expect(orderWords(1, 10)).toBe('After 10 minutes if you do not react')
  expect(orderWords(2, 30)).toBe('After 1 hour if you do not react')
})

test('the first channel sends right away, and every channel does without a wait', () => {
  expect(orderWords(0, 10)).toBe('Right away')
  expect(orderWords(2, null)).toBe('Right away')
})
