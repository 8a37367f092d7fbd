# SPDX-License-Identifier: Apache-2.0
"""top_up.py DUMP USERS COUNT: appends documents of the file USERS to DUMP/users.bson until the dump holds COUNT documents.

The first users of both have the same ids, so as many as the dump has users are passed over.
"""

import pathlib
import struct
import sys


def documents(path):
    data = path.read_bytes()
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<i", data, at)
        yield data[at : at + size]
        at += size


dump = pathlib.Path(sys.argv[1])
held = sum(1 for path in dump.glob("*.bson") for _ in documents(path))
users = sum(1 for _ in documents(dump / "users.bson"))
wanted = int(sys.argv[3]) - held
with open(dump / "users.bson", "ab") as file:
    for number, document in enumerate(documents(pathlib.Path(sys.argv[2]))):
        if users <= number < users + wanted:
            file.write(document)
