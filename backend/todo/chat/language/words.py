"""Words: folding, stems, typing errors. Good enough to find a task by what a person calls it."""

import re
from typing import Final

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_VOWEL = re.compile(r"[aeiouyäöü]")

# The past of common verbs in titles of tasks; "-ed" is handled by `stem`.
PAST: Final = {
    "ate": "eat", "beat": "beat", "began": "begin", "bought": "buy", "brought": "bring", "built": "build",
    "caught": "catch", "chose": "choose", "cut": "cut", "did": "do", "done": "do", "drew": "draw",
    "drove": "drive", "drunk": "drink", "drank": "drink", "fed": "feed", "fought": "fight", "found": "find",
    "flew": "fly", "forgave": "forgive", "gave": "give", "given": "give", "got": "get", "gotten": "get",
    "grew": "grow", "heard": "hear", "held": "hold", "hung": "hang", "kept": "keep", "knit": "knit",
    "led": "lead", "left": "leave", "lent": "lend", "lit": "light", "made": "make", "met": "meet",
    "paid": "pay", "put": "put", "quit": "quit", "ran": "run", "read": "read", "rode": "ride",
    "said": "say", "sat": "sit", "saw": "see", "sent": "send", "set": "set", "sewed": "sew",
    "shot": "shoot", "slept": "sleep", "sold": "sell", "spent": "spend", "spoke": "speak",
    "spoken": "speak", "swam": "swim", "swept": "sweep", "taken": "take", "taught": "teach",
    "threw": "throw", "thrown": "throw", "told": "tell", "took": "take", "went": "go", "woke": "wake",
    "won": "win", "wore": "wear", "written": "write", "wrote": "write", "wrapped": "wrap", "hid": "hide",
    "dug": "dig", "froze": "freeze", "rang": "ring", "sang": "sing", "shut": "shut", "stood": "stand",
    "understood": "understand", "withdrew": "withdraw", "rewrote": "rewrite", "redid": "redo",
    "booked": "book", "mowed": "mow",
}  # fmt: skip

# Words that say nothing about which task is meant.
FILLERS: Final = frozenset(
    "a an the my our your this that these those task tasks todo todos to-do item items entry entries one ones "
    "thing things please of for to at on in with about and or is are be it its some any i me we us from".split()
)


def fold(text: str) -> str:
    """Lower case, with one kind of apostrophe."""
    return text.replace("’", "'").replace("‘", "'").casefold()


def words_of(text: str) -> list[str]:
    return _WORD.findall(fold(text))


def stem(word: str) -> str:
    """One form for the forms of a word: watering, waters, watered → water; paid → pay."""
    word = fold(word).removesuffix("'s").removesuffix("'")
    word = PAST.get(word, word)
    if len(word) > 4 and word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and _VOWEL.search(base):
            word = base[:-1] if base[-1] == base[-2] and base[-1] not in "lsz" else base
            break
    if len(word) > 4 and word.endswith("i"):  # carried → carri → carry
        word = f"{word[:-1]}y"
    return word.removesuffix("e") if len(word) > 3 else word


def stems(text: str) -> tuple[str, ...]:
    """The stems of the words that matter; of all words when none does."""
    every = words_of(text)
    telling = [word for word in every if word not in FILLERS] or every
    return tuple(dict.fromkeys(stem(word) for word in telling))


def distance_is_one(left: str, right: str) -> bool:
    """Whether one letter is wrong, missing, too many, or two neighbours are swapped."""
    if left == right or abs(len(left) - len(right)) > 1:
        return False
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    a, b = left[start:], right[start:]
    if len(a) == len(b):
        swapped = len(a) >= 2 and a[:2] == b[1::-1] and a[2:] == b[2:]
        return a[1:] == b[1:] or swapped
    return a[1:] == b if len(a) > len(b) else a == b[1:]


def is_past(word: str) -> bool:
    """Whether `word` looks like the past of a verb: paid, called."""
    word = fold(word)
    return word in PAST or (len(word) > 4 and word.endswith("ed") and not word.endswith("eed"))
