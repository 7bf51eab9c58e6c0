"""One-time codes as an authenticator app makes them (RFC 6238), from nothing but the standard library."""
import base64
import hashlib
import hmac
import struct
import time

STEP_SECONDS = 30


def step_now():
    return int(time.time()) // STEP_SECONDS


def code(secret, step):
    padded = secret + "=" * (-len(secret) % 8)
    digest = hmac.new(base64.b32decode(padded), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
