/**
 * Where the words of a search stand in a text, to mark them. The server decides what is found; this follows its rules
 * (backend, domain/search.py): beginnings of words, without case and accents, hyphenated words also in one piece.
 */

export interface Part {
  text: string
  hit: boolean
}

const LETTERS: Record<string, string> = {
  ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ð: 'd', ħ: 'h', ŧ: 't', ı: 'i', þ: 'th', æ: 'ae', œ: 'oe', ς: 'σ',
} // prettier-ignore
const ACCENTS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u00ad\u200c-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
const JOINS = /[-\u2010\u2013'\u2019._]/
const WORD = /[\p{L}\p{N}\p{M}]/u
const DENSE =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\u{20000}-\u{3ffff}]/u

function fold(letter: string): string {
  const bare = letter.normalize('NFKD').replace(ACCENTS, '').toLowerCase()
  return [...bare.normalize('NFKD').replace(ACCENTS, '').normalize('NFC')]
    .map((one) => LETTERS[one] ?? one)
    .join('')
}

interface Folded {
  text: string
  /** For each letter of `text`: where it stands in the original. */
  from: number[]
  /** Where words begin in `text`. */
  starts: number[]
}

/** The text as it is compared: a mark between two letters of a word is left out. */
function folded(original: string): Folded {
  const result: Folded = { text: '', from: [], starts: [] }
  const letters = [...original]
  let at = 0
  let inWord = false
  letters.forEach((letter, index) => {
    const plain = fold(letter)
    const joins = inWord && JOINS.test(letter) && WORD.test(fold(letters[index + 1] ?? ''))
    const isWord = WORD.test(plain)
    if (plain && !joins) {
      if (!isWord || !inWord || DENSE.test(plain)) result.starts.push(result.text.length)
      for (let unit = 0; unit < plain.length; unit += 1) result.from.push(at)
      result.text += plain
    }
    if (plain) inWord = isWord && !joins
    at += letter.length
  })
  result.from.push(original.length)
  return result
}

/** The words that are searched for: hyphenated ones in one piece and in parts. */
function wanted(typed: string): string[] {
  const { text, starts } = folded(typed)
  const pieces = text.split(/\s+/).filter(Boolean)
  const parts = starts.map((start) => text.slice(start).split(/[^\p{L}\p{N}\p{M}]/u)[0] ?? '')
  const words = [...pieces, ...parts].filter((word) => WORD.test(word) || /\p{S}/u.test(word))
  const terms = words.length ? words : pieces
  // The longest first, so that "e-mail" is marked as a whole.
  return [...new Set(terms)].sort((a, b) => b.length - a.length)
}

/** Cuts a text into what was searched for and the rest. */
export function marked(text: string, typed: string): Part[] {
  const words = wanted(typed)
  const { text: plain, from, starts } = folded(text)
  const result: Part[] = []
  let done = 0
  for (const start of starts) {
    const word = words.find((one) => plain.startsWith(one, start))
    const [begin, end] = [from[start] ?? 0, from[start + (word?.length ?? 0)] ?? text.length]
    if (!word || begin < done || end <= begin) continue
    if (begin > done) result.push({ text: text.slice(done, begin), hit: false })
    result.push({ text: text.slice(begin, end), hit: true })
    done = end
  }
  if (done < text.length) result.push({ text: text.slice(done), hit: false })
  return result
}

/** The part of a longer text around the first hit, on one line; null without a hit. */
export function excerpt(text: string, typed: string): Part[] | null {
  const parts = marked(text.slice(0, 20_000).replace(/\s+/g, ' '), typed)
  const first = parts.findIndex(({ hit }) => hit)
  if (first < 0) return null
  const before = parts[first - 1]?.text ?? ''
  const lead = before.length > 40 ? `…${before.slice(-36)}` : before
  return [...(lead ? [{ text: lead, hit: false }] : []), ...parts.slice(first, first + 20)]
}
