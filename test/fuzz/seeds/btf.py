#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the seeds in test/fuzz/seeds/btf: BTF of the test objects in build/, and one type of each kind
in both byte orders."""

import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(SOURCE / "test" / "btf"))
import reader

FOLDER = Path(__file__).with_name("btf")
OBJECTS = SOURCE / "build" / "test" / "objects"

for name in ("btf_layout.o", "btf_layout.eb.o", "cli_types.o"):
    data = reader.section((OBJECTS / name).read_bytes(), ".BTF")
    (FOLDER / name.replace(".eb", "_eb").replace(".o", ".btf")).write_bytes(data)

writer = reader.Writer()
number = writer.integer()
writer.add(reader.FLOAT, "float", 4)
structure = writer.add(reader.STRUCT, "s", 8, [("a", number, 0), ("b", number, 32)])
writer.add(reader.FWD, "f")
pointer = writer.add(reader.PTR, size=structure)
writer.add(reader.DECL_TAG, "t", structure, more=[1])
variable = writer.add(reader.VAR, "v", structure, more=[1])
writer.add(reader.DATASEC, ".data", 8, [(variable, 0, 8)])
writer.add(reader.ENUM64, "e", 8, [("A", 1, 2)])
prototype = writer.add(reader.FUNC_PROTO, size=number, items=[("x", pointer), ("", 0)])
writer.add(reader.FUNC, "fn", prototype)
writer.add(reader.ARRAY, more=[number, number, 3])
writer.add(reader.TYPE_TAG, "user", number)
(FOLDER / "each.btf").write_bytes(writer.data())
(FOLDER / "each_eb.btf").write_bytes(writer.data(">"))
