"""Facts, decisions and the values of snapshots as versioned JSON, and back.

The one place among the deciding code that knows JSON: what lies in a store, an archive or an
export was written here. It knows the shape of values by their annotations and must not know what
they mean, nor where the bytes go.
"""

from gridbridge.codec.document import VERSION, decode, decode_recorded, encode, encode_recorded
from gridbridge.codec.errors import CodecError

__all__ = [
    "VERSION",
    "CodecError",
    "decode",
    "decode_recorded",
    "encode",
    "encode_recorded",
]
