"""Golden numbers for test/tensor/chance.test.ts, from the definitions and not from our code.

xoroshiro128+ of Blackman and Vigna (the constants of 2016: 24, 16, 37 as rotations), of which the lower 32 bits of
each sum are used; seeded by the SHA-256 of the names as JSON. A float is 53 bits of two draws, as in NumPy's
RandomState. Run: python3 test/oracles/chance.py
"""
import hashlib
import json
import struct

MASK = (1 << 64) - 1


def rotl(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


def floats(names, count):
    digest = hashlib.sha256(json.dumps(names, separators=(",", ":")).encode()).digest()
    s0_high, s0_low, s1_high, s1_low = (word & 0xFFFFFFFF for word in struct.unpack("<4i", digest[:16]))
    s0, s1 = s0_high << 32 | s0_low, s1_high << 32 | s1_low

    def bits():
        nonlocal s0, s1
        out = (s0 + s1) & 0xFFFFFFFF
        s1 ^= s0
        s0, s1 = rotl(s0, 24) ^ s1 ^ (s1 << 16) & MASK, rotl(s1, 37)
        return out

    result = []
    for _ in range(count):
        a, b = bits() >> 5, bits() >> 6
        result.append((a * 67108864 + b) / 9007199254740992)
    return result


print(floats([1993, "golden"], 3))
