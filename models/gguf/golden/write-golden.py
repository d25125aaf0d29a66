"""Writes quants.json: blocks of random bytes of every type, and what ggml's own Python package reads from them.

pip install gguf==0.19.0 numpy; python write-golden.py > quants.json
"""

import json

import gguf
import numpy as np

TYPES = "F32 F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K".split()
# Where the half-precision scales of a block lie: random bits there would be infinities now and then.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
BLOCKS = 3
rng = np.random.default_rng(1)
golden = {}
for name in TYPES:
    kind = gguf.GGMLQuantizationType[name]
    values, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (BLOCKS, size), dtype=np.uint8)
    if name in ("F32", "F16", "BF16"):
        number = rng.standard_normal((BLOCKS, 1)).astype(np.float32)
        blocks = gguf.quants.quantize(number, kind).view(np.uint8).reshape(BLOCKS, size)
    for at in SCALES.get(name, []):
        blocks[:, at : at + 2] = rng.standard_normal((BLOCKS, 1)).astype(np.float16).view(np.uint8)
    read = gguf.quants.dequantize(blocks, kind).astype(np.float32).reshape(BLOCKS, values)
    golden[name] = {"blocks": blocks.tobytes().hex(), "values": read.tobytes().hex()}
print(json.dumps(golden, indent=1))
