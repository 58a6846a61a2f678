import { describe, expect, test } from 'vitest'
import { excerpt, marked } from './matches'

/** The text with its hits in brackets. */
function shown(text: string, typed: string): string {
  return marked(text, typed)
    .map((part) => (part.hit ? `[${part.text}]` : part.text))
    .join('')
}

describe('the words of a search are marked as the server finds them', () => {
  test.each([
    ['Kauf Äpfel und Öl', 'kauf öl', '[Kauf] Äpfel und [Öl]'],
    ['Müller anrufen', 'mull', '[Müll]er anrufen'],
    ['Mu\u0308ller', 'muller', '[Mu\u0308ller]'],
    ['Write an E-mail', 'email', 'Write an [E-mail]'],
    ['Write an email', 'e-mail', 'Write an [email]'],
    ['Write an E-mail', 'mail', 'Write an E-[mail]'],
    ['Straße', 'strass', '[Straß]e'],
    ['İzmir', 'izmir', '[İzmir]'],
    ['ﬁnd it', 'fi', '[ﬁ]nd it'],
    ['unpaid pay', 'pay', 'unpaid [pay]'],
    ['牛乳と卵を買う', '卵を', '牛乳と[卵を]買う'],
    ['לקנות חָלָב', 'חלב', 'לקנות [חָלָב]'],
    ['Party 🎉!', '🎉', 'Party [🎉]!'],
    ['Pay 100%', '%', 'Pay 100[%]'],
    ['Pay 100%', '100%', 'Pay [100%]'],
    ['Pay 100%', 'pay, 100!', '[Pay] [100]%'],
    ['don’t', 'dont', '[don’t]'],
    ['a (b) [c] \\ $', '.*', 'a (b) [c] \\ $'],
    ['plain', '', 'plain'],
  ])('%s · %s', (text, typed, expected) => {
    expect(shown(text, typed)).toBe(expected)
  })

  test('no letter of the text is lost or doubled', () => {
    for (const text of ['ﷺ ﬃ ẞİ a-b-c --x 👩‍💻', 'e\u0301\u0301e'.repeat(50), '\u200f\u00ad'])
      for (const typed of ['a', 'ss', 'صلى', '-', '👩', 'e', 'f'])
        expect(
          marked(text, typed)
            .map((part) => part.text)
            .join(''),
        ).toBe(text)
  })

  test('a long text is marked in a moment', () => {
    const start = performance.now()
    marked('a-'.repeat(10_000), 'a '.repeat(100))
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

test('an excerpt begins shortly before the first hit', () => {
  const text = `${'word '.repeat(30)}\n\nthe ficus too`
  expect(excerpt(text, 'FICUS')?.map((part) => part.text)).toEqual([
    '…d word word word word word word the ',
    'ficus',
    ' too',
  ])
  expect(excerpt(text, 'rose')).toBeNull()
})
